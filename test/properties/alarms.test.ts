/** Alarms get out: told in a form their reader takes, past what has failed, and once for each time that something fails. */
import { spawnSync } from 'child_process';
import { mkdirSync, readdirSync } from 'fs';
import { join } from 'path';
import { Ground } from './support';

let ground: Ground;
beforeEach(() => (ground = new Ground({ moved: { '/var/lib/distress': 'distress' } })));
afterEach(() => ground.remove());

const distress = (telegram = { chat: '', token: '' }) => {
  for (const name of ['outbox', 'open', 'resolved', 'rejected']) mkdirSync(join(ground.folder, 'distress', name), { recursive: true });
  const forge = { url: 'http://127.0.0.1:9', repository: 'a/b', tokenFile: ground.write(join(ground.folder, 'token'), 'a-token') };
  ground.write(join(ground.etc, 'secrets/distress.json'), JSON.stringify({ home: join(ground.folder, 'distress'), host: 'alpha', forge, telegram }));
};
const signals = (box: string) => readdirSync(join(ground.folder, 'distress', box)).filter((name) => name.endsWith('.json'));

test('a recovery that failed ends with an error and one signal that its reader takes, for each outage one', () => {
  distress();
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
  expect({ outbox: signals('outbox'), open: signals('open').length, rejected: signals('rejected') }).toEqual({ outbox: [], open: 2, rejected: [] });
});

test.each([
  ['of the forge itself', 'P1', 'gitea', true],
  ['of something else, while the forge takes nothing', 'P1', 'ollama', true],
  ['that people must hear at once', 'P0', 'ollama', true],
  ['that is only to be noted', 'P2', 'gitea', false],
])('an alarm %s gets past the forge', (_, severity, component, past) => {
  distress({ chat: '1', token: 'bot-token' });
  const message = { severity, component, agent: 'alpha', message: 'm', requested_action: 'none' };
  const program = `import json, sys; sys.path.insert(0, sys.argv[1]); import tell; asked = []; tell.post = lambda url, body, headers: asked.append(url) and False; tell.tell(json.loads(sys.argv[2]), False); print(json.dumps(asked))`;
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program, join(ground.lib, 'services/distress'), JSON.stringify(message)], { encoding: 'utf8', env: ground.environment });
  expect(stderr).toBe('');
  const asked = JSON.parse(stdout) as string[];
  expect(asked.some((url) => url.startsWith('https://api.telegram.org/'))).toBe(past);
});

test('a job whose last run failed is told, although its timer is well', () => {
  distress();
  const home = join(ground.folder, 'health');
  mkdirSync(join(home, 'logs'), { recursive: true });
  ground.write(join(ground.etc, 'health.json'), JSON.stringify({ home, host: 'alpha', beatSeconds: 300, alarmAfterBeats: 1, checkpointSeconds: 900, logDays: 7 }));
  ground.plan({ name: 'metrics', kind: 'metrics', users: [{ name: 'metrics', home: join(ground.folder, 'metrics') }], source: { ref: 'main' }, health: { unit: 'metrics.timer' } });
  ground.write(join(ground.state, 'started/metrics'), '');
  const look = (run: string) => {
    ground.standIn('systemctl', `case "$*" in *metrics.service*) echo ActiveState=${run} ;; *) echo ActiveState=active ;; esac; echo NRestarts=0; echo ActiveEnterTimestampMonotonic=1`);
    ground.forget('journal');
    for (const program of ['beat', 'look']) expect(ground.run(`services/fleet-health/${program}.py`)).toMatchObject({ code: 0, err: '' });
    return ground.said('journal');
  };
  // Before its repository is on the forge there is nothing that could run well.
  expect(look('failed')).toBe('');
  ground.write(join(ground.folder, 'metrics/source.from'), 'forge');
  expect(look('failed')).toContain('metrics: its last run failed');
  expect(signals('outbox')).toHaveLength(1);
  expect(look('failed')).toBe('');
  expect(look('inactive')).toContain('metrics is back');
});
