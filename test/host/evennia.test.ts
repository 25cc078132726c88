/**
 * The academy's server forks with its database open, and SQLite's locks do not outlive a fork. Seen with the real sqlite3, and a server that
 * does nothing but that in Evennia's place.
 */
import { execFileSync, spawn, type ChildProcess } from 'child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'fs';
import { tmpdir } from 'os';
import { dirname, join, resolve } from 'path';

const RUN = resolve(__dirname, '../../host/services/evennia/run');
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

/** Writes once, forks, and writes again from the child when it is asked to. */
const SERVER = `import os, pathlib, sqlite3, time
home = pathlib.Path(os.environ["SOURCE_HOME"])
database = sqlite3.connect(home / "evennia.db3", isolation_level=None)
database.execute("INSERT INTO said VALUES ('before the fork')")
if os.fork():
    os._exit(0)
(home / "forked").touch()
while not (home / "say").exists():
    time.sleep(0.02)
try:
    database.execute("INSERT INTO said VALUES ('after the fork')")
    answer = "said"
except sqlite3.Error as error:
    answer = str(error)
(home / "answer.new").write_text(answer)
(home / "answer.new").rename(home / "answer")
time.sleep(60)
`;

let folder: string;
let home: string;
let running: ChildProcess | undefined;
const database = () => join(home, 'evennia.db3');
const write = (path: string, content: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, 0o755);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-evennia-'));
  home = join(folder, 'home');
  mkdirSync(join(home, 'source'), { recursive: true });
  mkdirSync(join(folder, 'services/evennia'), { recursive: true });
  cpSync(RUN, join(folder, 'services/evennia/run'));
  write(join(folder, 'services/sourced/checkout'), '#!/bin/sh\n');
  write(join(folder, 'evennia/server/server.py'), SERVER);
  write(
    join(folder, 'bin/python3'),
    `#!/bin/sh\ncase "$*" in *evennia_launcher\\ start) exec '${python}' '${folder}/evennia/server/server.py' ;; esac\n`,
  );
  execFileSync('sqlite3', [database(), 'PRAGMA journal_mode = WAL; CREATE TABLE said (what TEXT)']);
});

afterEach(() => {
  // Its own process group, with all that it started.
  if (running?.pid) process.kill(-running.pid, 'SIGKILL');
  running = undefined;
});

async function until(what: string, check: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!check()) {
    if (Date.now() > end) throw new Error(`gave up after 10 s: ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

async function serve(program: string, args: string[]): Promise<void> {
  running = spawn(program, args, {
    detached: true,
    stdio: 'ignore',
    env: { PATH: `${folder}/bin:${process.env.PATH}`, SOURCE_HOME: home, EVENNIA_SECRET: 'secret' },
  });
  // The parent of the fork leaves a group without a leader, which is a group all the same.
  await until('the server has forked', () => existsSync(join(home, 'forked')));
}

/** Names of the processes of this test that have the database's log open. */
function holders(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        return open.includes(`${database()}-wal`) ? [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()] : [];
      } catch {
        return []; // it has ended
      }
    });
}

/** Another process opens the database, looks and closes it, as a check or a backup does. */
const look = () =>
  execFileSync('sqlite3', [database(), 'SELECT what FROM said'], { encoding: 'utf8' }).trim().split('\n');

async function says(): Promise<string> {
  writeFileSync(join(home, 'say'), '');
  await until('the server has answered', () => existsSync(join(home, 'answer')));
  return readFileSync(join(home, 'answer'), 'utf8');
}

test('what closes the database beside the running academy leaves it the log that it writes to', async () => {
  await serve('bash', [join(folder, 'services/evennia/run')]);
  await until('a connection is held open', () => holders().includes('sqlite3'));
  const log = statSync(`${database()}-wal`).ino;
  expect(look()).toEqual(['before the fork']);
  expect(existsSync(`${database()}-wal`) && statSync(`${database()}-wal`).ino).toBe(log);
  expect(await says()).toBe('said');
  expect(look()).toEqual(['before the fork', 'after the fork']);
  expect(statSync(`${database()}-wal`).ino).toBe(log);
});

test('without the connection that it holds open, the log would be gone, and what is written next lost', async () => {
  await serve(python, [join(folder, 'evennia/server/server.py')]);
  expect(look()).toEqual(['before the fork']);
  expect(existsSync(`${database()}-wal`)).toBe(false);
  await says();
  expect(look()).toEqual(['before the fork']);
});
