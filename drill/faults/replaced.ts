/** The host serves, and another machine is asked for: the old one serves until its successor stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readableUrn } from '../../scripts/engines/engine';
import { EXIT } from '../../scripts/lib/errors';
import { prepareClients, type Clients } from '../clients';
import { phase, runEngine, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { dropletsSeen } from '../control';
import { versionStatus, withHttp } from '../forge';
import type { Load } from '../load/load';
import type { Write } from '../load/log';
import { WORK_MS } from '../load/work';
import { noteRecovery, startClients, work, type Struck } from '../phases/fault';
import { Random } from '../seed/random';
import { raiseRebuild } from '../settings';
import { fleet } from './child';
import { worksOn } from './events';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { verifyRecovery } from './steps';

export const hostReplaced: Fault = {
  kind: 'host-replaced',
  title: 'the host serves, and another machine is asked for: it serves until its successor stands',
  ends: 'recovers',
  timed: true,
  run: async (drill) => {
    const load = await phase(drill, 'load', 'writing to a host that serves', work);
    const struck = await phase(
      drill,
      'replacement',
      'up --refresh with a raised value, written to all the time',
      (one) => replace(one, load),
    );
    await verifyRecovery(struck);
  },
};

/** One update; the fault is the moment at which the old host is taken off. */
async function replace(drill: Seeded, load: Load): Promise<Struck> {
  const { record } = drill;
  const ready = await prepareClients(drill.forge, drill.account, drill.cloud.nameserver);
  await raiseRebuild(drill);
  const asked = Date.now();
  const takeover = `Command ${drill.hostName}-takeover`;
  let clients: Clients | undefined;
  await runEngine(drill, 'up', {
    refresh: true,
    steps: record.steps,
    onEvent: (event) => {
      if (worksOn(event, 'step-start', takeover))
        record.fault = { kind: hostReplaced.kind, at: Date.now(), struckAt: Date.now() };
      if (!worksOn(event, 'step-done', takeover)) return;
      required(record.fault, 'the takeover').struckAt = Date.now();
      clients = startClients(drill, ready);
    },
  });
  const strike = required(record.fault, 'the takeover');
  const struck = { ...drill, load, strike, clients: required(clients, 'the end of the takeover') };
  noteRecovery(drill, strike, await struck.clients.recovered);
  drill.record.check(
    'the load goes on with the new host',
    await load.resumed(Date.now(), WORK_MS, drill.signal),
    'a write to the database and a push',
  );
  const failed = load.writes.filter(
    ({ sentAt, failedAt }) => sentAt >= asked && failedAt !== undefined && failedAt < strike.at,
  );
  drill.record.check(
    'the old host served until its successor stood',
    failed.length === 0,
    failed[0]?.why ?? `for ${((strike.at - asked) / 1000).toFixed(1)} s no write failed`,
  );
  drill.record.check(
    'time without service is told',
    true,
    `${(longestPause(load.writes, asked) / 1000).toFixed(1)} s between two acknowledged writes to the database`,
  );
  return struck;
}

/** The longest time, in milliseconds, between two acknowledgements of writes to the database from a moment on. Pure. */
export function longestPause(writes: readonly Write[], from: number): number {
  const moments = writes
    .flatMap(({ kind, acknowledgedAt }) =>
      kind !== 'push' && acknowledgedAt !== undefined && acknowledgedAt >= from ? [acknowledgedAt] : [],
    )
    .sort((one, two) => one - two);
  return moments.slice(1).reduce((longest, moment, index) => Math.max(longest, moment - (moments[index] ?? moment)), 0);
}

const KILLS = 10;
/** Steps of a replacement among which the kills lie: from the new machine to the agents on it. Time would not do: on a busy machine it is spent before the first of them. */
const STEPS = 25;
/** A kill comes up to so much later than its step begins. */
const LATER_MS = 2000;

