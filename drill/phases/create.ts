/** Makes the stack from nothing: an empty start, asked for by `bootstrap` and withdrawn right after. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NAMESPACE, hostPublicKey } from '../../stacks/model/settings';
import { plansOf, publicName, type ServicePlan } from '../../services';
import { backupTools, LOCKS } from '../../services/artifacts';
import { cloudEnvironment } from '../../scripts/lib/cloud-environment';
import { UserError } from '../../scripts/lib/errors';
import { freshResolver } from '../../scripts/lib/http';
import type { SshTarget } from '../../components/ssh';
import type { StackFile } from '../../scripts/lib/stack-file';
import { declarationOf, initStack } from '../../scripts/init/init';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { projectDir, type StackRef } from '../../scripts/lib/project';
import type { Declaration } from '../../stacks';
import { required } from '../../stacks/model/required';
import { authorityOf } from '../authority';
import { BUCKET_PREFIX } from '../clouds/cloud';
import { drilledHost, runEngine, type Drill, type ForgeStack, type OnCloud } from '../context';
import type { Forge } from '../forge';
import { keepNote } from '../keep';
import { settingsFile } from '../settings';
import { takeTemplate } from '../template';

/** The stack of the cloud, which runs the forge; made by this program, or by another one. */
export async function create(drill: OnCloud, program = projectDir): Promise<ForgeStack> {
  const declaration = declarationOf(drill.provider.stack);
  const { file, stack } = await makeStack(drill, declaration, undefined, program);
  return openForge(drill, declaration, stack, file);
}

/** The forge that a stack's settings lead to, under its first public name, and the host that this name leads to now. */
export function forgeOf(declaration: Declaration, file: StackFile, nameserver: string, workDir: string) {
  const { forgeAdmin, zone } = settingsOf(file, declaration);
  const { name: hostName, publicNames } = drilledHost(declaration);
  const name = publicName(required(publicNames[0], 'a public name of the forge'), zone.name);
  const resolve = freshResolver(nameserver);
  const admin = { name: forgeAdmin.name, password: file.text(`${NAMESPACE}:giteaAdminPassword`) };
  const forge: Forge = { baseUrl: `https://${name}`, admin, resolve, workDir };
  return { hostName, forge, target: async () => targetOf(file, hostName, await resolve(name)) };
}

/** A stack whose forge serves. */
export async function openForge(
  drill: OnCloud,
  declaration: Declaration,
  stack: StackRef,
  file: StackFile,
): Promise<ForgeStack> {
  const { hostName, forge, target } = forgeOf(declaration, file, drill.cloud.nameserver, drill.workspace.workDir);
  const made = { ...drill, declaration, hostName, stack, sshTarget: await target() };
  return { ...made, forge: { ...forge, ca: await authorityOf(made) } };
}

/** How the drill logs in to a host, with the host's key pinned. */
export const targetOf = (file: StackFile, hostName: string, address: string): SshTarget => ({
  host: address,
  privateKey: file.text(`${NAMESPACE}:deployPrivateKey`),
  hostKey: file.text(`${NAMESPACE}:${hostPublicKey(hostName)}`),
});

/** A stack of a drill, with its settings and its state in the drill's folder. */
export const stackRef = (
  { cloud, workspace }: OnCloud,
  { stack }: Declaration,
  passphrase: string,
  program = projectDir,
): StackRef => ({
  projectDir: program,
  stack,
  configFile: workspace.configFileOf(stack),
  backendDir: workspace.stateDir,
  passphrase,
  env: cloudEnvironment(cloud),
});

/** Adds to the settings of a stack that is to be made. */
export type MoreSettings = (file: StackFile) => void;

export async function makeStack(
  drill: OnCloud,
  declaration: Declaration,
  more: MoreSettings = () => undefined,
  program = projectDir,
): Promise<{ file: StackFile; stack: StackRef; outputs: Record<string, unknown> }> {
  const { provider, engine } = drill;
  const stack = stackRef(drill, declaration, randomBytes(24).toString('base64url'), program);
  const file = await configure(drill, declaration, await settingsFile({ stack }), more);
  drill.ends.defer(() => provider.abandon(engine, stack));
  keepNote(drill, stack);
  const { outputs } = await runEngine({ ...drill, stack }, 'up');
  file.setPlain(`${NAMESPACE}:bootstrap`, false);
  file.save();
  return { file, stack, outputs };
}

/** What the embedded cloud plays of the release hosts for these services, made where it is missing. */
export async function playedArtifacts(plans: ServicePlan[], say: (line: string) => void, signal: AbortSignal) {
  const { ensureArtifacts } = await import('../../localcloud/parts/optional');
  const artifacts = [...backupTools, ...plans.flatMap((plan) => plan.artifacts)];
  return ensureArtifacts(artifacts, join(projectDir, LOCKS), say, signal);
}

/** Makes what the cloud's release hosts lack for this stack; what it plays is built here, so that it is pinned here too. */
async function playedPins(drill: Drill, declaration: Declaration, file: StackFile): Promise<Record<string, string>> {
  const plans = declaration.hosts.flatMap((host) => plansOf(declaration, host, settingsOf(file, declaration)));
  const { standIns, pins } = await playedArtifacts(plans, (line) => drill.progress.waiting(line), drill.signal);
  drill.provider.standIns.push(...standIns);
  return pins;
}

/** The drill's own copy of the stack file: the project's, the cloud's endpoints, and new secrets. */
async function configure(
  drill: OnCloud,
  declaration: Declaration,
  file: StackFile,
  more: MoreSettings,
): Promise<StackFile> {
  const { cloud } = drill;
  takeTemplate(join(projectDir, 'Pulumi.drill.yaml'), file);
  const plain: Record<string, unknown> = {
    zone: { id: cloud.zone.id, name: cloud.zone.name },
    store: { endpoint: cloud.store.endpoint, region: cloud.store.region, bucketPrefix: BUCKET_PREFIX },
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
  const outcome = await initStack(declaration.stack, file, async ({ key }) => supplied[key]);
  if (outcome.missing.length)
    throw new UserError(`The drill cannot supply ${outcome.missing.map(({ name }) => name).join(', ')}.`);
  more(file);
  file.save();
  if (cloud.playsOutside) {
    file.setPlain(`${NAMESPACE}:artifactPins`, await playedPins(drill, declaration, file));
    file.save();
  }
  return file;
}
