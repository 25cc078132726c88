/** Takes over the agents that moved to a host, before they are restored there. All are judged first: one refusal, and nothing is copied. */
import { storeClient } from '../store/client';
import { claimOf, decide, newestIn, take } from '../store/moved';
import { keyFingerprint } from '../store/names';
import type { HandoverInput } from './contracts';
import { run } from './program';

run<HandoverInput>(async ({ store, admin, bucket, host, others, services, recipient, resticPassword }) => {
  const client = storeClient({ ...store, ...admin });
  const keys = { fingerprint: keyFingerprint(recipient), resticPassword };
  const decisions = await Promise.all(
    services.map(async (service) => {
      const [own, elsewhere] = await Promise.all([
        claimOf(client, { host, bucket }, service),
        Promise.all(others.map((one) => claimOf(client, one, service))),
      ]);
      return { service, decision: await decide(service, newestIn(own), elsewhere, keys) };
    }),
  );
  const refused = decisions.flatMap(({ decision }) => (decision.action === 'refuse' ? [decision.reason] : []));
  if (refused.length) {
    console.error([`Nothing was moved to ${host}:`, ...refused.map((reason) => `  - ${reason}`)].join('\n'));
    process.exitCode = 1;
    return [];
  }
  const copied: string[] = [];
  for (const { service, decision } of decisions) {
    if (decision.action !== 'take') continue;
    const objects = await take(client, decision.from, decision.plan, bucket);
    copied.push(`${service} comes from ${decision.from.host}: ${objects} objects`);
  }
  return copied;
}, 'The store could not be asked who runs which agent');
