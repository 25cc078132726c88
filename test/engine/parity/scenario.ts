/**
 * One history of a small fleet, told to either engine: what it did is a sequence of (operation, URN). The official engine's
 * is kept in test/engine/traces; the embedded one must give the same.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, EngineEvent, RunResult, Step } from '../../../scripts/engines/engine';
import type { StackRef } from '../../../scripts/lib/project';
import { StackFile } from '../../../scripts/lib/stack-file';
import { FakeCloud } from '../support/fakeCloud';
import { newKey, SshServer } from '../support/sshServer';

const PROGRAM = join(__dirname, 'program');
export const TRACES = join(__dirname, '../traces');

/** One run of the history. */
export interface Recorded {
  run: string;
  ok: boolean;
  steps: Step[];
  summary: Record<string, number>;
}

/** What a run is given. */
export interface Stage {
  cloud: FakeCloud;
  set(key: string, value: unknown): void;
  up(options?: { refresh?: boolean }): Promise<RunResult>;
  destroy(options?: { refresh?: boolean }): Promise<RunResult>;
}

/** Takes a host's droplet away; its reserved IP stays, unassigned. */
function loseDroplet(cloud: FakeCloud, prefix: string): void {
  cloud.droplets.delete(onlyDroplet(cloud, prefix));
  for (const address of cloud.ips.values())
    if (address.droplet && !cloud.droplets.has(String(address.droplet.id))) address.droplet = null;
}

const onlyDroplet = (cloud: FakeCloud, prefix: string): string => {
  const [found, ...more] = [...cloud.droplets.values()].filter(({ name }) => name.startsWith(`${prefix}-`));
  if (!found || more.length) throw new Error(`not one droplet ${prefix}`);
  return String(found.id);
};

/** The history, in its order: each run starts from what the one before it left. */
export const HISTORY: Array<[name: string, run: (stage: Stage) => Promise<RunResult>]> = [
  ['create', (stage) => stage.up()],
  ['second update', (stage) => stage.up()],
  [
    'update after the droplet is lost',
    (stage) => {
      loseDroplet(stage.cloud, 'alpha');
      return stage.up({ refresh: true });
    },
  ],
  ['update after that', (stage) => stage.up({ refresh: true })],
  [
    'rebuild of a listed droplet',
    (stage) => {
      stage.set('rebuild', { alpha: 1, beta: 0 });
      return stage.up({ refresh: true });
    },
  ],
  [
    'changed content',
    (stage) => {
      stage.set('content', '2');
      return stage.up();
    },
  ],
  [
    'a service less',
    (stage) => {
      stage.set('services', ['forge']);
      return stage.up();
    },
  ],
  [
    'refused: a host with a protected address less',
    (stage) => {
      stage.set('hosts', ['alpha']);
      return stage.up();
    },
  ],
  ['refused: destroy with a protected address', (stage) => stage.destroy()],
  [
    'protection withdrawn',
    (stage) => {
      stage.set('hosts', ['alpha', 'beta']);
      stage.set('protected', []);
      return stage.up();
    },
  ],
  [
    'destroy after a droplet is lost',
    (stage) => {
      loseDroplet(stage.cloud, 'beta');
      return stage.destroy({ refresh: true });
    },
  ],
  ['destroy of nothing', (stage) => stage.destroy()],
  ['create again', (stage) => stage.up()],
  ['destroy', (stage) => stage.destroy()],
];

/** Tells the history to an engine. With one step at a time, so that the order is the engine's choice and not the clock's. */
export async function tell(
  engine: Engine,
  onEvent?: (event: EngineEvent) => void,
  only: typeof HISTORY = HISTORY,
): Promise<Recorded[]> {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-parity-'));
  const cloud = await FakeCloud.start();
  const ssh = await SshServer.start();
  try {
    // With droplets that are active at once the official provider still waits ten seconds for each, but no more.
    cloud.bootPolls = 0;
    const stack: StackRef = {
      projectDir: PROGRAM,
      stack: 'dev',
      configFile: join(dir, 'Pulumi.dev.yaml'),
      backendDir: join(dir, 'state'),
      passphrase: 'correct horse',
      env: cloud.env,
    };
    mkdirSync(stack.backendDir);
    const file = await StackFile.open(stack.configFile, stack.passphrase);
    const set = (key: string, value: unknown): void => {
      file.setPlain(`parity:${key}`, value);
      file.save();
    };
    file.setSecret('parity:privateKey', ssh.userKey.private);
    const settings = {
      shell: { port: ssh.port, hostKey: ssh.hostKey.public },
      publicKey: newKey().public,
      rebuild: { alpha: 0, beta: 0 },
      content: '1',
      services: ['forge', 'agent'],
      hosts: ['alpha', 'beta'],
      protected: ['beta'],
    };
    for (const [key, value] of Object.entries(settings)) set(key, value);
    const options = { parallel: 1, onEvent };
    const stage: Stage = {
      cloud,
      set,
      up: (more) => engine.up(stack, { ...options, ...more }),
      destroy: (more) => engine.destroy(stack, { ...options, ...more }),
    };
    const recorded: Recorded[] = [];
    for (const [run, act] of only) {
      const { ok, steps, summary } = await act(stage);
      recorded.push({ run, ok, steps, summary });
    }
    return recorded;
  } finally {
    ssh.stop();
    cloud.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
