/** What nobody declared, and what older scripts left: databases without a dataset, and backups in the documents' layouts. */
import { execFileSync, spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { tmpdir, userInfo } from 'os';
import { dirname, join, resolve } from 'path';
import { legacyPlaces } from '../../stacks/timmy/legacy-backups';

const SCRIPTS = resolve(__dirname, '../../host');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fleet-found-'))));

const write = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  return join(folder, path);
};
const database = (path: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  execFileSync('sqlite3', [join(folder, path), 'CREATE TABLE kept (value TEXT); INSERT INTO kept VALUES (42)']);
  return join(folder, path);
};
const plan = (name: string, more: object) =>
  write(
    `etc/services/${name}.json`,
    JSON.stringify({
      name,
      kind: name,
      units: [],
      files: [],
      packages: [],
      directories: [],
      hooks: [],
      users: [{ name, home: join(folder, 'home') }],
      ...more,
    }),
  );
const run = (script: string, ...args: string[]) => {
  const env = {
    ...process.env,
    FLEET_LIB: SCRIPTS,
    FLEET_ETC: join(folder, 'etc'),
    FLEET_VAR: join(folder, 'var'),
    FLEET_RUN: join(folder, 'run'),
  };
  const { status, stdout, stderr } = spawnSync('bash', [join(SCRIPTS, script), ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
};

describe('discover', () => {
  test('a database that belongs to a dataset, or can be made again, is no finding', () => {
    plan('forge', {
      dataset: { owner: 'x', database: { path: database('srv/data/forge.db') } },
      disposable: [join(folder, 'srv/models')],
    });
    database('srv/models/blobs.db');
    expect(run('discover', join(folder, 'srv'))).toMatchObject({ status: 0 });
  });

  test('one that nobody declared fails, whatever it is called, even inside a folder that is backed up as files', () => {
    plan('agent', { dataset: { owner: 'x', files: { paths: [join(folder, 'srv')], exclude: [] } } });
    const named = database('srv/agent/memory.db');
    const hidden = database('srv/agent/state');
    write('srv/agent/notes.txt', 'x'.repeat(1024));
    const { status, stderr } = run('discover', join(folder, 'srv'));
    expect(status).toBe(1);
    expect(stderr).toContain(`${named}, ${hidden}`);
    expect(stderr).not.toContain('notes.txt');
  });

  test('what a restore put aside is not a finding', () => {
    plan('forge', {});
    database('srv/forge.db.fleet-replaced-20260426T120000Z');
    expect(run('discover', join(folder, 'srv')).status).toBe(0);
  });
});

describe('backups of the older scripts', () => {
  const folders = legacyPlaces.map(({ path }) => path);
  const locate = () => run('locate-legacy', '--root', folder, ...folders);
  const found = () =>
    JSON.parse(locate().stdout) as Array<{
      path: string;
      kind: string;
      service: string;
      date: string;
      usable: boolean;
      why: string;
    }>;

  test('every layout of the documents is found, dated and checked', () => {
    database('backups/gitea/gitea-20260425.db');
    database('root/allegro/backups/20260330/timmy_metrics.db');
    write('root/allegro/configs/agent.yaml', 'name: allegro\n');
    execFileSync('tar', [
      '-czf',
      join(folder, 'root/allegro/backups/20260330/configs.tar.gz'),
      '-C',
      join(folder, 'root/allegro'),
      'configs',
    ]);
    write('backups/gitea/custom/robots.txt', 'none');
    database('backups/gitea-20260401.db');
    write('root/allegro/heartbeat_logs/heartbeat_2026-03-30.log', 'beat');
    execFileSync('git', ['init', '-q', join(folder, 'root/wizards/bezalel/epic-work')]);
    expect(
      found().map(({ path, service, kind, usable }) => [path.slice(folder.length), service, kind, usable]),
    ).toEqual(
      expect.arrayContaining([
        ['/backups/gitea/gitea-20260425.db', 'gitea', 'database', true],
        ['/backups/gitea/custom', 'gitea', 'customisation', true],
        ['/backups/gitea-20260401.db', 'gitea', 'database', true],
        ['/root/allegro/heartbeat_logs', 'hermes-agent', 'logs', true],
        ['/root/wizards/bezalel/epic-work', 'hermes-agent', 'work tree', true],
        ['/root/allegro/backups/20260330/timmy_metrics.db', 'metrics', 'database', true],
        ['/root/allegro/backups/20260330/configs.tar.gz', 'hermes-agent', 'configuration', true],
      ]),
    );
    expect(found().find(({ kind, service }) => kind === 'database' && service === 'gitea')?.date).toBe('2026-04-25');
  });

  test('what is empty, damaged, a copy without its newest changes, or unknown is told and not usable', () => {
    write('root/backups/gitea.db', '');
    write(
      'var/backups/gitea/gitea.db',
      Buffer.concat([readFileSync(database('source.db')).subarray(0, 4000), Buffer.alloc(4192, 1)]),
    );
    database('backups/gitea/gitea-20260425.db');
    write('backups/gitea/gitea-20260425.db-wal', 'x');
    write('backups/gitea/dump.sql', 'x');
    const why = Object.fromEntries(found().map(({ path, why: reason }) => [path.slice(folder.length), reason]));
    expect(why['/root/backups/gitea.db']).toBe('it is empty');
    expect(why['/var/backups/gitea/gitea.db']).toMatch(/integrity check|malformed|not a database/);
    expect(why['/backups/gitea/gitea-20260425.db']).toContain('-wal');
    expect(why['/backups/gitea/dump.sql']).toContain('no document tells what this is');
    expect(locate()).toMatchObject({ status: 4, stderr: expect.stringContaining('no usable backup was found') });
  });

  test('a database is taken in with what was there kept beside it; another service’s backup is refused', () => {
    const target = database('home/data/gitea.db');
    const old = database('old/gitea-20260425.db');
    execFileSync('sqlite3', [old, "INSERT INTO kept VALUES ('from before')"]);
    plan('gitea', { dataset: { owner: userInfo().username, database: { path: target } } });
    plan('metrics', { dataset: { owner: userInfo().username, database: { path: join(folder, 'home/metrics.db') } } });
    expect(run('import-legacy', 'metrics', old)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is a backup of gitea, not of metrics; nothing was touched'),
    });
    expect(run('import-legacy', 'gitea', old, '--dry-run').status).toBe(0);
    expect(execFileSync('sqlite3', [target, 'SELECT count(*) FROM kept'], { encoding: 'utf8' })).toBe('1\n');
    expect(run('import-legacy', 'gitea', old)).toMatchObject({ status: 0 });
    expect(execFileSync('sqlite3', [target, 'SELECT count(*) FROM kept'], { encoding: 'utf8' })).toBe('2\n');
    expect(existsSync(old)).toBe(true);
    expect(execFileSync('ls', [dirname(target)], { encoding: 'utf8' })).toContain('gitea.db.fleet-replaced-');
  });
});

describe('distress signals', () => {
  const at = (minutes: number) => new Date(Date.UTC(2026, 2, 31, 12, minutes)).toISOString().replace('.000', '');
  const signal = {
    timestamp: at(0),
    agent: 'allegro-primus',
    severity: 'P2',
    category: 'service_failure',
    component: 'ollama',
    message: 'Ollama service not responding to health checks',
    context: { last_success: at(-15), attempts: 3, error: 'Connection refused', auto_recovery_attempted: true },
    requested_action: 'father_intervention',
    escalation_timeout: at(30),
  };
  const tell = (message: unknown) => {
    for (const name of ['outbox', 'open', 'resolved', 'rejected']) mkdirSync(join(folder, name), { recursive: true });
    write(
      'etc/secrets/distress.json',
      JSON.stringify({
        home: folder,
        host: 'alpha',
        forge: { url: 'http://127.0.0.1:9', repository: 'a/b', tokenFile: '/nonexistent' },
        telegram: { chat: '', token: '' },
      }),
    );
    write('outbox/one.json', JSON.stringify(message));
    const stand = join(folder, 'bin');
    write('bin/logger', '#!/bin/sh\necho "$*" >>"$LOGGED"\n');
    execFileSync('chmod', ['+x', join(stand, 'logger')]);
    execFileSync('python3', ['-B', join(SCRIPTS, 'services/distress/tell.py')], {
      env: {
        ...process.env,
        FLEET_ETC: join(folder, 'etc'),
        PATH: `${stand}:${process.env.PATH}`,
        LOGGED: join(folder, 'logged'),
      },
    });
    return readFileSync(join(folder, 'logged'), 'utf8');
  };

  test('the document’s own example is told, and told again at its deadline', () => {
    const logged = tell(signal);
    expect(existsSync(join(folder, 'open/one.json'))).toBe(true);
    expect(logged).toContain('P2 Ollama service not responding');
    // Its deadline has long passed, so the same run escalates it.
    expect(logged).toContain('ESCALATED P2');
  });

  test.each([
    ['a severity nobody knows', { ...signal, severity: 'P9' }, 'severity must be one of P0, P1, P2, P3'],
    ['a deadline before the message', { ...signal, escalation_timeout: at(-1) }, 'escalation_timeout must be later'],
    ['an unknown field', { ...signal, colour: 'blue' }, 'colour is unknown'],
    ['a text', 'EMERGENCY', 'it is no JSON object'],
  ])('%s is rejected with the reason', (_, message, reason) => {
    expect(tell(message)).toContain(reason);
    expect(existsSync(join(folder, 'rejected/one.json'))).toBe(true);
  });
});
