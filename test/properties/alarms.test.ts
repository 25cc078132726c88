/** Alarms get out: told in a form their reader takes, past what has failed, and once for each time that something fails. */
import { execFileSync, spawnSync } from 'child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Ground, OWNER, plans } from './support';

let ground: Ground;
beforeEach(() => (ground = new Ground({ moved: { '/var/lib/distress': 'distress' } })));
afterEach(() => ground.remove());

const distress = (telegram = { chat: '', token: '' }) => {
  for (const name of ['outbox', 'open', 'resolved', 'rejected'])
    mkdirSync(join(ground.folder, 'distress', name), { recursive: true });
  const forge = {
    url: 'http://127.0.0.1:9',
    repository: 'a/b',
    tokenFile: ground.write(join(ground.folder, 'token'), 'a-token'),
  };
  ground.write(
    join(ground.etc, 'secrets/distress.json'),
    JSON.stringify({ home: join(ground.folder, 'distress'), host: 'alpha', forge, telegram }),
  );
};
const signals = (box: string) =>
  readdirSync(join(ground.folder, 'distress', box)).filter((name) => name.endsWith('.json'));

test('a recovery that failed ends with an error and one signal that its reader takes, for each outage one', () => {
  distress();
  ground.plan({ name: 'distress', dataset: { owner: OWNER } });
  ground.plan({ name: 'ollama', kind: 'ollama', health: { url: 'http://127.0.0.1:9/', unit: 'ollama.service' } });
  const look = (answers: boolean) => {
    ground.standIn('curl', `exit ${answers ? 0 : 7}`);
    return ground.run('services/ollama/watch').code;
  };
  expect([look(false), look(false)]).toEqual([1, 1]);
  expect(ground.said('journal')).toContain('Ollama recovery FAILED');
  expect(signals('outbox')).toHaveLength(1);
  expect([look(true), look(false)]).toEqual([0, 1]);
  expect(signals('outbox')).toHaveLength(2);
  expect(ground.run('services/distress/tell.py')).toMatchObject({ code: 0 });
  // The first outage is over.
  expect({
    outbox: signals('outbox'),
    open: signals('open').length,
    resolved: signals('resolved'),
    rejected: signals('rejected'),
  }).toEqual({ outbox: [], open: 1, resolved: [], rejected: [] });
  expect(ground.said('journal')).toContain('RESOLVED P1 Ollama service not responding');
});

test.each([
  ['of the forge itself', 'P1', 'gitea', true],
  ['of something else, while the forge takes nothing', 'P1', 'ollama', true],
  ['that people must hear at once', 'P0', 'ollama', true],
  ['that is only to be noted', 'P2', 'gitea', false],
])('an alarm %s gets past the forge', (_, severity, component, past) => {
  distress({ chat: '1', token: 'bot-token' });
  const message = { severity, component, agent: 'alpha', message: 'm', requested_action: 'none' };
  const program = `import json, sys; sys.path.insert(0, sys.argv[1]); import tell; asked = []; tell.post = lambda url, body, headers, method=None: asked.append(url) and False; tell.tell(json.loads(sys.argv[2]), False); print(json.dumps(asked))`;
  const { stdout, stderr } = spawnSync(
    'python3',
    ['-B', '-c', program, join(ground.lib, 'services/distress'), JSON.stringify(message)],
    { encoding: 'utf8', env: ground.environment },
  );
  expect(stderr).toBe('');
  const asked = JSON.parse(stdout) as string[];
  expect(asked.some((url) => url.startsWith('https://api.telegram.org/'))).toBe(past);
});

