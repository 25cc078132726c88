/** Replacing data: what replaces it is whole first, nothing runs meanwhile, the old stays, and a failure leaves the service running. */
import { execFileSync } from 'child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { Ground, linesWith, OWNER } from './support';

let ground: Ground;
let place: string;
beforeEach(() => {
  ground = new Ground();
  // A name that a careless script would take apart.
  place = join(ground.data, "it's a $(date) *");
});
afterEach(() => ground.remove());

const live = () => readFileSync(join(place, 'page'), 'utf8');
const asked = () =>
  ground
    .said('systemctl')
    .split('\n')
    .filter((line) => /^(stop|start) /.test(line));

describe('a restore by hand on a running host', () => {
  const RESTIC =
    'while [ "$1" != --target ]; do shift; done; mkdir -p "$2$PLACE"; echo restored >"$2$PLACE/page"; echo "$3" >"$2$PLACE/.hidden"';
  // The environment of what runs as the owner is a clean one.
  const restic = (more = '') => ground.standIn('restic', `PLACE=$(cat "$GROUND/place"); ${RESTIC}${more}`);

  beforeEach(() => {
    ground.plan({
      hooks: ['reconcile'],
      units: [{ name: 'forge.service', content: '', start: true }],
      dataset: { owner: OWNER, files: { paths: [place], exclude: [], settleSeconds: 1, intervalSeconds: 60 } },
    });
    ground.write(join(place, 'page'), 'live\n');
    // What the plan names is there as soon as somebody asks for it.
    ground.standIn('curl', `sed -n 's/^output = "\\(.*\\)"/\\1/p' | while read -r file; do printf x >"$file"; done`);
    ground.write(join(ground.folder, 'place'), place);
    restic();
    running();
    hook('exit 0');
  });

  const running = (stop = 'exit 0') =>
    ground.standIn('systemctl', `echo "$*" >>"$GROUND/systemctl"; case "$*" in stop*) ${stop} ;; esac`);
  const hook = (body: string) =>
    ground.write(join(ground.lib, 'services/forge/reconcile'), `#!/bin/sh\n${body}\n`) &&
    execFileSync('chmod', ['+x', join(ground.lib, 'services/forge/reconcile')]);
  const at = '2099-01-01T00:00:00.000Z';
  const object = { key: 'old/forge/files/snapshots/abc', versionId: 'v1', size: 1, at };
  const plan = {
    moment: at,
    host: 'alpha',
    incarnation: 'old',
    service: 'forge',
    complete: true,
    parts: { files: { at, objects: [object] } },
  };
  const restore = () => ground.run('restore', ['forge'], { input: JSON.stringify(plan) });

  test('stands still only for the exchange, keeps what was there, and runs again', () => {
    expect(restore()).toMatchObject({ code: 0 });
    expect(live()).toBe('restored\n');
    expect(readFileSync(join(place, '.hidden'), 'utf8')).toBe('abc\n');
    const aside = readdirSync(ground.data).filter((name) => name.includes('.fleet-replaced-'));
    expect(aside.map((name) => readFileSync(join(ground.data, name, 'page'), 'utf8'))).toEqual(['live\n']);
    expect(asked()).toEqual([
      'stop forge.service fleet-litestream.service',
      'start forge.service fleet-litestream.service',
    ]);
  });

  test('is not stopped for a backup that cannot be read', () => {
    restic('; exit 1');
    expect(restore()).toMatchObject({ code: 1, err: expect.stringContaining('what runs now is untouched') });
    expect({ live: live(), asked: asked() }).toEqual({ live: 'live\n', asked: [] });
  });

  test('a service that does not stop is not replaced under its feet', () => {
    running('exit 1');
    expect(restore().code).not.toBe(0);
    expect(live()).toBe('live\n');
  });

  test('what fails after the stop does not leave the service down', () => {
    hook('exit 1');
    expect(restore().code).not.toBe(0);
    expect(asked()).toEqual([
      'stop forge.service fleet-litestream.service',
      'start forge.service fleet-litestream.service',
    ]);
  });
});

