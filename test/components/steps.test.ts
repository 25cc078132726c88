/** The lists of steps: in an order in which one step after the other can be done, with the gates that make a rebuild and a proof honest. */
import { proof, rebuild, standby, type Step } from '../../components/steps';
import { plansOf } from '../../services';
import { declarationNamed } from '../../stacks';
import { settingsSchema } from '../../stacks/model/settings';
import { parsedSettings } from '../program/mocks';

function subjectsOf(stack: string) {
  const declaration = declarationNamed(stack)!;
  const hosts = declaration.hosts.map(({ name }) => name);
  const settings = settingsSchema.parse({
    ...parsedSettings(),
    standby: Object.fromEntries(hosts.map((host) => [host, { everyMinutes: 5 }])),
  });
  return declaration.hosts.map((host) => ({
    name: host.name,
    declaration,
    host,
    settings,
    plans: plansOf(declaration, host, settings),
  }));
}

const LISTS: Array<[string, Step[]]> = ['alpha', 'beta', 'drill'].flatMap((stack) => [
  ...subjectsOf(stack).map((subject): [string, Step[]] => [
    `the rebuild of ${subject.name} (${stack})`,
    rebuild(subject),
  ]),
  ...subjectsOf(`proof-${stack}`).map((subject): [string, Step[]] => [
    `the proof of ${subject.name} (${stack})`,
    proof(subject),
  ]),
  ...subjectsOf(stack).map((subject): [string, Step[]] => [
    `the standby of ${subject.name} (${stack})`,
    standby({ ...subject, name: `${subject.name}-standby` }),
  ]),
]);

/** Everything that a step waits for, directly or not. */
function before(steps: Step[], name: string): Set<string> {
  const { after } = steps.find((step) => step.name === name)!;
  return new Set(after.flatMap((one) => [one, ...before(steps, one)]));
}
const namesOf = (steps: Step[], pattern: RegExp) => steps.map(({ name }) => name).filter((name) => pattern.test(name));

test.each(LISTS)('%s: no name twice, and each step comes after what it waits for', (_, steps) => {
  const names = steps.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const [index, { name, after }] of steps.entries())
    expect({ name, missing: after.filter((one) => !names.slice(0, index).includes(one)) }).toEqual({
      name,
      missing: [],
    });
});

test('no name moves before every critical service is verified, and no other service is installed before the names have moved', () => {
  const steps = rebuild(subjectsOf('alpha')[0]);
  const critical = ['alpha-gitea-verify', 'alpha-reverse-proxy-verify'];
  for (const name of ['address', 'names']) expect([...before(steps, name)]).toEqual(expect.arrayContaining(critical));
  const others = namesOf(steps, /-install$/).filter((name) => !/-(gitea|reverse-proxy)-/.test(name));
  expect(others.length).toBeGreaterThan(5);
  for (const name of others)
    expect([...before(steps, name)]).toEqual(expect.arrayContaining(['names', 'alpha-gitea-public']));
});

test.each(['alpha', 'beta'])('nothing is restored on %s before its machine has taken over', (stack) => {
  const steps = rebuild(subjectsOf(stack)[0]);
  const restores = namesOf(steps, /-restore$/);
  expect(restores.length).toBeGreaterThan(3);
  for (const name of restores) expect(before(steps, name)).toContain(`${stack}-takeover`);
});

test('a service starts after those that it needs, and one that moves is restored after the handover', () => {
  const steps = rebuild(subjectsOf('alpha')[0]);
  expect(before(steps, 'alpha-api-token-start')).toContain('alpha-gitea-start');
  expect(before(steps, 'alpha-hermes-allegro-restore')).toContain('alpha-handover');
  expect(before(steps, 'alpha-metrics-restore')).not.toContain('alpha-handover');
});

test('no data is on the machine of a proof before it is closed', () => {
  const steps = proof(subjectsOf('proof-alpha')[0]);
  const filled = namesOf(steps, /-(install|restore)$/);
  expect(filled.length).toBeGreaterThan(10);
  for (const name of filled) expect(before(steps, name)).toContain('alpha-isolate');
  // What is fetched from elsewhere is there by then.
  expect([...before(steps, 'alpha-isolate')]).toEqual(
    expect.arrayContaining(['alpha-packages-others', 'alpha-strfry-build']),
  );
});

test('a host whose services are all critical is held to its declaration once it has its packages and serves', () => {
  const [subject] = subjectsOf('alpha');
  const steps = rebuild({ ...subject, plans: subject.plans.filter(({ critical }) => critical) });
  expect([...before(steps, 'alpha-converge')]).toEqual(
    expect.arrayContaining(['alpha-provision', 'alpha-gitea-public']),
  );
});

test('nothing is tried through the proxy while it takes over new settings', () => {
  for (const subject of ['alpha', 'drill'].flatMap(subjectsOf)) {
    const steps = rebuild(subject);
    const [certificates] = namesOf(steps, /-certificates$/);
    expect([...before(steps, certificates)]).toEqual(expect.arrayContaining(namesOf(steps, /-gitea-public$/)));
    expect(namesOf(steps, /-gitea-public$/)).toHaveLength(1);
  }
});

test('a host without a public name tries no transaction through one', () => {
  const [subject] = subjectsOf('alpha');
  const steps = rebuild({ ...subject, host: { ...subject.host, publicNames: [] } });
  expect(namesOf(steps, /-public$/)).toEqual([]);
});
