import { createServer, Packet } from 'dns2';
import { ACME_NAMES } from '../acme/front';
import { plan, ports } from '../address-plan';
import { PLAYED_NAMES } from '../outside/releases';
import type { RecordSource } from '../record-source';
import { answer, type FixedNames } from './answers';

/** Debian's archives, which hosts reach through the package cache without knowing, the outside that the cloud plays, and Let's Encrypt. */
const FIXED: FixedNames = {
  ...Object.fromEntries(
    ['deb.debian.org', 'security.debian.org', ...PLAYED_NAMES].map((name) => [name, plan.services]),
  ),
  ...Object.fromEntries(ACME_NAMES.map((name) => [name, plan.acme.api])),
};

export interface NameServer {
  close(): Promise<void>;
}

/** Serves the zone to hosts and to this machine, over UDP and TCP. */
export async function startNameServer(records: RecordSource, onError: (error: Error) => void): Promise<NameServer> {
  const server = createServer({
    udp: true,
    tcp: true,
    handle: (request, send) => {
      const response = Packet.createResponseFromRequest(request);
      const { rcode, answers } = request.questions[0]
        ? answer(request.questions[0], records, FIXED)
        : { rcode: 0, answers: [] };
      Object.assign(response.header, { qr: 1, aa: 1, ra: 1, rcode });
      response.answers = answers;
      send(response);
    },
  });
  server.on('requestError', () => undefined);
  const at = { port: ports.dns, address: plan.services };
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error) => {
      reject(error);
      onError(error);
    });
    server.listen({ udp: at, tcp: at }).then(() => resolve(), reject);
  });
  return { close: async () => void (await server.close()) };
}
