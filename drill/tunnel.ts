/** A way to a port on a host's loopback, through SSH, as long as something is done with it. */
import { createServer, type AddressInfo } from 'node:net';
import { Client, utils } from 'ssh2';
import type { SshTarget } from '../components/ssh';

/** Gives the work a port on this machine that leads to one on the host's loopback. */
export async function throughTunnel<T>(
  { host, privateKey, hostKey }: SshTarget,
  port: number,
  work: (local: number) => Promise<T>,
): Promise<T> {
  const pinned = utils.parseKey(hostKey);
  if (pinned instanceof Error) throw new Error(`the pinned key of ${host} is no public key`);
  const client = new Client();
  const server = createServer((socket) =>
    client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, stream) => {
      if (error) return void socket.destroy(error);
      socket.on('error', () => stream.destroy());
      stream.on('error', () => socket.destroy());
      socket.pipe(stream).pipe(socket);
    }),
  );
  try {
    await new Promise<void>((resolve, reject) =>
      client
        .on('ready', resolve)
        .on('error', reject)
        .connect({
          host,
          username: 'root',
          privateKey,
          algorithms: { serverHostKey: [pinned.type] },
          hostVerifier: (key: Buffer) => key.equals(pinned.getPublicSSH()),
        }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
    client.end();
  }
}
