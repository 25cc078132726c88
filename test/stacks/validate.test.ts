import { declarations, type Declaration } from '../../stacks';
import { validateDeclaration } from '../../stacks/model/validate';
import { portClashes, objectives, validatePlans } from '../../services/validate';
import { plansOf } from '../../services';
import { settingsSchema } from '../../stacks/model/settings';
import { testSettings } from '../program/mocks';

const copy = (name: string) => structuredClone(declarations[name]) as Declaration;
const paths = (declaration: unknown) =>
  validateDeclaration(declaration).map(({ path, message }) => `${path}: ${message}`);
const settings = settingsSchema.parse(
  Object.fromEntries(
    Object.entries(testSettings([])).map(([key, value]) => [key, value.startsWith('{') ? JSON.parse(value) : value]),
  ),
);

const problems = (declaration: Declaration) =>
  validatePlans(declaration, settings).map(({ path, message }) => `${path}: ${message}`);

test.each(Object.keys(declarations))('%s is valid', (name) => {
  expect(validateDeclaration(declarations[name])).toEqual([]);
  expect(validatePlans(declarations[name], settings)).toEqual([]);
});

test('an unknown key is named with its path', () => {
  const wrong = copy('alpha') as unknown as { hosts: Array<Record<string, unknown>> };
  wrong.hosts[0].colour = 'blue';
  expect(paths(wrong).join()).toMatch(/declaration\.hosts\[0\]: .*colour/);
});

test('a name declared twice', () => {
  const wrong = copy('alpha');
  wrong.agents.push(structuredClone(wrong.agents[0]));
  expect(paths(wrong)).toEqual([expect.stringMatching(/agents\[6\]\.name: "allegro" is declared twice/)]);
});

test('an agent with two homes', () => {
  const wrong = copy('alpha');
  wrong.agents[0].homes = ['alpha', 'beta'];
  expect(paths(wrong)).toEqual([expect.stringMatching(/agents\[0\]\.homes: agent allegro has 2 homes/)]);
});

test('a service that the role forbids', () => {
  const wrong = copy('beta');
  wrong.hosts[0].extraServices = ['gitea'];
  expect(paths(wrong)[0]).toMatch(/hosts\[0\]\.extraServices: role testbed forbids gitea on beta/);
});

test('an agent that the role does not allow', () => {
  const wrong = copy('beta');
  wrong.agents[0].homes = ['beta'];
  expect(paths(wrong)).toEqual([expect.stringMatching(/role testbed does not allow agent allegro on beta/)]);
});

test('a single-replica service without a declared single point of failure', () => {
  const wrong = copy('alpha');
  wrong.singlePointsOfFailure = wrong.singlePointsOfFailure.filter(({ service }) => service !== 'gitea');
  expect(problems(wrong)).toEqual([expect.stringMatching(/services\.gitea: gitea runs on one host only/)]);
});

test.each([
  [{ everySecondHours: 29 }, 'everySecondHours: 29 hours are over before the next nightly proof'],
  [{ hourlyDays: 1 }, 'hourlyDays: 1 days of one moment an hour are over before the 48 hours of everySecondHours'],
  [{ dailyDays: 6 }, 'dailyDays: 6 days of one moment a day are over before the 7 days of hourlyDays'],
])('a tier that ends before the finer one, or before the next proof: %j', (tier, said) => {
  const wrong = copy('alpha');
  Object.assign(wrong.backup.keep, tier);
  expect(paths(wrong)).toEqual([expect.stringContaining(`backup.keep.${said}`)]);
});

test('everything wrong is reported at once', () => {
  const wrong = copy('beta');
  wrong.hosts[0].extraServices = ['docker'];
  wrong.backup.keep.dailyDays = 6;
  wrong.agents[1].homes = [];
  expect(paths(wrong).length).toBeGreaterThanOrEqual(3);
});

test('a port used twice', () => {
  const [gitea, proxy] = plansOf(declarations.alpha, declarations.alpha.hosts[0], settings);
  const clash = portClashes([gitea, { ...proxy, ports: gitea.ports }], 'hosts[0]');
  expect(clash).toEqual([
    { path: 'hosts[0].services.reverse-proxy.ports', message: 'port 3000/tcp is already used by gitea' },
  ]);
});

test('an objective below the backup interval', () => {
  const [gitea] = plansOf(declarations.alpha, declarations.alpha.hosts[0], settings);
  const slow = {
    ...gitea,
    dataset: { ...gitea.dataset!, files: { ...gitea.dataset!.files!, settleSeconds: 10, intervalSeconds: 3600 } },
  };
  expect(objectives(slow, 'hosts[0]')).toEqual([
    expect.objectContaining({ path: 'hosts[0].services.gitea.objectives.rpoSeconds' }),
  ]);
});

test('a service nobody knows', () => {
  const wrong = copy('alpha');
  wrong.hosts[0].extraServices = ['teapot'];
  expect(validatePlans(wrong, settings)).toEqual([
    expect.objectContaining({ message: expect.stringContaining('there is no service "teapot"') }),
  ]);
});

test('an alarm before a certificate of 45 days is renewed would be a false one', () => {
  const wrong = copy('alpha');
  wrong.uptime!.certificateDays = 14;
  expect(paths(wrong)).toEqual([
    expect.stringMatching(
      /uptime\.certificateDays: a certificate of 45 days is renewed when 15 are left, .*write at most 10/,
    ),
  ]);
});
