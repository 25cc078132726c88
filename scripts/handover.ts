/**
 * Takes over the agents that moved to a host, before they are restored there. Run by the program on the operator's machine; JSON with the
 * administrator's key and the restic password on standard input, nothing secret printed. Everything is judged first: one refusal, and nothing is copied.
 */
import { readFileSync } from 'node:fs';
import type { HandoverInput } from '../components/handover';
import { storeClient } from '../components/store/client';
import { keyFingerprint } from '../components/store/names';
import { claimOf, decide, take } from '../components/store/moved';

async function main(): Promise<void> {
  const input = JSON.parse(readFileSync(0, 'utf8')) as HandoverInput;
  const client = storeClient({ ...input.store, ...input.admin });
  const keys = { fingerprint: keyFingerprint(input.recipient), resticPassword: input.resticPassword };
  const decisions = await Promise.all(
    input.services.map(async (service) => {
      const [own, ...others] = await Promise.all(
        [{ host: input.host, bucket: input.bucket }, ...input.others].map((host) => claimOf(client, host, service)),
      );
      return { service, decision: await decide(service, own.newest, others, keys) };
    }),
  );
  const refused = decisions.flatMap(({ decision }) => (decision.action === 'refuse' ? [decision.reason] : []));
  if (refused.length) {
    console.error([`Nothing was moved to ${input.host}:`, ...refused.map((reason) => `  - ${reason}`)].join('\n'));
    process.exitCode = 1;
    return;
  }
  for (const { service, decision } of decisions) {
    if (decision.action !== 'take') continue;
    const copied = await take(client, service, decision.from, decision.incarnation, input.bucket);
    console.log(`${service} comes from ${decision.from.host}: ${copied} objects`);
  }
}

main().catch((error: Error) => {
  console.error(
    `The store could not be asked who runs which agent: ${error.message || error.name}. Check that its endpoint is reachable and its administrator key is right.`,
  );
  process.exitCode = 1;
});
