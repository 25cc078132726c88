/** Proves a stack's backups: restores the newest point of every dataset to scratch hosts that are closed, runs every check, keeps the evidence. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rented } from '../../components/machines';
import { ensureBucket } from '../../components/store/admin';
import { withStore, type StoreAccess } from '../../components/store/client';
import { removeAccount } from '../../components/store/accounts';
import { lockBucket } from '../../components/store/lock';
import { readerOf } from '../../components/store/names';
import { bucketOf, evidenceBucketOf } from '../../stacks/model/names';
import { proofStack } from '../../stacks/model/proof';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { readableUrn, type Engine, type EngineEvent, type RunResult } from '../engines/engine';
import { declarationOf, initStack } from '../init/init';
import { messageOf, UserError } from '../lib/errors';
import type { StackRef } from '../lib/project';
import { ssh } from '../../components/ssh';
import { StackFile } from '../lib/stack-file';
import { settingsOf } from '../lib/stack-settings';
import { writeEvidence, type Evidence } from './evidence';

/** Settings that a scratch stack must not share, and makes anew or does without. */
const NOT_SHARED = [
  'deployPrivateKey',
  'deployPublicKey',
  'operators',
  'rebuild',
  'standby',
  'bootstrap',
  'restoreAt',
  'telegramBotToken',
  'telegramChat',
  'alarmWebhook',
  'alarmCommand',
  'alarmEmails',
];

