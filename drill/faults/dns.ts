/** Somebody pointed the name at the host's own address, which dies with it. */
import { NAME_TTL_SECONDS } from '../../components/cutover';
import { records } from '../console';
import { phase, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { dropletSeen } from '../control';
import { dropletOf } from '../droplet';
import { fault } from '../phases/fault';
import { rebuild } from '../phases/rebuild';
import type { Fault } from './fault';
import { recover } from './steps';

/** The shortest that Cloudflare keeps for such a record: a client with the old answer waits no longer. */
const TTL_SECONDS = 60;

export const dnsOld: Fault = {
  kind: 'dns-old',
  title: 'the name points at the old host’s own address, before and after its death',
  ends: 'recovers',
  run: async (drill) => {
    const struck = await phase(
      drill,
      'fault',
      'a name that leads to the host’s own address; then the host dies',
      async (one) => {
        const droplet = await dropletSeen(one, await dropletOf(one));
        const { id: record } = await recordOf(one);
        await records(one, 'PATCH', `/${record}`, { content: droplet.address, ttl: TTL_SECONDS });
        return fault(one);
      },
    );
    await recover(struck, {
      rebuilding: async (one) => {
        await rebuild(one);
        const { content, ttl } = await recordOf(one);
        one.record.check(
          'the name is corrected',
          content === one.sshTarget.host && ttl === NAME_TTL_SECONDS,
          `${content}, good for ${ttl} s`,
        );
      },
    });
    const { cachedClient } = drill.record.rto;
    drill.record.check(
      'a client with the old answer is served once that ran out',
      cachedClient !== null,
      cachedClient === null
        ? 'it never was'
        : `${cachedClient.toFixed(1)} s after the fault; the answer was good for ${TTL_SECONDS} s`,
    );
  },
};

interface NameRecord {
  id: string;
  content: string;
  ttl: number;
}

/** The record of the forge's public name. */
async function recordOf(drill: Seeded): Promise<NameRecord> {
  const name = new URL(drill.forge.baseUrl).hostname;
  const [record] = (await records(drill, 'GET', `?name=${encodeURIComponent(name)}`)) as NameRecord[];
  return required(record, `the record of ${name}`);
}