export const replacementKilled: Fault = {
  kind: 'replacement-killed',
  title: `the engine is killed (kill -9) at ${KILLS} random moments while a host that serves is replaced, and run again`,
  ends: 'recovers',
  run: async (drill) => {
    const load = await phase(drill, 'load', 'writing to a host that serves', work);
    const struck = await phase(drill, 'replacement', `up --refresh, killed ${KILLS} times`, (one) =>
      replaceKilled(one, load),
    );
    await verifyRecovery(struck);
  },
};

/** In how manieth step each kill comes, in order. Pure. */
export function killMoments(random: Random): number[] {
  const moments = new Set<number>();
  while (moments.size < KILLS) moments.add(random.between(1, STEPS));
  return [...moments].sort((one, two) => one - two);
}

async function replaceKilled(drill: Seeded, load: Load): Promise<Struck> {
  const random = new Random(drill.options.seed);
  const ready = await prepareClients(drill.forge, drill.account, drill.cloud.nameserver);
  const strike = (drill.record.fault = { kind: replacementKilled.kind, at: Date.now(), struckAt: Date.now() });
  await raiseRebuild(drill);
  // What was begun once counts once, so that each kill is further on than the one before.
  const begun = new Set<string>();
  const killed: string[] = [];
  for (const moment of killMoments(random)) {
    drill.progress.waiting(`kill -9 number ${killed.length + 1}, in step ${moment} of the replacement`);
    const step = await killedIn(drill, begun, moment, random.next() * LATER_MS);
    if (step === undefined) break;
    killed.push(step);
    await servesOrIsTold(drill, `kill ${killed.length}, in ${step}`);
  }
  drill.record.check(`killed ${KILLS} times in one replacement`, killed.length === KILLS, killed.join(', '));
  drill.progress.waiting('the run after the last kill');
  const { code, output } = await fleet(drill, 'up', ['--refresh']);
  if (code !== EXIT.ok) throw new Error(`the run after the last kill failed: ${saidBy(output)}`);
  strike.struckAt = Date.now();
  const clients = startClients(drill, ready);
  await load.resumed(Date.now(), WORK_MS, drill.signal);
  return { ...drill, load, strike, clients };
}

/** Runs an update and kills it soon after so many steps have begun; the step that was the last to, or undefined where the run ended before. A run that fails by itself is an error. */
async function killedIn(
  drill: Seeded,
  begun: Set<string>,
  moment: number,
  laterMs: number,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let step = '';
  const run = await fleet(drill, 'up', ['--refresh'], {
    onEvent: (event, { kill }) => {
      if (event.kind !== 'step-start' || timer || !worksOn(event, 'step-start', readableUrn(event.urn))) return;
      begun.add(event.urn);
      if (begun.size < moment) return;
      step = readableUrn(event.urn);
      timer = setTimeout(kill, laterMs);
    },
  }).finally(() => clearTimeout(timer));
  if (run.code !== null && run.code !== EXIT.ok)
    throw new Error(`a run that was to be killed in step ${moment} failed before: ${saidBy(run.output)}`);
  return run.code === null ? step : undefined;
}

/** Between two runs a machine serves, or a preview says which does not. */
async function servesOrIsTold(drill: Seeded, kill: string): Promise<void> {
  const { forge } = drill;
  const name = `${kill}: a host serves, or a preview says that none does`;
  const machines = (await dropletsSeen(drill)).map(({ name: host, status }) => `${host} ${status}`).join(', ');
  const answers = () =>
    withHttp(forge, (http) => versionStatus(http, forge.baseUrl).catch(() => 0), { timeoutMs: 3000, keepAlive: false });
  if ((await answers()) === 200 || (await sleep(1000).then(answers)) === 200)
    return drill.record.check(name, true, `it serves (${machines})`);
  const { output } = await fleet(drill, 'preview', ['--refresh']);
  const said = output
    .split('\n')
    .find((line) => line.includes(drill.hostName) && / is off|does not serve|was taken over/.test(line));
  drill.record.check(
    name,
    said !== undefined,
    said?.trim() ?? `it does not serve (${machines}), and the preview says nothing: ${saidBy(output)}`,
  );
}
