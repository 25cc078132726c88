import { join } from 'node:path';
import { Agent, request } from 'undici';
import { plan, ports } from '../address-plan';
import type { KeyPair } from '../authority/keys';
import type { ServiceSpec } from '../daemon/service';
import { writeJson, writeText } from '../files';
import { inNetns } from '../network/netns';
import { pebbleBinary } from '../parts';
import type { Paths } from '../paths';

const DAY_SECONDS = 86_400;

const pebbleFiles = ({ run }: Paths) => ({
  settings: join(run, 'pebble.json'),
  certificate: join(run, 'pebble.pem'),
  key: join(run, 'pebble.key'),
});

/** Where the front asks Pebble. */
export const pebbleUrl = `https://${plan.acme.address}:${ports.pebble}`;
const manageUrl = `https://${plan.acme.address}:${ports.pebbleManagement}`;

/**
 * Let's Encrypt's test server, in a network of its own, so that what it validates it reaches as the internet would: by the zone's names, on
 * ports 80 and 443. Its issuing root is new at each start; `learnRoot` gets it before anything else may use the server.
 */
export function pebbleService(
  paths: Paths,
  tls: KeyPair & { name: string; roots: string },
  learnRoot: (pem: string) => Promise<void>,
): ServiceSpec {
  const files = pebbleFiles(paths);
  writeText(files.certificate, tls.certificate);
  writeText(files.key, tls.key);
  writeJson(files.settings, {
    pebble: {
      listenAddress: `${plan.acme.address}:${ports.pebble}`,
      managementListenAddress: `${plan.acme.address}:${ports.pebbleManagement}`,
      certificate: files.certificate,
      privateKey: files.key,
      httpPort: 80,
      tlsPort: 443,
      keyAlgorithm: 'ecdsa',
      // The real one answers at once when an order is done; without these Pebble asks clients to wait for several seconds.
      retryAfter: { authz: 1, order: 1 },
      profiles: { classic: { description: 'as Let’s Encrypt issues them', validityPeriod: 90 * DAY_SECONDS } },
    },
  });
  const [command, ...args] = inNetns(plan.acme.netns, [
    pebbleBinary(paths),
    '-config',
    files.settings,
    '-dnsserver',
    `${plan.services}:${ports.dns}`,
  ]);
  const agent = new Agent({ connect: { ca: tls.roots, servername: tls.name, timeout: 1_000 } });
  return {
    name: 'pebble',
    command,
    args,
    // Without its waits and refusals at random. An authorisation is never used twice: months lie between two orders of a name.
    env: { PATH: process.env.PATH, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' },
    log: join(paths.run, 'pebble.log'),
    ready: async () => {
      const root = await request(`${manageUrl}/roots/0`, {
        dispatcher: agent,
        headersTimeout: 1_000,
        reset: true,
      }).then(
        ({ statusCode, body }) => (statusCode === 200 ? body.text() : body.dump().then(() => undefined)),
        () => undefined,
      );
      if (!root) return false;
      await learnRoot(root);
      return true;
    },
  };
}
