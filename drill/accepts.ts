/** Whether anything takes connections at an address. */
import { connect } from 'node:net';

/** One attempt; silence for a second and a half counts as no. */
export function accepts(address: string, port = 443): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1500 });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on('connect', () => finish(true))
      .on('error', () => finish(false))
      .on('timeout', () => finish(false));
  });
}
