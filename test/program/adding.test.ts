/** Adding a service is one file and one line in a role: nothing else knows of it, and it is built, verified, protected and counted. */
import { services } from '../../services';
import type { Service } from '../../services/service';
import { sourced } from '../../services/sourced';
import { roles } from '../../stacks/model/roles';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { stepsOf } from '../../scripts/by-hand/steps';
import { plansOf, publicName } from '../../services';
import { settingsSchema } from '../../stacks/model/settings';
import { parsedSettings, runProgram, testSecrets, testSettings } from './mocks';

/** The file. */
const teapot: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'teapot',
      description: 'Tea',
      impact: 'There is no tea.',
      http: { port: 4180, path: '/', purpose: 'tea' },
      label: 'tea',
      secretEnvironment: { LEAVES: 'teapotLeaves' },
      needs: { memoryMiB: 64, diskGiB: 1 },
    }),
  secrets: [{ key: 'teapotLeaves', purpose: 'what it brews', generate: 'token' }],
};

test('a service that is added to a role is built like any other, by the program and by hand', async () => {
  services.teapot = teapot;
  roles.primary.services.push('teapot'); // the line
  const names = declarations.alpha.hosts.map(({ name }) => name);
  const secrets = testSecrets(names, declarations.alpha.hosts.flatMap(servicesOf));
  const registered = await runProgram('alpha', { ...testSettings(names), ...secrets }, Object.keys(secrets), false);
  const step = (name: string) =>
    registered.find((resource) => resource.name === name)?.inputs as { stdin?: string } | undefined;

  for (const part of ['install', 'restore', 'start', 'verify']) expect(step(`alpha-teapot-${part}`)).toBeDefined();
  expect(step('alpha-teapot-install')?.stdin).toContain('LEAVES=secret-of-teapotLeaves');
  expect(JSON.parse(step('alpha-protect-others')?.stdin ?? '{}')).toEqual({
    services: expect.arrayContaining(['teapot']),
  });
  expect(JSON.parse(step('alpha-converge')?.stdin ?? '{}')).toEqual({
    services: expect.arrayContaining(['gitea', 'teapot']),
  });

  // Whoever does the rebuild by hand runs the same commands with the same input.
  const settings = settingsSchema.parse(parsedSettings());
  const [host] = declarations.alpha.hosts;
  const steps = stepsOf(
    declarations.alpha,
    host,
    plansOf(declarations.alpha, host, settings),
    publicName(host.publicNames[0], settings.zone.name),
  );
  const byHand = steps
    .filter(({ where }) => where === 'host')
    .map(({ name, run: [script, ...rest], input }) => ({
      name,
      create: [`bash /usr/local/lib/fleet/${script}`, ...rest].join(' '),
      stdin: input && JSON.stringify(input({ settings, secrets, incarnation: '1000' })),
    }));
  const program = registered
    .filter(({ type }) => type === 'command:remote:Command')
    .map(({ name, inputs: { create, stdin } }) => ({ name, create, stdin }));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(byHand.sort(byName)).toEqual(program.sort(byName));
  const key = registered.find(({ type, name }) => type === 'command:local:Command' && name === 'alpha')?.inputs.stdin;
  expect(JSON.stringify(steps[0].input?.({ settings, secrets, incarnation: '1000' }))).toBe(key);
});
