/** Whether someone else still answers where the public names point, although the cloud lists no droplet of this host. */
import { connect } from 'node:net';

const DIAL_MILLISECONDS = 1000;

/** One sentence if the reserved IP still accepts HTTPS connections; two primaries would split the data. */
export async function answersAsPrimary(reservedIp: string): Promise<string[]> {
  return (await accepts(reservedIp, 443))
    ? [`another host still answers as primary at ${reservedIp}:443 although no droplet of this stack is listed; check the account and the token, or unassign the address`]
    : [];
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: DIAL_MILLISECONDS });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => finish(true)).on('error', () => finish(false)).on('timeout', () => finish(false));
  });
}
