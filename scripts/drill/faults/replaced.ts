/** The host serves, and another machine is asked for: the old one serves until its successor stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../lib/errors';
import { prepareClients } from '../clients';
import { need, phase, runEngine, type Drill } from '../context';
import { dropletsSeen } from '../control';
import { httpOf } from '../forge';
import type { Write } from '../load/log';
import { WORK_MS } from '../load/work';
import { beginLoad, workDone } from '../phases/fault';
import { Random } from '../seed/random';
import { fleet } from './child';
import { worksOn } from './events';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { come, raiseRebuild } from './steps';

export const hostReplaced: Fault = {
  kind: 'host-replaced',
  title: 'the host serves, and another machine is asked for: it serves until its successor stands',
  ends: 'recovers',
  timed: true,
  run: async (drill) => {
    await phase(drill, 'load', 'writing to a host that serves', written);
    await phase(drill, 'replacement', 'up --refresh with a raised value, written to all the time', replace);
    await come(drill);
  },
};

async function written(drill: Drill): Promise<void> {
  await beginLoad(drill);
  await workDone(drill);
}

/** One update; the fault is the moment at which the old host is taken off. */
async function replace(drill: Drill): Promise<void> {
  const load = need(drill.load, 'the load');
  const clients = await prepareClients(need(drill.forge, 'the forge'), need(drill.account, 'the account'), need(drill.cloud, 'the cloud').nameserver);
  await raiseRebuild(drill);
  const asked = Date.now();
  const takeover = `Command ${drill.hostName}-takeover`;
  await runEngine(drill, 'up', {
    refresh: true,
    steps: drill.record.steps,
    onEvent: (event) => {
      if (worksOn(event, 'step-start', takeover)) drill.record.fault = { kind: hostReplaced.kind, at: Date.now(), struckAt: Date.now() };
      if (worksOn(event, 'step-done', takeover)) {
        need(drill.record.fault, 'the takeover').struckAt = Date.now();
        drill.clients = clients.start();
      }
    },
  });
  const { at } = need(drill.record.fault, 'the takeover');
  const seconds = (moment?: number) => (moment === undefined ? null : (moment - at) / 1000);
  const { fresh, cachedClient } = await need(drill.clients, 'the clients').recovered;
  drill.record.rto = { fresh: seconds(fresh), cachedClient: seconds(cachedClient) };
  drill.record.check('the load goes on with the new host', await load.resumed(Date.now(), WORK_MS, drill.signal), 'a write to the database and a push');
  const failed = load.writes.filter(({ sentAt, failedAt }) => sentAt >= asked && failedAt !== undefined && failedAt < at);
  drill.record.check('the old host served until its successor stood', failed.length === 0, failed[0]?.why ?? `for ${((at - asked) / 1000).toFixed(1)} s no write failed`);
  drill.record.check('time without service is told', true, `${(longestPause(load.writes, asked) / 1000).toFixed(1)} s between two acknowledged writes to the database`);
}

/** The longest time, in milliseconds, between two acknowledgements of writes to the database from a moment on. Pure. */
export function longestPause(writes: readonly Write[], from: number): number {
  const moments = writes.flatMap(({ kind, acknowledgedAt }) => (kind !== 'push' && acknowledgedAt !== undefined && acknowledgedAt >= from ? [acknowledgedAt] : [])).sort((one, two) => one - two);
  return moments.slice(1).reduce((longest, moment, index) => Math.max(longest, moment - moments[index]), 0);
}

const KILLS = 10;
/** A replacement takes about a minute on a quiet machine. */
const WITHIN_MS = 45_000;

export const replacementKilled: Fault = {
  kind: 'replacement-killed',
  title: `the engine is killed (kill -9) at ${KILLS} random moments while a host that serves is replaced, and run again`,
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'load', 'writing to a host that serves', written);
    await phase(drill, 'replacement', `up --refresh, killed ${KILLS} times`, replaceKilled);
    await come(drill);
  },
};

async function replaceKilled(drill: Drill): Promise<void> {
  const random = new Random(drill.options.seed);
  const clients = await prepareClients(need(drill.forge, 'the forge'), need(drill.account, 'the account'), need(drill.cloud, 'the cloud').nameserver);
  const at = Date.now();
  drill.record.fault = { kind: replacementKilled.kind, at, struckAt: at };
  await raiseRebuild(drill);
  for (let kill = 1; kill <= KILLS; ) {
    const after = random.next() * WITHIN_MS;
    drill.progress.waiting(`kill -9 number ${kill}, ${(after / 1000).toFixed(1)} s into an update`);
    if (await killedAfter(drill, after)) await servesOrIsTold(drill, kill++, after);
    // It ended before: the next kill is of another replacement.
    else await raiseRebuild(drill);
  }
  drill.progress.waiting('the run after the last kill');
  const { code, output } = await fleet(drill, 'up', ['--refresh']);
  if (code !== EXIT.ok) throw new Error(`the run after the last kill failed: ${saidBy(output)}`);
  drill.record.fault.struckAt = Date.now();
  drill.clients = clients.start();
  await need(drill.load, 'the load').resumed(Date.now(), WORK_MS, drill.signal);
}

/** Runs an update and kills it after so many milliseconds; false when it ended before. A run that fails by itself is an error. */
async function killedAfter(drill: Drill, afterMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const run = await fleet(drill, 'up', ['--refresh'], { onStart: ({ kill }) => (timer = setTimeout(kill, afterMs)) }).finally(() => clearTimeout(timer));
  if (run.code !== null && run.code !== EXIT.ok) throw new Error(`a run that was to be killed after ${afterMs} ms failed before: ${saidBy(run.output)}`);
  return run.code === null;
}

/** Between two runs a machine serves, or a preview says which does not. */
async function servesOrIsTold(drill: Drill, kill: number, afterMs: number): Promise<void> {
  const forge = need(drill.forge, 'the forge');
  const http = httpOf(forge, { timeoutMs: 3000, keepAlive: false });
  const name = `kill ${kill}, after ${(afterMs / 1000).toFixed(1)} s: a host serves, or a preview says that none does`;
  const machines = (await dropletsSeen(drill)).map(({ name: host, status }) => `${host} ${status}`).join(', ');
  try {
    const answers = async () => (await http.send('GET', `${forge.baseUrl}/api/v1/version`).catch(() => ({ status: 0 }))).status === 200;
    if ((await answers()) || (await sleep(1000).then(answers))) return void drill.record.check(name, true, `it serves (${machines})`);
    const { output } = await fleet(drill, 'preview', ['--refresh']);
    const said = output.split('\n').find((line) => line.includes(drill.hostName) && / is off|does not serve|was taken over/.test(line));
    drill.record.check(name, said !== undefined, said?.trim() ?? `it does not serve (${machines}), and the preview says nothing: ${saidBy(output)}`);
  } finally {
    await http.close();
  }
}
