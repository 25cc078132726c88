/** Adding a service is one file, its line in the list of services and its name in a role: it is built, verified, protected and counted. */
import { services } from '../../services';
import type { Service } from '../../services/service';
import { sourced } from '../../services/sourced';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { runProgram, testSecrets, testSettings } from './mocks';

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

test('a service that is added to a role is built, verified and protected like any other', async () => {
  services.teapot = teapot;
  declarations.alpha.hosts[0].role.services.push('teapot'); // the line
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
});
