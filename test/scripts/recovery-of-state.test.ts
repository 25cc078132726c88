import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearDeadLocks } from '../../scripts/engines/lock';
import { rented } from '../../components/machines';
import { resolvePending, type ExportedState, type Find } from '../../scripts/engines/pending';

describe('a lock', () => {
  let backend: string;
  let file: string;
  beforeEach(() => {
    backend = mkdtempSync(join(tmpdir(), 'fleet-test-'));
    const dir = join(backend, '.pulumi/locks/organization/fleet/drill');
    mkdirSync(dir, { recursive: true });
    file = join(dir, 'one.json');
  });

  const lock = (change: object = {}) =>
    writeFileSync(
      file,
      JSON.stringify({
        pid: process.pid,
        username: 'root',
        hostname: hostname(),
        timestamp: new Date().toISOString(),
        ...change,
      }),
    );
  const clear = () => clearDeadLocks(backend, 'fleet', 'drill');
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

  test('of a process that is gone is cleared', () => {
    lock({ pid: deadPid() });
    writeFileSync(`${file}.attrs`, '{}');
    expect(clear()).toEqual([expect.stringContaining('which is gone')]);
    expect(existsSync(file) || existsSync(`${file}.attrs`)).toBe(false);
  });

  test('whose pid was given to a later process is cleared', () => {
    lock({ timestamp: '2001-01-01T00:00:00Z' });
    expect(clear()).toHaveLength(1);
  });

  test.each([
    ['of a process that lives', {}],
    ['of another machine', { hostname: 'elsewhere', pid: 999_999_999 }],
  ])('%s stays and is named', (_what, change) => {
    lock(change);
    expect(clear).toThrow(/Stack drill is locked by process/);
    expect(existsSync(file)).toBe(true);
  });

  test('that cannot be read stays', () => {
    writeFileSync(file, 'not json');
    expect(clear).toThrow(/unreadable lock/);
  });

  test('that is not there is no matter', () => {
    expect(clearDeadLocks(join(backend, 'none'), 'fleet', 'drill')).toEqual([]);
  });
});

describe('a pending operation', () => {
  const urn = 'urn:pulumi:drill::fleet::digitalocean:index/droplet:Droplet::alpha';
  const droplet = { urn, type: 'digitalocean:index/droplet:Droplet', inputs: { name: 'alpha-1', tags: ['drill'] } };
  const state = (type: string, resources: ExportedState['deployment']['resources'] = []): ExportedState => ({
    version: 3,
    deployment: { resources, pending_operations: [{ type, resource: droplet }] },
  });
  const cloud = (...machines: object[]): Find => {
    const account = Object.assign(rented.account(undefined, {}), { machines: async () => machines });
    return (type, inputs, taken) => account.made(type, inputs, taken);
  };

  test('of a create whose droplet exists is taken over, not made twice', async () => {
    const { state: after, notes } = await resolvePending(
      state('creating'),
      cloud({ id: '7', name: 'alpha-1', tags: ['drill'] }),
    );
    expect(after.deployment).toEqual({
      pending_operations: [],
      resources: [expect.objectContaining({ urn, id: '7', outputs: droplet.inputs })],
    });
    expect(notes[0]).toContain('taken over as 7');
  });

  test.each([
    ['another name', { id: '7', name: 'alpha-2', tags: ['drill'] }],
    ['another stack’s tag', { id: '7', name: 'alpha-1', tags: ['production'] }],
  ])('is not taken over from a droplet with %s', async (_what, found) => {
    const { state: after } = await resolvePending(state('creating'), cloud(found));
    expect(after.deployment).toEqual({ pending_operations: [], resources: [] });
  });

  test('of a replacement marks the old one for deletion and stands before it', async () => {
    const old = { ...droplet, id: '3' };
    const { state: after } = await resolvePending(
      state('creating', [old]),
      cloud({ id: '3', name: 'alpha-1', tags: ['drill'] }, { id: '7', name: 'alpha-1', tags: ['drill'] }),
    );
    expect(after.deployment.resources?.map(({ id, delete: gone }) => [id, gone])).toEqual([
      ['7', undefined],
      ['3', true],
    ]);
  });

  test('of anything but a create is forgotten without asking the cloud', async () => {
    const { state: after, notes } = await resolvePending(state('updating'), async () => {
      throw new Error('not to be asked');
    });
    expect(after.deployment.pending_operations).toEqual([]);
    expect(notes[0]).toContain('forgot an interrupted "updating"');
  });

  test('of a command, which may run again, is forgotten', async () => {
    const command = { type: 'creating', resource: { urn: 'urn:x::c', type: 'command:remote:Command' } };
    const { notes } = await resolvePending({ version: 3, deployment: { pending_operations: [command] } }, cloud());
    expect(notes[0]).toContain('it will be created');
  });
});
