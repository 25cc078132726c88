/** Who is seen to be alive, and who is told of. Only systemd, the journal and the clock's answers are stand-ins. */
import { execFileSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join, resolve } from 'path';

const LOOK = resolve(__dirname, '../../host/services/fleet-health/look.py');
let folder: string;
const write = (path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+/, '');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-health-'));
  write(
    'etc/health.json',
    JSON.stringify({
      home: join(folder, 'home'),
      host: 'alpha',
      beatSeconds: 300,
      alarmAfterBeats: 1,
      checkpointSeconds: 900,
      logDays: 7,
    }),
  );
  write('etc/services/hermes-ezra.json', '{}');
  write('var/started/hermes-ezra', '');
  write('bin/logger', '#!/bin/sh\necho "$*" >>"$LOGGED"\n');
  chmodSync(join(folder, 'bin/logger'), 0o755);
});

/** The beat that was noted, and what the agent itself says by now. */
const beat = ({ heart = ago(10), checkpoint = ago(60), ...more }: Record<string, unknown> = {}) => {
  write('agent/heartbeat.json', JSON.stringify({ at: heart }));
  write('agent/checkpoint.json', JSON.stringify({ at: checkpoint }));
  const noted = {
    service: 'hermes-ezra',
    host: 'alpha',
    at: ago(10),
    active: true,
    restarts: 0,
    upSeconds: 4000,
    home: join(folder, 'agent'),
    heart: ago(310),
    checkpoint: ago(60),
    waiting: false,
  };
  write('home/hermes-ezra.json', JSON.stringify({ ...noted, ...more }));
};
const look = () => {
  rmSync(join(folder, 'logged'), { force: true });
  execFileSync('python3', ['-B', LOOK], {
    env: {
      ...process.env,
      FLEET_ETC: join(folder, 'etc'),
      FLEET_VAR: join(folder, 'var'),
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      LOGGED: join(folder, 'logged'),
    },
  });
  return existsSync(join(folder, 'logged')) ? readFileSync(join(folder, 'logged'), 'utf8') : '';
};

test('an agent that beats is nothing to tell', () => {
  beat();
  expect(look()).toBe('');
});

test.each([
  ['its heart missed one beat', { heart: ago(301) }, 'its heart missed a beat'],
  ['its unit is down', { active: false }, 'its unit is not active'],
  ['its checkpoint is older than its objective', { checkpoint: ago(901) }, 'its last checkpoint is too old'],
  ['nobody looked at it for a while', { at: ago(700) }, 'nothing was seen of it'],
])('%s: told once, and once more when it is back', (_, wrong, said) => {
  beat(wrong);
  expect(look()).toContain(`hermes-ezra: ${said}`);
  expect(look()).toBe('');
  beat();
  expect(look()).toContain('hermes-ezra is back');
  expect(look()).toBe('');
});

test.each([
  ['just started', { heart: null, checkpoint: null, upSeconds: 5 }],
  ['waiting for its source', { heart: null, checkpoint: null, waiting: true }],
])('an agent that is %s is not missed yet', (_, state) => {
  beat(state);
  expect(look()).toBe('');
});

test('what a rebuild has not come to yet is not missed, and what was retired is forgotten', () => {
  rmSync(join(folder, 'var/started/hermes-ezra'));
  beat({ active: false });
  expect(look()).toBe('');
  rmSync(join(folder, 'etc/services/hermes-ezra.json'));
  look();
  expect(readdirSync(join(folder, 'home')).filter((name) => name.endsWith('.json'))).toEqual([]);
});
