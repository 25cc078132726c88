/** The engine is killed (kill -9, with all that it started) in each phase of one rebuild, and run again each time. */
import { readableUrn, type EngineEvent } from '../../scripts/engines/engine';
import { EXIT } from '../../scripts/lib/errors';
import type { Seeded } from '../context';
import { dropletsSeen, forgetRequests, requestsSeen } from '../control';
import { fleet } from './child';
import { worksOn } from './events';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { loseAndRecover } from './steps';

interface Moment {
  phase: string;
  /** Whether the phase begins with this event. */
  begins(event: EngineEvent, host: string): boolean;
  /** Kill not at the event but once this holds: what it asks of the cloud is then under way. */
  once?(drill: Seeded): Promise<boolean>;
}

const starts =
  (...names: string[]) =>
  (event: EngineEvent, host: string) =>
    worksOn(event, 'step-start', ...names.map((name) => name.replace('HOST', host)));

/** The phases of a rebuild in their order, and what each begins with. */
export const MOMENTS: Moment[] = [
  { phase: 'preflight', begins: (event) => event.kind === 'diagnostic' && event.message.startsWith('preflight:') },
  {
    phase: 'order of the droplet',
    begins: starts('Droplet HOST'),
    once: async (drill) => (await dropletsSeen(drill)).length > 0,
  },
  { phase: 'provision', begins: starts('Command HOST-provision') },
  { phase: 'install', begins: starts('Command HOST-gitea-install') },
  { phase: 'takeover', begins: starts('Command HOST-takeover') },
  { phase: 'restore', begins: starts('Command HOST-gitea-restore') },
  { phase: 'start', begins: starts('Command HOST-gitea-start') },
  { phase: 'verify', begins: starts('Command HOST-gitea-verify') },
  { phase: 'cutover', begins: starts('ReservedIpAssignment HOST', 'Command HOST-gitea-public') },
  { phase: 'protect', begins: starts('Command HOST-protect') },
];

export const engineKilled: Fault = {
  kind: 'engine-killed',
  title: 'the engine is killed (kill -9) in every phase of the rebuild and run again',
  ends: 'recovers',
  run: (drill) => loseAndRecover(drill, { rebuilding: rebuildKilled }),
};

async function rebuildKilled(drill: Seeded): Promise<void> {
  await forgetRequests(drill);
  const killed: string[] = [];
  for (const moment of MOMENTS) if (await killAt(drill, moment)) killed.push(moment.phase);
  const missed = MOMENTS.filter((moment) => !killed.includes(moment.phase)).map((moment) => moment.phase);
  drill.record.none('engine killed in every phase', missed, killed.join(', '), 'not in ');
  drill.progress.waiting('the run after the last kill');
  const last = await fleet(drill, 'up', ['--refresh']);
  drill.record.check('the run after the last kill ends the rebuild', last.code === EXIT.ok, `exit code ${last.code}`);
  if (last.code !== EXIT.ok) throw new Error(`the run after the last kill failed: ${saidBy(last.output)}`);
  await onceOnly(drill);
}

/** Runs an update and kills it when the phase begins; false when the run ended before it did. */
async function killAt(drill: Seeded, moment: Moment): Promise<boolean> {
  drill.progress.waiting(`kill -9 at the start of: ${moment.phase}`);
  let struck = false;
  let waiting: NodeJS.Timeout | undefined;
  const run = await fleet(drill, 'up', ['--refresh'], {
    onEvent: (event, { kill }) => {
      if (struck || waiting || !moment.begins(event, drill.hostName)) return;
      const strike = () => {
        clearInterval(waiting);
        struck = true;
        kill();
      };
      const { once } = moment;
      if (!once) return strike();
      waiting = setInterval(
        () =>
          void once(drill).then(
            (holds) => holds && !struck && strike(),
            () => undefined,
          ),
        20,
      );
    },
  }).finally(() => clearInterval(waiting));
  if (!struck && run.code !== EXIT.ok)
    throw new Error(`the run that was to be killed at ${moment.phase} failed before: ${saidBy(run.output)}`);
  return struck;
}

/** One droplet was ordered over all the runs, and the state holds nothing half done. */
export async function onceOnly(drill: Seeded): Promise<void> {
  const orders = (await requestsSeen(drill)).filter(
    ({ method, path, status }) =>
      method === 'POST' && path.split('?')[0] === '/v2/droplets' && status >= 200 && status < 300,
  );
  drill.record.check(
    'one droplet ordered over all the runs',
    orders.length === 1,
    `${orders.length} orders were taken`,
  );
  const { deployment } = (await drill.engine.exportState(drill.stack)) as {
    deployment: { resources?: Array<{ urn: string; id?: string; delete?: boolean }>; pending_operations?: unknown[] };
  };
  const pending = deployment.pending_operations?.length ?? 0;
  const going = (deployment.resources ?? []).filter((resource) => resource.delete).map(({ urn }) => readableUrn(urn));
  const [droplet] = (deployment.resources ?? []).filter(({ urn }) =>
    urn.includes('digitalocean:index/droplet:Droplet'),
  );
  const [live] = await dropletsSeen(drill);
  const consistent = pending === 0 && going.length === 0 && String(live?.id) === droplet?.id;
  drill.record.check(
    'state consistent',
    consistent,
    consistent
      ? `nothing pending, droplet ${droplet.id}`
      : `${pending} pending operations; to be deleted: ${going.join(', ') || 'none'}; droplet ${droplet?.id} in the state, ${live?.id} in the cloud`,
  );
}
