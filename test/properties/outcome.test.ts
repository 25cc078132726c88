/** Whether a step worked: what failed never passes for done, and what merely runs never passes for up. */
import { execFileSync } from 'child_process';
import { chmodSync } from 'fs';
import { createServer, type Server } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { Ground, linesWith, OWNER, plans, texts } from './support';

let ground: Ground;
beforeEach(() => (ground = new Ground()));
afterEach(() => ground.remove());

describe('a failed step never reads as success', () => {
  const ASKED = [
    'curl',
    'systemctl',
    'sqlite3',
    'git',
    'python3',
    'gitea',
    'ollama',
    'docker',
    'tailscale',
    'rclone',
    'restic',
    'litestream',
    'age',
    'socat',
    'ss',
    'apt-get',
    'openssl',
  ];
  /** Neither exit code 0 nor silence. */
  const passes = ({ code, err }: { code: number; err: string }) =>
    code === 0 || !/error: |failed|cannot be had|keeps |does not |lacks /.test(err);

  beforeEach(() => {
    for (const name of ASKED) ground.standIn(name, 'exit 1');
    ground.standIn('setpriv', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"');
    ground.standIn('sleep', 'exit 0');
  });

  test('where everything that a service’s hook asks fails, the hook fails and says so', () => {
    ground.write(join(ground.data, 'events.jsonl'), '{}\n');
    const passed = plans.flatMap((plan) => {
      // The users of a plan are not on this machine.
      const dataset = plan.dataset && {
        ...plan.dataset,
        owner: OWNER,
        files: { ...plan.dataset.files, paths: [ground.data] },
      };
      ground.plan({ ...plan, dataset });
      const hooks = plan.hooks.filter((hook) => !['bootstrap', 'reconcile'].includes(hook));
      return hooks
        .filter((hook) => passes(ground.run(`services/${plan.kind}/${hook}`, [plan.name, 'http://127.0.0.1:9'])))
        .map((hook) => `${plan.stack}/${plan.name}: ${hook}`);
    });
    expect(passed).toEqual([]);
  });

  test.each([
    ['check', ['forge']],
    ['verify', ['forge']],
    ['start', ['forge']],
    ['backup', ['forge', '--force']],
    ['flush', []],
    ['heartbeat', []],
    ['protect', []],
    ['restore', ['forge']],
    ['packages', ['jq,git-of-nobody']],
    ['converge', []],
    ['git-ship', ['--all', 'forge']],
    ['git-ship', ['--retry']],
    ['discover', ['/nonexistent']],
    ['locate-legacy', ['/nonexistent']],
  ])('where everything that %s asks fails, it fails and says so', (script, args) => {
    const root = join(ground.data, 'repositories');
    ground.write(join(ground.data, 'page'), 'page');
    ground.write(join(root, 'timmy/one.git/HEAD'), 'ref: refs/heads/main\n');
    ground.write(join(root, 'timmy/one.git/objects/x'), '');
    ground.plan({
      units: [{ name: 'forge.service', content: '', start: true }],
      dataset: {
        owner: OWNER,
        database: { path: join(ground.data, 'forge.db') },
        repositories: { root },
        files: { paths: [ground.data], exclude: [], settleSeconds: 1, intervalSeconds: 60 },
      },
    });
    ground.write(join(ground.state, 'protected/forge.json'), '{"complete":null}');
    ground.write(join(ground.state, 'ship-roots'), `forge\t${OWNER}\t${root}\n`);
    ground.write(join(ground.state, 'ship-queue/forge/timmy__one.git'), join(root, 'timmy/one.git'));
    const input =
      script === 'protect' ? '{"services":["forge"]}' : script === 'packages' ? '{"artifacts":[]}' : '{"services":[]}';
    const result = ground.run(script, args, { input });
    expect({ ...result, passed: passes(result) }).toMatchObject({ passed: false });
  });

  test('a failure that does not matter says why', () => {
    const unsaid = texts.flatMap(({ file, raw }) =>
      raw
        .filter(
          (line, index) =>
            /\|\|\s*(true|:)(\s|;|$)/.test(line) && !/^\s*#|\s# /.test(line) && !/^\s*#/.test(raw[index - 1] ?? ''),
        )
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(unsaid).toEqual([]);
  });
});

describe('an answer counts only by its status, and is not waited for without end', () => {
  let server: Server;
  let url: string;
  let status: number;
  beforeAll(async () => {
    // As the forge did for years, it refuses to be asked with HEAD.
    server = createServer((request, response) => response.writeHead(request.method === 'GET' ? status : 405).end('{}'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  test.each([
    [200, 0],
    [404, 1],
    [500, 1],
    [503, 1],
  ])('a service that answers %i is started with exit code %i', async (answer, code) => {
    status = answer;
    ground.plan({
      health: { url, unit: 'forge.service' },
      units: [{ name: 'forge.service', content: '', start: true }],
    });
    const result = await ground.runBeside('start', ['forge']);
    expect(result).toMatchObject({ code, err: expect.stringMatching(code ? 'forge is not healthy' : 'forge is up') });
  });

  test('no program waits for an answer without a time limit', () => {
    expect(linesWith(/urlopen\((?!.*timeout=)/)).toEqual([]);
  });
});

describe('waiting is looking again, with a bound', () => {
  test('nothing waits for a fixed time, or for ever', () => {
    const loose = texts.flatMap(({ file, raw }) =>
      raw
        .map((line, index) => ({ line, index }))
        .filter(({ line }) => /(^|[;&|({]|\bdo|\bthen|\bwhile)\s*sleep\s+["$\d]/.test(line.replace(/^\s*#.*/, '')))
        .filter(({ line, index }) => !/\b(while|until|for)\b/.test(line) && !insideLoop(raw, index))
        .map(({ line }) => `${file}: ${line.trim()}`),
    );
    expect(loose).toEqual([]);
  });

  test('what checks a service waits by polling only', () => {
    const checks = texts.filter(({ file }) =>
      /\/(verify|transaction|import|reconcile|bootstrap)$|^(verify|check|transaction|protect)$/.test(file),
    );
    expect(checks.length).toBeGreaterThan(20);
    expect(
      checks.filter(({ lines }) => lines.some((line) => /\bsleep\b|while true/.test(line))).map(({ file }) => file),
    ).toEqual([]);
  });

  test('a poll ends as soon as it is so, and fails when its time is over', () => {
    const waiting = new Ground({ waits: true });
    const polled = (command: string) => {
      const begun = Date.now();
      const { code } = waiting.shell(`n=0; later() { n=$((n + 1)); ((n > 3)); }; poll 2 ${command}`);
      return { code, seconds: (Date.now() - begun) / 1000 };
    };
    expect(polled('later')).toMatchObject({ code: 0 });
    const never = polled('false');
    expect(never.code).toBe(1);
    expect(never.seconds).toBeGreaterThan(0.9);
    waiting.remove();
  });
});

/** Whether a line stands deeper than a loop that begins above it. */
function insideLoop(lines: string[], index: number): boolean {
  let depth = lines[index].search(/\S/);
  for (let above = index - 1; above >= 0; above--) {
    const indent = lines[above].search(/\S/);
    if (indent < 0 || indent >= depth) continue;
    if (/^\s*(while|until|for)\b/.test(lines[above])) return true;
    depth = indent;
  }
  return false;
}

describe('what keeps being restarted, or only runs, is not up', () => {
  test.each([
    ['active, and always the same', 'echo 4', 0],
    [
      'active, and restarted again and again',
      'n=$(($(cat "$GROUND/n" 2>/dev/null || echo 0) + 1)); echo $n | tee "$GROUND/n"',
      1,
    ],
  ])('a unit that is %s', (_, restarts, code) => {
    // It is time that tells.
    const waiting = new Ground({ waits: true });
    waiting.standIn('systemctl', `case "$*" in show*) echo ActiveState=active; echo NRestarts=$(${restarts}) ;; esac`);
    waiting.plan({ units: [{ name: 'forge.service', content: '', start: true }] });
    expect(waiting.run('start', ['forge'], { env: { FLEET_START_SECONDS: '4' } }).code).toBe(code);
    waiting.remove();
  });

  const jq = execFileSync('sh', ['-c', 'command -v jq'], { encoding: 'utf8' }).trim();
  const alive = { at: '', restarts: 'echo 0', main: 'echo 77', state: 'active' };
  test.each<[string, Partial<typeof alive> & { never?: boolean }, RegExp]>([
    ['beats and stays the same process', {}, /is alive/],
    ['beat its heart an hour ago', { at: '-1 hour' }, /no heartbeat of the last 30 s/],
    ['never beat its heart', { never: true }, /no heartbeat of the last 30 s/],
    [
      'is restarted between two beats',
      { restarts: 'n=$(($(cat "$GROUND/n" 2>/dev/null || echo 0) + 1)); echo $n | tee "$GROUND/n"' },
      /keeps being restarted/,
    ],
    ['is another process at the second beat', { main: 'echo $$' }, /keeps being restarted/],
    ['beats under a unit that is not active', { state: 'activating' }, /is not active/],
  ])('an agent that %s', (_, agent, said) => {
    const { at, restarts, main, state } = { ...alive, ...agent };
    const home = join(ground.folder, 'agent');
    ground.plan({
      name: 'hermes-ezra',
      kind: 'hermes-agent',
      dataset: { owner: OWNER },
      users: [{ name: OWNER, home }],
      health: { unit: 'hermes-ezra.service' },
      source: { ref: 'main' },
    });
    ground.write(join(home, 'source.from'), 'forge\n');
    ground.standIn('git', 'echo 1234abcd');
    const beat = agent.never
      ? ':'
      : `printf '{"at":"%s"}' "$(date -u -d "now ${at}" +%Y-%m-%dT%H:%M:%S.%NZ)" >'${home}/heartbeat.json'`;
    // It beats between any two looks at its heart.
    ground.standIn('jq', `${jq} "$@"; status=$?; ${beat}; exit $status`);
    ground.standIn(
      'systemctl',
      `case "$*" in *NRestarts*) ${restarts} ;; *MainPID*) ${main} ;; *ActiveState*) echo ${state} ;; esac`,
    );
    if (!agent.never) ground.shell(beat);
    const { code, err } = ground.run('services/hermes-agent/verify', ['hermes-ezra']);
    expect(err).toMatch(said);
    expect(code).toBe(said.test('is alive') ? 0 : 1);
  });

  test('everything that starts comes back after a crash and after a boot', () => {
    const units = plans.flatMap(({ stack, name, units: all }) =>
      all.map((unit) => ({ ...unit, label: `${stack}/${name}/${unit.name}` })),
    );
    expect(
      units
        .filter(({ start, content }) => start && !/^\[Install\]\nWantedBy=\S+\.target$/m.test(content))
        .map(({ label }) => label),
    ).toEqual([]);
    expect(
      units
        .filter(
          ({ content }) =>
            /^ExecStart=/m.test(content) &&
            !/^Type=oneshot$/m.test(content) &&
            !/^Restart=(always|on-failure)$/m.test(content),
        )
        .map(({ label }) => label),
    ).toEqual([]);
  });
});

test('a service is verified beside its transaction, and what either says is told', () => {
  const said = (verify: number, transaction: number) => {
    for (const [name, code] of [
      ['verify', verify],
      ['transaction', transaction],
    ] as const) {
      ground.write(
        join(ground.lib, `services/forge/${name}`),
        `#!/bin/sh\necho "${name} ended with ${code}" >&2\nexit ${code}\n`,
      );
      chmodSync(join(ground.lib, `services/forge/${name}`), 0o755);
    }
    ground.plan({
      hooks: ['verify', 'transaction'],
      health: { url: 'http://127.0.0.1:1/healthz', unit: 'forge.service' },
    });
    const { code, err } = ground.run('verify', ['forge', '--checked']);
    expect(err).toContain(`verify ended with ${verify}`);
    expect(err).toContain(`transaction ended with ${transaction}`);
    return { code, ended: /did not pass its verification/.test(err) };
  };
  expect(said(0, 0)).toEqual({ code: 0, ended: false });
  expect(said(3, 0)).toEqual({ code: 1, ended: true });
  expect(said(0, 3)).toEqual({ code: 1, ended: true });
});
