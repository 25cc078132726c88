/** Proves a stack's backups: restores the newest point of every dataset to scratch hosts that are closed, runs every check, keeps the evidence. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { rented } from '../../components/machines';
import { PLANS_FOLDER, planFile } from '../../components/restores';
import { ensureBucket } from '../../components/store/admin';
import { withStore } from '../../components/store/client';
import { closeAccount } from '../../components/store/accounts';
import { readerOf } from '../../components/store/names';
import { planSchema } from '../../components/store/plan';
import { keepPoint } from '../../components/store/points';
import type { Declaration } from '../../stacks';
import { bucketOf, evidenceBucketOf } from '../../stacks/model/names';
import { proofStack } from '../../stacks/model/proof';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { readableUrn, type Engine, type EngineEvent, type RunResult } from '../engines/engine';
import { declarationOf, initStack } from '../init/init';
import { messageOf, sentenceOf, UserError } from '../lib/errors';
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
  const plans = mkdtempSync(join(tmpdir(), 'fleet-plans-'));
  try {
    return await proveBy(plans, ref, proving);
  } finally {
    rmSync(plans, { recursive: true, force: true });
  }
}

/** `plans`: folder in which the program says by which plans it restores. */
async function proveBy(plans: string, ref: StackRef, proving: Proving): Promise<Evidence[]> {
  const { engine, onEvent, say, signal } = proving;
  const stack = proofStack(ref.stack);
  const file = await StackFile.open(ref.configFile, ref.passphrase);
  const proven = declarationOf(ref.stack);
  const settings = settingsOf(file, proven);
  const declaration = declarationOf(stack);
  const scratch: StackRef = {
    ...ref,
    stack,
    configFile: join(ref.backendDir, `Pulumi.${stack}.yaml`),
    env: { ...ref.env, [PLANS_FOLDER]: plans },
  };
  const bucketOfHost = (host: string) => bucketOf(settings.store.bucketPrefix, proven, host);
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
    for (const { name } of declaration.hosts) await closeAccount(admin, readerOf(bucketOfHost(name)));
    rmSync(scratch.configFile, { force: true });
  };
  if (existsSync(scratch.configFile)) {
    say('taking away what an interrupted run left');
    await takeAway();
  }
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
    await ensureBucket(client, bucket);
    for (const one of evidence) {
      if (one.ok) {
        const kept = await keep(client, bucketOfHost(one.host), declaration, plans, one);
        one.checks.push(kept);
        one.ok = kept.ok;
      }
      say(`evidence: ${bucket}/${await writeEvidence(client, bucket, one, declaration.backup.keep)}`);
    }
  });
  return evidence;
}

/** Keeps what was restored of a host, by the plans in a folder; the check of that. */
export async function keep(
  client: S3Client,
  bucket: string,
  { backup }: Declaration,
  folder: string,
  { host, startedAt, restored }: Evidence,
): Promise<Evidence['checks'][number]> {
  const name = 'what was restored is kept';
  try {
    const plans = plansIn(folder, host, restored);
    const { until } = await keepPoint(client, bucket, { moment: startedAt, host, plans }, backup.keep);
    return { name, ok: true, detail: `point ${startedAt}, locked until ${until.files}` };
  } catch (error) {
    return { name, ok: false, detail: sentenceOf(error) };
  }
}

/** By which plans a host was restored; one that is not what its restore says it took is an error. */
const plansIn = (folder: string, host: string, restored: Evidence['restored']) =>
  restored
    .filter(({ at }) => at)
    .map(({ service, restoredFrom, moment }) => {
      const plan = planSchema.parse(JSON.parse(readFileSync(planFile(folder, host, service), 'utf8')));
      if (plan.incarnation !== restoredFrom || plan.moment !== moment)
        throw new Error(`${service} was restored by another plan than the one that was sent to ${host}`);
      return plan;
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
