import { connect } from 'node:net';
import type { CloudEndpoints } from './endpoints';
import { waitFor } from './wait';

/** Whether an SSH server greets at an address. */
function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => end(data.toString().startsWith('SSH-')));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Waits until every host that is on and not cut off answers by SSH. */
export async function awaitSsh({ control }: CloudEndpoints): Promise<void> {
  const { droplets } = (await (await fetch(`${control}/droplets`)).json()) as {
    droplets: { name: string; address: string; status: string; hung: boolean; partitioned: boolean }[];
  };
  const expected = droplets.filter(({ status, hung, partitioned }) => status === 'active' && !hung && !partitioned);
  await Promise.all(
    expected.map(({ name, address }) =>
      waitFor(() => greets(address), {
        what: `An answer of ${name} (${address}) by SSH`,
        timeoutMs: 60_000,
        everyMs: 50,
      }),
    ),
  );
}
