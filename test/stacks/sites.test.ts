/** What a store must be: by itself, twice, and far from itself. */
import { declarations, type Declaration } from '../../stacks';
import { settingsIsolation } from '../../stacks/model/rules/isolation';
import { settingsSchema } from '../../stacks/model/settings';
import { validateDeclaration } from '../../stacks/model/validate';
import { parsedSettings } from '../program/mocks';

const copy = (name = 'store') => structuredClone(declarations[name]) as Declaration;
const told = (declaration: Declaration) =>
  validateDeclaration(declaration).map(({ path, message }) => `${path}: ${message}`);
const said = (text: string) => [expect.stringContaining(text)];

test('the declared store, and its rehearsal, are right', () => {
  expect(told(copy())).toEqual([]);
  expect(told(copy('drill-store'))).toEqual([]);
});

test('anything that runs beside a site', () => {
  const wrong = copy();
  wrong.hosts[0].role.services.push('gitea');
  expect(told(wrong)).toEqual(said('hosts[0].role: store-1 is a site of the store and would run gitea beside it'));
});

test('an agent that may live on a site', () => {
  const wrong = copy();
  wrong.hosts[1].role.agents = 'any';
  expect(told(wrong)).toEqual(said('hosts[1].role.agents: store-2 is a site of the store, where no agent may live'));
});

test('a store on a host of the stack that it protects', () => {
  const wrong = copy('alpha');
  wrong.hosts[0].extraServices = ['store'];
  expect(told(wrong)).toEqual(said('hosts[0].role: store on alpha, which is no site of the store'));
});

test('both sites in one region, or one site only', () => {
  const near = copy();
  near.hosts[1].region = near.hosts[0].region;
  expect(told(near)).toEqual(said('hosts[1].region: store-2 is in ams3 like store-1'));
  const alone = copy();
  alone.hosts.pop();
  expect(told(alone)).toEqual(
    said('hosts: a store is two hosts, one that serves it and one that copies it; here 1 serve, 0 copy'),
  );
});

test('a lag that every pull would be told for, and sites that are declared where there is none', () => {
  const hasty = copy();
  hasty.sites = { ...hasty.sites!, lagSeconds: 1000 };
  expect(told(hasty)).toEqual(said('sites.lagSeconds: a copy is 900 s old just before the next pull'));
  const nowhere = { ...copy('alpha'), sites: hasty.sites };
  expect(told(nowhere)).toEqual(said('sites: no host of this stack is a site of a store'));
});

test('a stack whose backups would be on one of its own hosts', () => {
  const settings = settingsSchema.parse(parsedSettings());
  const endpoint = 'https://forge.drill.test';
  const own = { ...settings, store: { ...settings.store, endpoint } };
  expect(settingsIsolation(copy('alpha'), own).map(({ message }) => message)).toEqual(
    said('forge.drill.test is a host of this stack'),
  );
  // A store is what its settings name.
  expect(
    settingsIsolation(copy(), { ...settings, store: { ...settings.store, endpoint: 'https://store.drill.test' } }),
  ).toEqual([]);
});
