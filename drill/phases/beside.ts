/** A stack beside that of the forge: made once the forge holds what it runs from, and what is its own when its host dies. */
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { withStore } from '../../components/store/client';
import { heartbeatsOf } from '../../components/store/heartbeats';
import { bucketOf } from '../../components/store/names';
import { NAMESPACE } from '../../stacks/model/settings';
import { declarationOf } from '../../scripts/init/init';
import type { StackFile } from '../../scripts/lib/stack-file';
import { SILENT_SECONDS } from '../../scripts/status/judge';
import { need, storeAdminOf, type Drill } from '../context';
import { adminOf, httpOf } from '../forge';
import { watch } from '../monitor';
import { verifyServices } from '../services/host';
import { makeStack, targetOf } from './create';
import { dropletOf } from '../droplet';

/** Makes it on the same cloud. Its forge is elsewhere: its runner gets a token. `more` adds to its settings. */
export async function createBeside(
  drill: Drill,
  stack = need(drill.options.scope?.beside, 'the stack beside'),
  more: (settings: StackFile) => void = () => undefined,
): Promise<void> {
  const declaration = declarationOf(stack);
  const workspace = { ...drill.workspace, configFile: join(drill.workspace.dir, `Pulumi.${declaration.stack}.yaml`) };
  const beside: Drill = {
    ...drill,
    declaration,
    workspace,
    hostName: declaration.hosts[0].name,
    probes: new Map(),
    healed: new Map(),
    stack: undefined,
    sshTarget: undefined,
    forge: undefined,
  };
  drill.beside = beside;
  const { file, outputs } = await makeStack(beside, async (settings) => {
    settings.setPlain(`${NAMESPACE}:rebuild`, {});
    settings.setSecret(`${NAMESPACE}:runnerRegistrationToken`, await runnerToken(drill));
    more(settings);
  });
  const hosts = outputs.hosts as Record<string, { reservedIp: string }>;
  beside.sshTarget = targetOf(beside, file, hosts[beside.hostName].reservedIp);
}

async function runnerToken(drill: Drill): Promise<string> {
  const forge = need(drill.forge, 'the forge');
  const http = httpOf(forge);
  try {
    return (await adminOf(forge, http).post('/admin/actions/runners/registration-token', {})).token;
  } finally {
    await http.close();
  }
}

/** Its host dies, and the forge lives. Nobody reaches it by a name: what tells of its death is that the store hears no more of it. */
export async function loseBeside(drill: Drill, kind: string): Promise<void> {
  const beside = need(drill.beside, 'the stack beside');
  const droplet = await dropletOf(beside);
  const probing = need(drill.probing, 'the writes to the services');
  await probing.untilWorked();
  await probing.untilInFlight();
  const at = Date.now();
  await drill.provider.strike(kind, droplet);
  drill.record.fault = { kind, at, struckAt: Date.now() };
  drill.progress.say(`  ${kind}: droplet ${droplet}`);
  drill.detected = silence(beside);
  drill.detected.catch(() => undefined);
}

/** When the host's last heartbeat was as old as a living host's never is. */
async function silence(drill: Drill): Promise<number> {
  const bucket = bucketOf('fleet', drill.declaration.stack, drill.hostName);
  const check = (client: S3Client) => async () => {
    // A store that does not answer says nothing of the host.
    const beats = await heartbeatsOf(client, bucket).catch(() => undefined);
    return beats === undefined || Date.now() - (beats[0]?.storedAt ?? 0) < SILENT_SECONDS * 1000;
  };
  return withStore(storeAdminOf(drill), (client) =>
    watch({ ...drill.declaration.monitor, failures: 1 }, check(client), { signal: drill.signal }),
  );
}

/** What a host says that is back before the forge is. */
export async function waitsForForge(drill: Drill): Promise<void> {
  const said = (await verifyServices(need(drill.sshTarget, 'the address'))).map(({ service, ok, said }) => ({
    service,
    ok,
    said,
    waits: /does not answer yet|runs from its bundle/.test(said),
  }));
  const waiting = said.filter(({ waits }) => waits);
  const failed = said.filter(({ ok }) => !ok);
  drill.record.check(
    `${drill.hostName} is back before the forge, and says that it waits`,
    waiting.length > 0 && failed.length === 0,
    [...failed, ...waiting].map(({ service, said: text }) => `${service}: ${text}`).join('; ') || 'nothing says so',
  );
}
