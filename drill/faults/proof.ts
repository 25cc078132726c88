/** Nothing is broken: the backups are proved as the nightly timer does it, while the fleet works. */
import { z } from 'zod';
import { evidenceBucketOf } from '../../stacks/model/names';
import { EXIT, UserError } from '../../scripts/lib/errors';
import { evidenceSchema, newestEvidence, type Evidence } from '../../scripts/verify/evidence';
import { phase, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { BUCKET_PREFIX } from '../clouds/cloud';
import { dropletsSeen } from '../control';
import { destroy } from '../phases/destroy';
import { inStore } from '../store';
import { fleetPlain } from './child';
import type { Fault } from './fault';

/** A rebuild on a busy machine, and taking it away again. */
export const PROOF_MS = 600_000;

export const backupsProved: Fault = {
  kind: 'backups-proved',
  title: 'nothing is broken: fleet verify restores the newest points to a closed scratch host beside the living one',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'proof', 'fleet verify', prove);
    await destroy(drill);
  },
};

async function prove(drill: Seeded): Promise<void> {
  const { record } = drill;
  const hooks = required(drill.hooks, 'the webhook receiver');
  const listed = async () => (await dropletsSeen(drill)).map(({ id, status }) => `${id} ${status}`).join(', ');
  const before = await listed();
  const delivered = hooks.count;
  drill.progress.waiting('the proof');
  const run = await fleetPlain(
    drill,
    ['verify', '--stack', drill.declaration.stack, '--engine', drill.engine.name, '--json'],
    PROOF_MS,
  );
  const line = run.output.split('\n').find((one) => one.startsWith('[{'));
  if (line === undefined) throw new UserError(`fleet verify left no evidence: ${run.output.trim().split('\n').at(-1)}`);
  for (const { host, checks } of z.array(evidenceSchema).parse(JSON.parse(line)))
    for (const { name, ok, detail } of checks) record.check(`${host}: ${name}`, ok, detail);
  record.check('the proof passed', run.code === EXIT.ok, `exit code ${run.code}`);
  const after = await listed();
  record.check(
    'the living host was left alone, the scratch host is gone',
    after === before,
    after === before ? after : `${before} before, ${after} after`,
  );
  // The restored forge has the webhook, and its synthetic transaction would fire it.
  record.check(
    'no webhook of the scratch host got out',
    hooks.count === delivered,
    `${hooks.count - delivered} deliveries while it was up`,
  );
  const kept = await evidenceKept(drill);
  record.check('the evidence is in the store', kept?.ok === true, kept ? `ended ${kept.endedAt}` : 'none');
}

const evidenceKept = (drill: Seeded): Promise<Evidence | undefined> =>
  inStore(drill, (client) =>
    newestEvidence(client, evidenceBucketOf(BUCKET_PREFIX, drill.declaration), drill.hostName),
  );
