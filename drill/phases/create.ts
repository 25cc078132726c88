/** Makes the stack from nothing: an empty start, asked for by `bootstrap` and withdrawn right after. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NAMESPACE, hostPublicKey } from '../../stacks/model/settings';
import { plansOf, publicName } from '../../services';
import { backupTools, LOCKS } from '../../services/artifacts';
import { cloudEnvironment } from '../../scripts/lib/cloud-environment';
import { UserError } from '../../scripts/lib/errors';
import { freshResolver } from '../../scripts/lib/http';
import { projectDir } from '../../scripts/lib/project';
import type { SshTarget } from '../../components/ssh';
import { StackFile } from '../../scripts/lib/stack-file';
import { initStack } from '../../scripts/init/init';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { authorityOf } from '../authority';
import { hostOf, need, runEngine, type Drill } from '../context';
import { takeTemplate } from '../template';

export async function create(drill: Drill): Promise<void> {
  const cloud = need(drill.cloud, 'the cloud');
  const { file } = await makeStack(drill);
  const host = hostOf(drill);
  const name = publicName(host.publicNames[0], cloud.zone.name);
  const resolve = freshResolver(cloud.nameserver);
  drill.sshTarget = targetOf(drill, file, await resolve(name));
  const admin = settingsOf(file, drill.declaration).forgeAdmin;
  drill.forge = {
    baseUrl: `https://${name}`,
    admin: { name: admin.name, password: file.text(`${NAMESPACE}:giteaAdminPassword`) },
    ca: await authorityOf(drill),
    resolve,
    workDir: drill.workspace.workDir,
  };
}

/** How the drill logs in to its host, with the host's key pinned. */
export const targetOf = (drill: Drill, file: StackFile, address: string): SshTarget => ({
  host: address,
  privateKey: file.text(`${NAMESPACE}:deployPrivateKey`),
  hostKey: file.text(`${NAMESPACE}:${hostPublicKey(drill.hostName)}`),
});

/** Makes the stack, with the settings that `more` adds to the drill's own copy of the stack file. */
export async function makeStack(
  drill: Drill,
  more: (file: StackFile) => Promise<void> | void = () => undefined,
): Promise<{ file: StackFile; outputs: Record<string, unknown> }> {
  const cloud = need(drill.cloud, 'the cloud');
  const passphrase = randomBytes(24).toString('base64url');
  const { configFile, stateDir } = drill.workspace;
  const file = await configure(drill, passphrase, more);
  if (cloud.playsOutside) {
    file.setPlain(`${NAMESPACE}:artifactPins`, await playedPins(drill, file));
    file.save();
  }
  drill.stack = {
    projectDir: drill.program ?? projectDir,
    stack: drill.declaration.stack,
    configFile,
    backendDir: stateDir,
    passphrase,
    env: cloudEnvironment(cloud),
  };
  const { outputs } = await runEngine(drill, 'up');
  file.setPlain(`${NAMESPACE}:bootstrap`, false);
  file.save();
  return { file, outputs };
}

/** Makes what the cloud's release hosts lack for this stack; what it plays is built here, so that it is pinned here too. */
async function playedPins(drill: Drill, file: StackFile): Promise<Record<string, string>> {
  const plans = drill.declaration.hosts.flatMap((host) =>
    plansOf(drill.declaration, host, settingsOf(file, drill.declaration)),
  );
  const { ensureArtifacts } = await import('../../localcloud/parts/optional');
  const { standIns, pins } = await ensureArtifacts(
    [...backupTools, ...plans.flatMap((plan) => plan.artifacts)],
    join(projectDir, LOCKS),
    (line) => drill.progress.waiting(line),
    drill.signal,
  );
  drill.provider.standIns.push(...standIns);
  return pins;
}

/** The drill's own copy of the stack file: the project's, the cloud's endpoints, and new secrets. */
async function configure(
  drill: Drill,
  passphrase: string,
  more: (file: StackFile) => Promise<void> | void,
): Promise<StackFile> {
  const cloud = need(drill.cloud, 'the cloud');
  const { stack } = drill.declaration;
  const { configFile } = drill.workspace;
  const file = await StackFile.open(configFile, passphrase);
  takeTemplate(join(projectDir, 'Pulumi.drill.yaml'), file);
  const plain: Record<string, unknown> = {
    zone: { id: cloud.zone.id, name: cloud.zone.name },
    store: { endpoint: cloud.store.endpoint, region: cloud.store.region, bucketPrefix: 'fleet' },
    ...(cloud.artifactMirror ? { artifactMirror: cloud.artifactMirror } : {}),
    bootstrap: true,
  };
  for (const [key, value] of Object.entries(plain)) file.setPlain(`${NAMESPACE}:${key}`, value);
  if (!file.has(`${NAMESPACE}:forgeAdmin`))
    file.setPlain(`${NAMESPACE}:forgeAdmin`, { name: 'fleet-admin', email: `admin@${cloud.zone.name}` });
  const supplied: Record<string, string> = {
    storeAccessKey: cloud.store.adminAccessKey,
    storeSecretKey: cloud.store.adminSecretKey,
  };
  const outcome = await initStack(stack, file, async ({ key }) => supplied[key]);
  if (outcome.missing.length)
    throw new UserError(`The drill cannot supply ${outcome.missing.map(({ name }) => name).join(', ')}.`);
  await more(file);
  file.save();
  return file;
}
