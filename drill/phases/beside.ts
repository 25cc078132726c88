/** A stack beside that of the forge: made once the forge holds what it runs from, and what is its own when its host dies. */
import { SILENT_SECONDS } from '../../scripts/status/judge';
import type { Declaration } from '../../stacks';
import { required } from '../../stacks/model/required';
import { NAMESPACE } from '../../stacks/model/settings';
import { drilledHost, type ForgeStack, type Stack, type Strike } from '../context';
import { dropletOf } from '../droplet';
import { adminOf, withHttp } from '../forge';
import { watch } from '../monitor';
import { verifyServices } from '../services/host';
import type { Probing } from '../services/probing';
import { heartbeat } from '../store';
import { makeStack, targetOf, type MoreSettings } from './create';
import { HOST_DESTROYED, type Lost } from './fault';

/** Makes it on the same cloud. Its forge is elsewhere: its runner gets a token. */
export async function createBeside(forge: ForgeStack, declaration: Declaration, more?: MoreSettings): Promise<Stack> {
  const token = await runnerToken(forge);
  const { file, stack, outputs } = await makeStack(forge, declaration, (settings) => {
    settings.setSecret(`${NAMESPACE}:runnerRegistrationToken`, token);
    more?.(settings);
  });
  const { name: hostName } = drilledHost(declaration);
  const hosts = outputs.hosts as Record<string, { entrance: string }>;
  const { entrance } = required(hosts[hostName], `the entrance of ${hostName}`);
  return { ...forge, declaration, hostName, stack, sshTarget: targetOf(file, hostName, entrance) };
}

const runnerToken = ({ forge }: ForgeStack): Promise<string> =>
  withHttp(
    forge,
    async (http) => (await adminOf(forge, http).post('/admin/actions/runners/registration-token', {})).token,
  );

/** Its host dies, and the forge lives. Nobody reaches it by a name: what tells of its death is that the store hears no more of it. */
export async function loseBeside(beside: Stack, probing: Probing): Promise<Lost> {
  const { provider, record, progress } = beside;
  const droplet = await dropletOf(beside);
  await probing.untilWorked();
  await probing.untilInFlight();
  const strike: Strike = (record.fault = { kind: HOST_DESTROYED, at: Date.now(), struckAt: Date.now() });
  await provider.strike(HOST_DESTROYED, droplet);
  strike.struckAt = Date.now();
  probing.stop();
  progress.say(`  ${HOST_DESTROYED}: droplet ${droplet}`);
  const died = silence(beside);
  died.catch(() => undefined);
  return { strike, monitor: { died, falseAlarms: 0, how: `no heartbeat for ${SILENT_SECONDS} s` } };
}

/** When the host's last heartbeat was as old as a living host's never is. */
function silence(stack: Stack): Promise<number> {
  const check = async () => {
    // A store that does not answer says nothing of the host.
    const beat = await heartbeat(stack).catch(() => 'no answer' as const);
    return beat === 'no answer' || Date.now() - (beat?.storedAt ?? 0) < SILENT_SECONDS * 1000;
  };
  return watch({ ...stack.declaration.monitor, failures: 1 }, check, { signal: stack.signal });
}

/** What a host says that is back before the forge is. */
export async function waitsForForge(drill: Stack): Promise<void> {
  const said = (await verifyServices(drill.sshTarget)).map(({ service, ok, said }) => ({
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
