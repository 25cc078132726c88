/** What a state has and the account does not. */
import { rented } from '../../components/machines';
import { dropped, isOtherAccount, missingAddresses, putBack, withoutAssignments } from '../../scripts/engines/absence';
import type { ExportedState } from '../../scripts/engines/pending';

const { machine: DROPLET, entrance: ADDRESS, lead: ASSIGNMENT } = rented.state;
const state = (resources: ExportedState['deployment']['resources']): ExportedState => ({
  version: 3,
  deployment: { resources },
});
const stack = { urn: 'stack', type: 'pulumi:pulumi:Stack' };
const address = { urn: 'ip', type: ADDRESS, id: '198.18.0.200' };
const droplet = { urn: 'droplet', type: DROPLET, id: '1', dependencies: ['ip'] };
const assignment = {
  urn: 'assignment',
  type: ASSIGNMENT,
  id: 'a',
  inputs: { ipAddress: '198.18.0.200', dropletId: 1 },
  dependencies: ['ip', 'droplet'],
};
const command = {
  urn: 'command',
  type: 'command:remote:Command',
  id: 'c',
  dependencies: ['assignment', 'droplet'],
  propertyDependencies: { triggers: ['assignment'] },
};
const all = state([stack, address, droplet, assignment, command]);

test('a token is one of another account only where nothing of the stack is in it', () => {
  expect(isOtherAccount(all, { [DROPLET]: ['9'], [ADDRESS]: [] })).toBe(true);
  expect(isOtherAccount(all, { [DROPLET]: ['1'], [ADDRESS]: [] })).toBe(false);
  expect(isOtherAccount(all, { [DROPLET]: [], [ADDRESS]: ['198.18.0.200'] })).toBe(false);
  // A stack that has none yet says nothing.
  expect(isOtherAccount(state([stack, address]), { [DROPLET]: [], [ADDRESS]: [] })).toBe(false);
});

test('an address that was deleted takes its assignment along, with every mention of it', () => {
  expect(missingAddresses(all, { [ADDRESS]: ['198.18.0.201'] })).toEqual(['198.18.0.200']);
  expect(missingAddresses(all, { [ADDRESS]: ['198.18.0.200'] })).toEqual([]);
  const { resources } = withoutAssignments(all, ['198.18.0.200']).deployment;
  expect(resources?.map(({ urn }) => urn)).toEqual(['stack', 'ip', 'droplet', 'command']);
  expect(resources?.[3]).toMatchObject({ dependencies: ['droplet'], propertyDependencies: { triggers: [] } });
  expect(withoutAssignments(all, ['198.18.0.9'])).toEqual(all);
});

test('what a refresh dropped is put back before what depends on it; what a step deleted is not missed', () => {
  const after = state([
    stack,
    address,
    { ...assignment, dependencies: ['ip'] },
    { ...command, dependencies: ['assignment'] },
  ]);
  expect(dropped(all, after, [])).toEqual([{ type: DROPLET, urn: 'droplet', id: '1' }]);
  expect(dropped(all, after, [{ urn: 'droplet' }])).toEqual([]);
  expect(putBack(all, after, ['droplet']).deployment.resources?.map(({ urn }) => urn)).toEqual([
    'stack',
    'ip',
    'droplet',
    'assignment',
    'command',
  ]);
  // Of what is made in its place nothing is lost.
  expect(dropped(all, state([stack, address, droplet, { ...assignment, id: 'b' }, command]), [])).toEqual([]);
});