describe('taking in a backup of the older scripts', () => {
  let home: string;
  beforeEach(() => {
    home = join(ground.data, 'home');
    mkdirSync(join(ground.folder, 'old/custom'), { recursive: true });
    const database = join(home, 'gitea.db');
    mkdirSync(home);
    for (const path of [database, join(ground.folder, 'old/gitea-20260425.db')])
      execFileSync('sqlite3', [path, `CREATE TABLE kept (value TEXT); INSERT INTO kept VALUES ('${path}')`]);
    ground.plan({
      name: 'gitea',
      kind: 'gitea',
      hooks: ['reconcile'],
      users: [{ name: OWNER, home }],
      units: [{ name: 'gitea.service', content: '', start: true }],
      dataset: { owner: OWNER, database: { path: database } },
    });
    // Running until it is stopped.
    ground.standIn(
      'systemctl',
      'echo "$*" >>"$GROUND/systemctl"; case "$*" in *is-active*) ! grep -q "^stop" "$GROUND/systemctl" ;; esac',
    );
  });
  const hook = (body: string) => ground.write(join(ground.lib, 'services/gitea/reconcile'), `#!/bin/sh\n${body}\n`);
  const take = (name: string) => ground.run('import-legacy', ['gitea', join(ground.folder, 'old', name)]);

  test('what fails after the stop does not leave the service down', () => {
    hook('exit 1');
    expect(take('gitea-20260425.db').code).not.toBe(0);
    expect(asked()).toEqual([
      'stop gitea.service fleet-litestream.service',
      'start gitea.service fleet-litestream.service',
    ]);
  });

  test('a service that still runs is not touched', () => {
    ground.standIn('systemctl', 'exit 0');
    expect(take('gitea-20260425.db')).toMatchObject({ code: 1, err: expect.stringContaining('does not stop') });
    expect(
      execFileSync('sqlite3', [join(home, 'gitea.db'), 'SELECT value FROM kept'], { encoding: 'utf8' }).trim(),
    ).toBe(join(home, 'gitea.db'));
  });

  test('a folder replaces a folder, hidden files too, whether one was there or not, and never lands inside it', () => {
    hook('exit 0');
    ground.write(join(ground.folder, 'old/custom/.hidden'), 'hidden');
    for (const round of [1, 2]) {
      expect({ round, ...take('custom') }).toMatchObject({ code: 0 });
      expect(readdirSync(join(home, 'custom'))).toEqual(['.hidden']);
    }
    expect(existsSync(join(ground.folder, 'old/custom/.hidden'))).toBe(true);
  });
});

test('nothing is removed for good but what the scripts made for themselves', () => {
  const OWN = [
    // Work of this run, and what a run that was killed left staged.
    /"\$(work|WORK|directory|folder|list|body|temporary|previous|said)\b/,
    /\$\((staging|fetched) /,
    /"\$staged/,
    /"\$target\.partial"/,
    /"\$checkout\.new"/,
    /"\$copy(\/index)?"/,
    // The next copy of a database, and what litestream leaves beside one that it restores.
    /"\$3\.next"\*/,
    /"\$1"\.tmp\*/,
    /\\"\$work\\"/,
    // In a folder that was made for it: what is in there, what changed, what is no data.
    /cd "\$1"(; (set -- \*;|shift; rm)| && xargs)/,
    /-print0 \| xargs -0 -r rm -f/,
    /"\$home\/resolved/,
    // The scripts' own notes, replication's memory of a database that is gone, and units of services that are.
    /\$(placed|progress|kept|reserve|full|told|waiting|state|STATE|awaited|PENDING)\b/,
    // A certificate that nobody would take.
    /! is_valid "\$file"/,
    /SHIP_MARKS/,
    /\$FLEET_VAR|\$\{FLEET_VAR/,
    /-litestream"/,
    /\$UNIT_DIR\//,
    /\$\{SHIP_QUEUE|\$SHIP_QUEUE|"\$entry"/,
    /\/etc\/(hosts\.fleet|resolv\.conf)/,
    /"\$policy"/,
    /"\$config"/,
    /\$FLEET_ETC\/ca\.crt/,
    // Files that the previous plan put there and this one does not.
    /-- "\$\{list\[@\]\}"/,
    /server\/\*\.pid/,
    /\$home\/resolved\/\$mark\.json/,
    // The last beats of a host that died, which say nothing of the one that takes its place.
    /'rm -f "\$1"\/\*\.json' forget "\$beats"/,
  ];
  const removals = linesWith(/\brm -/);
  expect(removals.length).toBeGreaterThan(20);
  expect(removals.filter((line) => !OWN.some((own) => own.test(line)))).toEqual([]);
});
