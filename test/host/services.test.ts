/** What happens to a service beside its restore: it is retired with its data kept, and a forge's data is reconciled. */
import { execFileSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { git, Host, OWNER, SCRIPTS, Store, summaryOf, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

let store: Store;
let host: Host;

beforeAll(async () => {
  store = await Store.start();
}, TOOLS_TIMEOUT_MS);
beforeEach(() => {
  host = new Host(store, `host-${Date.now()}`, new Date().toISOString());
});
afterEach(() => host.remove());
afterAll(() => store.stop());

describe('converge', () => {
  const units = (): string => join(host.folder, 'units');
  const snapshots = (): number => store.keys(`${host.incarnation}/forge/files/snapshots`).length;

  beforeEach(() => {
    host.plan(
      { files: { paths: [host.data], exclude: [], settleSeconds: 1, intervalSeconds: 60 } },
      {
        units: [
          { name: 'forge.service', start: true, content: '' },
          { name: 'forge-helper.service', start: false, content: '' },
        ],
      },
    );
    host.write(
      join(host.etc, 'services/keeper.json'),
      readFileSync(join(host.etc, 'services/forge.json'), 'utf8')
        .replace(/forge/g, 'keeper')
        .replace(/"dataset":.*?\}\}/, '"dataset":null'),
    );
    for (const name of ['forge.service', 'forge-helper.service', 'keeper.service'])
      host.write(join(units(), name), '[Service]\n');
    writeFileSync(join(host.data, 'first'), 'first');
    host.protect();
    host.shell('load_store; create_restic_store forge');
    host.must('backup', ['forge']);
  });

  test('a service that is no longer declared is backed up a last time and retired; its data and the others stay', () => {
    const before = snapshots();
    writeFileSync(join(host.data, 'last'), 'the last write');
    expect(summaryOf(host.must('converge', [], { input: '{"services":["keeper"]}' }))).toEqual({ retired: ['forge'] });
    expect(snapshots()).toBe(before + 1);
    expect(host.shell('load_store; restic_store "$INCARNATION" forge ls latest')).toContain('/data/last');
    expect(readdirSync(units())).toEqual(['keeper.service']);
    expect(readFileSync(join(host.data, 'last'), 'utf8')).toBe('the last write');
    expect(readdirSync(join(host.state, 'retired'))).toEqual([expect.stringMatching(/^forge-\d{8}T\d{6}Z\.json$/)]);
    expect(readdirSync(join(host.etc, 'services'))).toEqual(['keeper.json']);
    expect(host.asked()).toMatch(/^stop forge\.service$/m);
    expect(host.asked()).toMatch(/disable --now forge\.service/);
    expect(host.asked()).not.toContain('keeper');
    expect(summaryOf(host.must('converge', [], { input: '{"services":["keeper"]}' }))).toEqual({ retired: [] });
  });

  test('when the last backup fails it stays installed, and says what to do', () => {
    writeFileSync(join(host.data, 'last'), 'the last write');
    const settings = readFileSync(join(host.etc, 'store.env'), 'utf8');
    host.write(join(host.etc, 'store.env'), settings.replaceAll(store.endpoint, 'http://127.0.0.1:9'));
    // restic would try for a quarter of an hour.
    host.standIn('restic', '#!/bin/sh\necho "the store does not answer" >&2\nexit 1\n');
    const failed = host.run('converge', [], { input: '{"services":["keeper"]}' });
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('forge is no longer declared here, but its last backup failed');
    expect(readdirSync(units())).toContain('forge.service');
    expect(existsSync(join(host.etc, 'services/forge.json'))).toBe(true);
  });
});

describe('reconcile of the forge', () => {
  const LOST = 'ab12'.padEnd(64, '0');
  const KEPT = 'cd34'.padEnd(64, '0');

  beforeEach(() => {
    const [database, root] = [join(host.data, 'gitea.db'), join(host.data, 'repositories')];
    host.plan(
      { database: { path: database }, repositories: { root } },
      { kind: 'gitea', users: [{ name: OWNER, home: host.data }], hooks: ['reconcile'] },
    );
    host.standIn('gitea', `#!/bin/sh\necho "$*" >>'${host.state}/gitea.log'\n`);
    execFileSync('sqlite3', [database], {
      input: `
      CREATE TABLE repository (owner_name TEXT, lower_name TEXT, is_empty INTEGER);
      CREATE TABLE lfs_meta_object (oid TEXT);
      CREATE TABLE attachment (uuid TEXT);
      INSERT INTO repository VALUES ('Timmy', 'here', 0), ('Timmy', 'lost', 0), ('Timmy', 'new', 1);
      INSERT INTO lfs_meta_object VALUES ('${LOST}'), ('${KEPT}'), ('${KEPT}');
      INSERT INTO attachment VALUES ('11111111-aaaa'), ('22222222-bbbb');`,
    });
    for (const name of ['here', 'unknown']) git(host.data, 'init', '-q', '--bare', join(root, 'timmy', `${name}.git`));
    // As install leaves it; that changes the machine's users.
    mkdirSync(join(host.state, 'git-template/hooks'), { recursive: true });
    symlinkSync(join(SCRIPTS, 'ship-hook'), join(host.state, 'git-template/hooks/reference-transaction'));
    const object = join(host.data, 'lfs', KEPT.slice(0, 2), KEPT.slice(2, 4), KEPT.slice(4));
    host.write(object, 'content');
    host.write(join(host.data, 'attachments/1/1/11111111-aaaa'), 'content');
    chmodSync(object, 0o644);
  });

  test('a missing LFS object, a missing attachment and repositories of one side only are listed, and the count is said', () => {
    const result = host.must('services/gitea/reconcile', ['forge']);
    const report = JSON.parse(readFileSync(join(host.state, 'reconcile/gitea.json'), 'utf8'));
    expect(report).toMatchObject({
      checked: { repositories: 3, lfsObjects: 2, attachments: 2 },
      repositories: {
        withoutContent: ['timmy/lost'],
        madeEmpty: ['timmy/lost', 'timmy/new'],
        withoutRow: ['timmy/unknown'],
      },
      lfs: { missing: [LOST], withoutRow: 0 },
      attachments: { missing: ['22222222-bbbb'] },
    });
    expect(result.err).toContain('4 mismatches in 3 repositories, 2 LFS objects, 2 attachments');
    // Every repository gets the hook that ships it; those that were missing work again, empty.
    for (const name of ['here', 'lost', 'new'])
      expect(existsSync(join(host.data, 'repositories/timmy', `${name}.git/HEAD`))).toBe(true);
    expect(
      execFileSync('readlink', [join(host.data, 'repositories/timmy/here.git/hooks/reference-transaction')], {
        encoding: 'utf8',
      }),
    ).toMatch(/\/ship-hook\n$/);
    expect(readFileSync(join(host.state, 'gitea.log'), 'utf8')).toContain('admin regenerate hooks');
  });

  test('what is whole has no mismatches', () => {
    execFileSync('sqlite3', [
      join(host.data, 'gitea.db'),
      `DELETE FROM repository WHERE lower_name <> 'here'; DELETE FROM lfs_meta_object WHERE oid = '${LOST}'; DELETE FROM attachment WHERE uuid LIKE '2%';`,
    ]);
    execFileSync('rm', ['-r', join(host.data, 'repositories/timmy/unknown.git')]);
    expect(host.must('services/gitea/reconcile', ['forge']).err).toContain('0 mismatches');
  });
});