export interface Proving {
  engine: Engine;
  onEvent: (event: EngineEvent) => void;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** Runs the whole proof and returns its evidence, one a host. What it made is taken away again, also after a failure. */
export async function prove(ref: StackRef, proving: Proving): Promise<Evidence[]> {
  const { engine, onEvent, say, signal } = proving;
  const stack = proofStack(ref.stack);
  const file = await StackFile.open(ref.configFile, ref.passphrase);
  const proven = declarationOf(ref.stack);
  const settings = settingsOf(file, proven);
  const declaration = declarationOf(stack);
  const scratch: StackRef = { ...ref, stack, configFile: join(ref.backendDir, `Pulumi.${stack}.yaml`) };
  const admin = {
    ...settings.store,
    accessKey: file.text(`${NAMESPACE}:storeAccessKey`),
    secretKey: file.text(`${NAMESPACE}:storeSecretKey`),
  };
  const takeAway = async () => {
    const ended = await engine.destroy(scratch, { refresh: true, onEvent });
    if (!ended.ok)
      throw new UserError(
        `The scratch hosts of ${ref.stack} are still there: ${ended.errors[0]}.`,
        'They cost money and hold its data: mend that and run fleet verify again, which takes them away first.',
      );
    for (const { name } of declaration.hosts)
      await removeAccount(admin, readerOf(bucketOf(settings.store.bucketPrefix, proven, name)));
    rmSync(scratch.configFile, { force: true });
  };
  if (existsSync(scratch.configFile)) {
    say('taking away what an interrupted run left');
    await takeAway();
  }
  await lockBuckets(
    admin,
    declaration.hosts.map(({ name }) => bucketOf(settings.store.bucketPrefix, proven, name)),
    declaration.backup.keep.dailyDays,
  );
  await configure(ref, scratch);

  const startedAt = new Date().toISOString();
  let result: RunResult | undefined;
  let failure: string | undefined;
  try {
    result = await engine.up(scratch, { onEvent, signal });
    failure = result.ok ? undefined : (result.errors[0] ?? 'the engine gave no reason');
  } catch (error) {
    failure = messageOf(error);
  }
  const restored = await restoredOn(engine, scratch).catch((error): Restored => {
    failure ??= `what was restored could not be read: ${messageOf(error)}`;
    return {};
  });
  say('taking the scratch hosts away');
  await takeAway();
  if (signal.aborted) return [];

  const done = new Set(result?.steps.map(({ urn }) => readableUrn(urn)));
  const evidence = declaration.hosts.map(({ name }): Evidence =>
    evidenceOf(ref.stack, name, { startedAt, engine: engine.label, done, failure, restored: restored[name] ?? [] }),
  );
  await withStore(admin, async (client) => {
    const bucket = evidenceBucketOf(settings.store.bucketPrefix, proven);
    await ensureBucket(client, bucket, declaration.backup.keep.dailyDays);
    for (const one of evidence) say(`evidence: ${bucket}/${await writeEvidence(client, bucket, one)}`);
  });
  return evidence;
}

/** Locks what is proved again: whoever shortened a lock has a night at most. A host that was never made has no bucket. */
const lockBuckets = (admin: StoreAccess, buckets: string[], days: number): Promise<void> =>
  withStore(admin, async (client) => {
    for (const bucket of buckets) {
      await lockBucket(client, bucket, days).catch((error: Error) => {
        if (error.name !== 'NoSuchBucket') throw error;
      });
    }
  });

/** The stack's own settings and secrets, with keys to the machines that nobody else has. */
async function configure(ref: StackRef, scratch: StackRef): Promise<void> {
  const own = await StackFile.open(ref.configFile, ref.passphrase);
  const file = own.copyTo(scratch.configFile);
  const { hosts } = declarationOf(ref.stack);
  for (const key of [...NOT_SHARED, ...hosts.flatMap(({ name }) => [`hostKey-${name}`, hostPublicKey(name)])])
    file.remove(`${NAMESPACE}:${key}`);
  await initStack(scratch.stack, file, async () => undefined);
  file.save();
}

interface Outcome {
  startedAt: string;
  engine: string;
  /** What the engine finished, as people read it. */
  done: Set<string>;
  failure: string | undefined;
  restored: Evidence['restored'];
}

/** By host. */
type Restored = Record<string, Evidence['restored']>;

/** Markers that the restores left, one JSON object each. */
const MARKERS = '/var/lib/fleet/restored';

/** What the restores themselves say, read on the hosts that the state knows: also where the run went no further. */
async function restoredOn(engine: Engine, scratch: StackRef): Promise<Restored> {
  const file = await StackFile.open(scratch.configFile, scratch.passphrase);
  const { deployment } = (await engine.exportState(scratch)) as {
    deployment?: { resources?: Array<{ urn: string; type: string; outputs?: Record<string, unknown> }> };
  };
  const { machine, addressOf } = rented.state;
  const machines = (deployment?.resources ?? []).filter(({ type }) => type === machine);
  const read = machines.map(async ({ urn, outputs }) => {
    const host = urn.replace(/^.*::/s, '');
    const target = {
      host: addressOf(outputs ?? {}),
      privateKey: file.text(`${NAMESPACE}:deployPrivateKey`),
      hostKey: file.text(`${NAMESPACE}:${hostPublicKey(host)}`),
    };
    const { stdout } = await ssh(target, `find ${MARKERS} -name '*.json' -exec jq -c . {} + 2>/dev/null || true`);
    return [
      host,
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Evidence['restored'][number]),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** What a run proved of one host: closed before any data came, each dataset restored, its data whole, its service at work. */
export function evidenceOf(
  stack: string,
  host: string,
  { startedAt, engine, done, failure, restored }: Outcome,
): Evidence {
  const passed = (step: string) => done.has(`Command ${host}-${step}`);
  const check = (name: string, step: string, detail: string) => ({
    name,
    ok: passed(step),
    detail: passed(step) ? detail : 'not reached, or failed',
  });
  const checks = [
    check(
      'nothing leaves the scratch host',
      'isolate',
      'closed but for the store, and tried, before any data was on it',
    ),
    ...restored.flatMap(({ service, at }) => [
      ...(at ? [check(`${service}: restored`, `${service}-restore`, `as of ${at}`)] : []),
      ...(done.has(`Command ${host}-${service}-check`)
        ? [check(`${service}: data whole`, `${service}-check`, 'database and repositories')]
        : []),
      check(`${service}: works`, `${service}-verify`, 'its own verification and its transaction'),
    ]),
    { name: 'every step of the proof', ok: failure === undefined, detail: failure ?? 'done' },
  ];
  // Nothing restored proves nothing.
  const ok = checks.every((one) => one.ok) && restored.some(({ at }) => at);
  return { stack, host, startedAt, endedAt: new Date().toISOString(), engine, restored, checks, ok };
}