test('a job whose last run failed is told, although its timer is well', () => {
  distress();
  const home = join(ground.folder, 'health');
  mkdirSync(join(home, 'logs'), { recursive: true });
  ground.write(
    join(ground.etc, 'health.json'),
    JSON.stringify({ home, host: 'alpha', beatSeconds: 300, alarmAfterBeats: 1, checkpointSeconds: 900, logDays: 7 }),
  );
  ground.plan({
    name: 'metrics',
    kind: 'metrics',
    users: [{ name: 'metrics', home: join(ground.folder, 'metrics') }],
    source: { ref: 'main' },
    health: { unit: 'metrics.timer' },
  });
  ground.write(join(ground.state, 'started/metrics'), '');
  const look = (run: string) => {
    ground.standIn(
      'systemctl',
      `case "$*" in *metrics.service*) echo ActiveState=${run} ;; *) echo ActiveState=active ;; esac; echo NRestarts=0; echo ActiveEnterTimestampMonotonic=1`,
    );
    ground.forget('journal');
    for (const program of ['beat', 'look'])
      expect(ground.run(`services/fleet-health/${program}.py`)).toMatchObject({ code: 0, err: '' });
    return ground.said('journal');
  };
  // Before its repository is on the forge there is nothing that could run well.
  expect(look('failed')).toBe('');
  ground.write(join(ground.folder, 'metrics/source.from'), 'forge');
  expect(look('failed')).toContain('metrics: its last run failed');
  expect(signals('outbox')).toHaveLength(1);
  expect(look('failed')).toBe('');
  expect(look('inactive')).toContain('metrics is back');
  // Its deadline passes: nobody is called for what is well again, and nothing is left of it.
  const [name] = signals('outbox');
  const path = join(ground.folder, 'distress/outbox', name);
  ground.write(
    path,
    readFileSync(path, 'utf8').replace(/"(timestamp|last_success|escalation_timeout)": "\d{4}/g, '"$1": "2020'),
  );
  ground.forget('journal');
  expect(ground.run('services/distress/tell.py')).toMatchObject({ code: 0, err: '' });
  expect(ground.said('journal')).toContain('RESOLVED P1 metrics on alpha');
  expect(ground.said('journal')).not.toContain('ESCALATED');
  for (const box of ['outbox', 'open', 'resolved', 'rejected'])
    expect(readdirSync(join(ground.folder, 'distress', box))).toEqual([]);
});

test('who heard of it hears that it is over, and its issues are closed', () => {
  distress({ chat: '1', token: 'bot-token' });
  const signal = (minutes: number) => new Date(Date.UTC(2026, 2, 31, 12, minutes)).toISOString().replace('.000', '');
  const context = { last_success: signal(0), attempts: 1, error: 'e', auto_recovery_attempted: true };
  const message = {
    timestamp: signal(0),
    agent: 'a',
    severity: 'P1',
    category: 'other',
    component: 'ollama',
    message: 'm',
    context,
    requested_action: 'none',
    escalation_timeout: signal(30),
  };
  ground.write(join(ground.folder, 'distress/outbox/one.json'), JSON.stringify(message));
  const tell = () => {
    const program = `import json, sys; sys.path.insert(0, sys.argv[1]); import tell; asked = []; tell.post = lambda url, body, headers, method="POST": asked.append([method, url.split("/", 3)[3], body.get("state") or body.get("text") or body.get("body")]) or {"number": 6 + len(asked)}; tell.main(); print(json.dumps(asked))`;
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program, join(ground.lib, 'services/distress')], {
      encoding: 'utf8',
      env: ground.environment,
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as string[][];
  };
  // Told and escalated: two issues and one message.
  expect(tell().map(([, path]) => path)).toEqual([
    'api/v1/repos/a/b/issues',
    'botbot-token/sendMessage',
    'api/v1/repos/a/b/issues',
  ]);
  expect(tell()).toEqual([]);
  ground.write(join(ground.folder, 'distress/resolved/one.json'), '');
  expect(tell()).toEqual([
    ['POST', 'botbot-token/sendMessage', 'RESOLVED P1 m'],
    ['POST', 'api/v1/repos/a/b/issues/7/comments', 'RESOLVED P1 m'],
    ['PATCH', 'api/v1/repos/a/b/issues/7', 'closed'],
    ['POST', 'api/v1/repos/a/b/issues/9/comments', 'RESOLVED P1 m'],
    ['PATCH', 'api/v1/repos/a/b/issues/9', 'closed'],
  ]);
  expect(tell()).toEqual([]);
});

describe('the outbox', () => {
  const signal = (name: string, more: object = {}) => {
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const context = { last_success: at(-1), attempts: 1, error: 'e', auto_recovery_attempted: true };
    const message = {
      timestamp: at(0),
      agent: 'a',
      severity: 'P3',
      category: 'other',
      component: 'c',
      message: name,
      context,
      requested_action: 'none',
      escalation_timeout: at(30),
      ...more,
    };
    return JSON.stringify(message);
  };
  const outbox = (name: string) => join(ground.folder, 'distress/outbox', name);
  /** What the path unit looks for, here. */
  const watched = () => {
    const unit = plans.find(({ name }) => name === 'distress')?.units.find(({ name }) => name === 'distress.path');
    return (
      /^PathExistsGlob=(.+)$/m
        .exec(unit?.content ?? '')?.[1]
        .replace('/var/lib/distress', join(ground.folder, 'distress')) ?? ''
    );
  };
  /** A path unit of that kind looks when the service has ended, not for changes: as long as there is something, the service runs again. */
  const runs = (most: number) => {
    let count = 0;
    while (
      count < most &&
      execFileSync('bash', ['-c', 'compgen -G "$0" || true', watched()], { encoding: 'utf8' }) !== ''
    ) {
      count += 1;
      expect(ground.run('services/distress/tell.py')).toMatchObject({ code: 0, err: '' });
    }
    return count;
  };

  test('a signal that comes in while others are told is told next, without a timer, and then there is rest', () => {
    distress();
    ground.write(outbox('first.json'), signal('first'));
    const late = ground.write(join(ground.folder, 'late.json'), signal('second'));
    ground.standIn(
      'logger',
      `echo "$*" >>"$GROUND/journal"; [ ! -e '${late}' ] || mv '${late}' '${outbox('second.json')}'`,
    );
    expect(runs(9)).toBe(2);
    expect(ground.said('journal')).toMatch(/P3 first[^]*P3 second/);
    expect({ outbox: readdirSync(join(ground.folder, 'distress/outbox')), open: signals('open') }).toEqual({
      outbox: [],
      open: ['first.json', 'second.json'],
    });
  });

  test('whatever else somebody drops is put aside, and keeps no signal from being told', () => {
    distress();
    const zoneless = '2026-01-01T00:00:00';
    const context = { last_success: zoneless, attempts: 1, error: 'e', auto_recovery_attempted: true };
    const bad = {
      list: '[]',
      nothing: '',
      binary: Buffer.from([0xff, 0xfe]),
      deep: '['.repeat(100_000),
      number: signal('n', { timestamp: 5 }),
      severity: signal('s', { severity: ['P0'] }),
      zoneless: signal('z', { timestamp: zoneless, escalation_timeout: '2126-01-01T00:00:00', context }),
    };
    for (const [name, content] of Object.entries(bad)) writeFileSync(outbox(`a-${name}.json`), content);
    mkdirSync(outbox('a-folder.json'));
    symlinkSync('/nonexistent', outbox('a-link.json'));
    execFileSync('mkfifo', [outbox('a-pipe.json')]);
    ground.write(outbox('b.json'), signal('good'));
    expect(runs(9)).toBe(1);
    expect(ground.said('journal')).toContain('P3 good');
    expect({ open: signals('open'), rejected: signals('rejected') }).toEqual({
      open: ['b.json'],
      rejected: [...Object.keys(bad), 'folder', 'link', 'pipe'].map((name) => `a-${name}.json`).sort(),
    });
    for (const name of signals('rejected')) expect(ground.said('journal')).toContain(`${name} is no distress signal: `);
    // Nor does the next look at the deadlines stumble.
    expect(ground.run('services/distress/tell.py')).toMatchObject({ code: 0, err: '' });
  });
});

test('after a rebuild nothing is told as missing by the last beats of the host that died', () => {
  const home = join(ground.folder, 'health');
  ground.plan({
    name: 'fleet-health',
    kind: 'fleet-health',
    dataset: { owner: OWNER },
    users: [{ name: 'fleet-health', home }],
  });
  ground.write(join(home, 'metrics.json'), '{"at":"2020-01-01T00:00:00Z"}');
  ground.write(join(home, 'logs/heartbeat_2020-01-01.log'), 'kept');
  expect(ground.run('services/fleet-health/reconcile', ['fleet-health'])).toMatchObject({ code: 0, err: '' });
  expect(readdirSync(home)).toEqual(['logs']);
});

test('people are called when every agent of a host is down, and not for one of them', () => {
  distress();
  const home = join(ground.folder, 'health');
  ground.write(
    join(ground.etc, 'health.json'),
    JSON.stringify({ home, host: 'alpha', beatSeconds: 300, alarmAfterBeats: 1, checkpointSeconds: 900, logDays: 7 }),
  );
  const now = () => new Date().toISOString().replace(/\.\d+/, '');
  const look = (up: string[]) => {
    ground.standIn('systemctl', `for name in ${up.join(' ')}; do case "$*" in *$name*) exit 0 ;; esac; done; exit 3`);
    for (const name of ['ezra', 'adagio']) {
      const at = now();
      for (const what of ['heartbeat', 'checkpoint'])
        ground.write(join(ground.folder, name, `${what}.json`), JSON.stringify({ at }));
      ground.write(
        join(home, `hermes-${name}.json`),
        JSON.stringify({
          at,
          active: up.includes(name),
          upSeconds: 5,
          home: join(ground.folder, name),
          heart: at,
          checkpoint: at,
          waiting: false,
        }),
      );
      ground.plan({ name: `hermes-${name}`, health: { unit: `hermes-${name}.service` } });
      ground.write(join(ground.state, `started/hermes-${name}`), '');
    }
    ground.forget('journal');
    expect(ground.run('services/fleet-health/look.py')).toMatchObject({ code: 0, err: '' });
    return ground.said('journal');
  };
  const calls = () =>
    signals('outbox')
      .map(
        (name) =>
          JSON.parse(readFileSync(join(ground.folder, 'distress/outbox', name), 'utf8')) as { severity: string },
      )
      .filter(({ severity }) => severity === 'P0').length;
  look(['ezra']);
  expect(look(['ezra'])).not.toContain('every agent');
  // At the first look a reboot may still be under way.
  expect(look([])).not.toContain('every agent');
  expect(look([])).toContain('agents: every agent is down');
  expect(look([])).toBe('');
  expect(calls()).toBe(1);
  expect(look(['adagio'])).toContain('agents are back');
  expect(signals('resolved')).toHaveLength(2);
  expect(ground.run('services/distress/tell.py')).toMatchObject({ code: 0, err: '' });
  expect({ resolved: signals('resolved'), open: signals('open').length, rejected: signals('rejected') }).toEqual({
    resolved: [],
    open: 1,
    rejected: [],
  });
});
