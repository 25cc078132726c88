/** Backups that one can trust: of everything, consistent, off the host, kept, and the newest is the newest. */
import { execFileSync } from 'child_process';
import { rmSync } from 'fs';
import { join } from 'path';
import { policyOf } from '../../components/store/admin';
import { registrationKey } from '../../components/store/registrations';
import { declarations } from '../../stacks';
import { settingsIsolation } from '../../stacks/model/rules/isolation';
import { Ground, linesWith, OWNER, plans, settings } from './support';

let ground: Ground;
beforeEach(() => (ground = new Ground()));
afterEach(() => ground.remove());

const below = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
const files = (paths: string[], exclude: string[] = []) => ({
  owner: OWNER,
  files: { paths, exclude, settleSeconds: 1, intervalSeconds: 60 },
});
const SUMMARY = `echo '{"message_type":"summary","snapshot_id":"abc"}'`;

describe('a backup that lacks something is none', () => {
  beforeEach(() => {
    ground.standIn('restic', `echo "$*" >>"$GROUND/restic"; ${SUMMARY}`);
    ground.write(join(ground.data, 'page'), 'page');
    ground.plan({ dataset: files([ground.data]) });
    expect(ground.run('backup', ['forge']).code).toBe(0);
    ground.forget('restic');
  });

  test('a folder that is missing, or empty although it was not, is refused before the store is asked', () => {
    rmSync(join(ground.data, 'page'));
    expect(ground.run('backup', ['forge'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('an empty backup is refused'),
    });
    rmSync(ground.data, { recursive: true });
    expect(ground.run('backup', ['forge'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was backed up'),
    });
    expect(ground.said('restic')).toBe('');
  });

  test('one that could not read everything fails, and the last good one stays the last good one', () => {
    const state = 'var/state/mine/forge.files.json';
    const before = ground.said(state);
    ground.write(join(ground.data, 'page'), 'another');
    ground.standIn('restic', `${SUMMARY}; echo "cannot read page" >&2; exit 3`);
    expect(ground.run('backup', ['forge'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot read page'),
    });
    expect(ground.said(state)).toBe(before);
  });

  test('two at a time wait for each other', async () => {
    ground.standIn('restic', `echo begin >>"$GROUND/restic"; sleep 0.3; echo end >>"$GROUND/restic"; ${SUMMARY}`);
    const results = await Promise.all([
      ground.runBeside('backup', ['forge', '--force']),
      ground.runBeside('backup', ['forge', '--force']),
    ]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(ground.said('restic')).toBe('begin\nend\nbegin\nend\n');
  });
});

describe('a backup is of a consistent database', () => {
  test('a database is never read as a file: not by the backup of the files around it', () => {
    const database = join(ground.data, 'forge.db');
    execFileSync('sqlite3', [database, 'PRAGMA journal_mode=wal; CREATE TABLE t (a);']);
    ground.write(join(ground.data, 'page'), 'page');
    ground.standIn(
      'restic',
      `for one; do case "$one" in --exclude=*) echo "\${one#*=}" >>"$GROUND/excluded" ;; esac; done; ${SUMMARY}`,
    );
    ground.plan({ dataset: { ...files([ground.data]), database: { path: database } } });
    expect(ground.run('backup', ['forge'])).toMatchObject({ code: 0 });
    expect(ground.said('excluded').split('\n')).toEqual(
      expect.arrayContaining([database, `${database}-wal`, `${database}-shm`]),
    );
  });

  test('every plan keeps its database out of its files, and what holds it belongs to the service', () => {
    const wrong = plans.flatMap(({ stack, name, dataset, directories, users }) => {
      const path = dataset?.database?.path;
      if (!dataset || !path) return [];
      const folder = path.slice(0, path.lastIndexOf('/'));
      const read = ['', '-wal', '-shm'].filter(
        (end) =>
          dataset.files?.paths.some((root) => below(path + end, root)) &&
          !dataset.files.exclude.some((left) => below(path + end, left)),
      );
      // A folder that root made would keep the service from writing its journal beside the database.
      const owned =
        directories.some((one) => one.path === folder && one.owner === dataset.owner) ||
        users.some((user) => user.home === folder && user.name === dataset.owner);
      return read.length || !owned ? [{ service: `${stack}/${name}`, read, owned }] : [];
    });
    expect(wrong).toEqual([]);
    expect(plans.filter(({ dataset }) => dataset?.database).length).toBeGreaterThan(3);
  });
});

test('with the forge’s rows comes everything that they point at, and what they are encrypted with', () => {
  const forge = plans.find(({ name }) => name === 'gitea')!;
  const ini = forge.files.find(({ path }) => path.endsWith('app.ini'))!;
  const places = [...ini.content.matchAll(/^(?:PATH|ROOT) = (\/.+)$/gm)].map(([, path]) => path);
  expect(places).toHaveLength(4);
  const { database, repositories, files: rest } = forge.dataset!;
  const kept = (path: string) =>
    path === database?.path ||
    path === repositories?.root ||
    (rest!.paths.some((root) => below(path, root)) && !rest!.exclude.some((left) => below(path, left)));
  expect([...places, ini.path, '/var/lib/gitea/custom'].filter((path) => !kept(path))).toEqual([]);
  // The key to its secrets comes from the stack, so that a new host has the same.
  expect(ini.content).toContain('SECRET_KEY = {{secret:giteaSecretKey}}');
});

describe('no backup goes before its time', () => {
  test('nothing on a host deletes by age; what it lets go of in the store, which hides it, is what a newer folder replaces and what no tier holds', () => {
    expect(
      linesWith(
        /\brestic(_store)?\b[^|]*\b(forget|prune)\b|\brclone(_store)?\b[^|]*\b(delete|deletefile|purge|sync|move|moveto|rmdirs?)\b|(?<!-)-mtime|-ctime|\bfind\b[^|]*(-delete|-exec\s+rm)/,
      ),
    ).toEqual([
      expect.stringMatching(/^rotate: } \| rclone_store delete .* --filter-from - "\$\(store "\$INCARNATION"\)"$/),
      expect.stringMatching(/^thin: restic_store "\$INCARNATION" "\$service" forget --group-by '' \$keep$/),
      'thin: restic_store "$INCARNATION" "$service" prune',
    ]);
    expect(linesWith(/retention/).filter((line) => !line.includes('retention: "0s"'))).toEqual([]);
  });

  test('the key of a host hides below its own prefix, removes no version, and cannot touch what keeps the rest', () => {
    const { Statement } = policyOf({ bucket: 'b', prefix: '42', accessKey: 'host', secretKey: 's' }) as {
      Statement: Array<{ Effect: string; Principal: { AWS: string[] }; Action: string[]; Resource: string }>;
    };
    const allowed = Statement.flatMap(({ Effect, Principal, Action, Resource }) =>
      Effect === 'Allow' && Principal.AWS.includes('host') ? Action.map((action) => ({ action, Resource })) : [],
    );
    const harmless = /^s3:(List|Get(Object(Version)?|BucketLocation)$)/;
    expect(allowed.filter(({ action }) => !harmless.test(action))).toEqual([
      { action: 's3:PutObject', Resource: 'arn:aws:s3:::b/42/*' },
      { action: 's3:AbortMultipartUpload', Resource: 'arn:aws:s3:::b/42/*' },
      { action: 's3:DeleteObject', Resource: 'arn:aws:s3:::b/42/*' },
    ]);
    // Which machine was the primary is not for a host to say.
    expect(registrationKey('42')).not.toMatch(/^42\//);
  });
});

test.each([
  ['the forge', 'https://forge.drill.test/backups'],
  ['a host by its address', 'http://143.198.27.163:9000'],
])('a backup never lies on a host that it is of: %s is refused as the store', (_, endpoint) => {
  const of = (store: string) =>
    settingsIsolation(declarations.alpha, { ...settings, store: { ...settings.store, endpoint: store } }).map(
      ({ path }) => path,
    );
  expect(of(endpoint)).toEqual(['config fleet:store.endpoint']);
  expect(of('https://store.example.org')).toEqual([]);
});
