/** Two hosts are never the same one at a time: what may still live is off, and writes to the store no more, before its successor is made. */
import type { S3Client } from '@aws-sdk/client-s3';
import { utils } from 'ssh2';
import type { DigitalOceanApi, ListedDroplet } from '../../components/preflight/apis';
import { fence } from '../../components/preflight/fence';

test('a host that is still listed, and does not even answer, is seen to be off and loses its key', async () => {
  const steps: string[] = [];
  const looks = ['active', 'active', 'off'];
  const api = {
    powerOff: (id: number) => Promise.resolve(void steps.push(`asked ${id} to go off`)),
    status: (id: number) => {
      const status = id === 1 ? looks.shift()! : 'off';
      steps.push(`${id} is ${status}`);
      return Promise.resolve(status);
    },
  } as unknown as DigitalOceanApi;
  const client = {
    send: ({ input }: { input: { Bucket: string; Policy: string } }) => {
      const { Statement } = JSON.parse(input.Policy) as { Statement: Array<{ Effect: string; Principal: string; Action: string }> };
      return Promise.resolve(void steps.push(`${input.Bucket}: ${Statement.map(({ Effect, Principal, Action }) => `${Effect} ${Principal} ${Action}`).join()}`));
    },
  } as unknown as S3Client;
  const key = utils.generateKeyPairSync('ed25519');
  // Nobody is there to be asked for last backups.
  const droplets: ListedDroplet[] = [{ id: 1, name: 'alpha-1', status: 'active', address: '127.0.0.250' }];

  await fence({ droplets, api, client, bucket: 'b', privateKey: key.private, hostKey: key.public });
  expect(steps).toEqual(['asked 1 to go off', '1 is active', '1 is active', '1 is off', 'b: Deny * s3:*']);
});
