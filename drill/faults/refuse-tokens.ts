/** Tokens that are missing, wrong, or short of a scope. */
import { phase, type Seeded } from '../context';
import { control } from '../control';
import type { Fault } from './fault';
import { expectGoesOn, expectRefusal } from './refusal';
import { loseHost } from './steps';

const refused = (drill: Seeded, what: string, work: () => Promise<void>) => phase(drill, 'refusal', what, work);

export const tokenMissing: Fault = {
  kind: 'token-missing',
  title: 'the environment of the update lacks a token',
  ends: 'refuses',
  run: async (drill) => {
    await phase(drill, 'fault', 'the host dies', loseHost);
    await refused(drill, 'without a token', async () => {
      await expectRefusal(drill, {
        why: 'no DigitalOcean token',
        says: [/DigitalOcean: there is no token/, /set DIGITALOCEAN_TOKEN/],
        env: { DIGITALOCEAN_TOKEN: undefined, DIGITALOCEAN_ACCESS_TOKEN: undefined },
      });
      await expectRefusal(drill, {
        why: 'no Cloudflare token',
        says: [/Cloudflare: there is no token/, /set CLOUDFLARE_API_TOKEN/],
        env: { CLOUDFLARE_API_TOKEN: undefined },
      });
      await expectGoesOn(drill, 'both tokens are set');
    });
  },
};

const WRONG = 'a'.repeat(40);

export const tokenWrong: Fault = {
  kind: 'token-wrong',
  title: 'the API does not accept the token',
  ends: 'refuses',
  run: async (drill) => {
    await phase(drill, 'fault', 'the host dies', loseHost);
    await refused(drill, 'with a wrong token', async () => {
      await expectRefusal(drill, {
        why: 'wrong DigitalOcean token',
        says: [/DigitalOcean does not accept the token/, /set DIGITALOCEAN_TOKEN to a valid one/],
        env: { DIGITALOCEAN_TOKEN: WRONG },
      });
      await expectRefusal(drill, {
        why: 'wrong Cloudflare token',
        says: [/Cloudflare does not accept the token/, /set CLOUDFLARE_API_TOKEN to a valid one/],
        env: { CLOUDFLARE_API_TOKEN: WRONG },
      });
      await expectGoesOn(drill, 'the right tokens are set');
    });
  },
};

/** Everything that a rebuild asks of DigitalOcean. */
const READING = [
  'account:read',
  'droplet:read',
  'firewall:read',
  'tag:read',
  'ssh_key:read',
  'reserved_ip:read',
  'actions:read',
  'image:read',
  'sizes:read',
];
const WRITING = ['droplet:create', 'droplet:delete', 'reserved_ip:update', 'tag:update', 'firewall:update'];

export const tokenShortOfScope: Fault = {
  kind: 'token-short-of-scope',
  title: 'the token may do less than a rebuild needs',
  ends: 'refuses',
  run: async (drill) => {
    await phase(drill, 'fault', 'the host dies', loseHost);
    const limited = async (api: 'digitalocean' | 'cloudflare', scopes: string[]) =>
      (await control<{ token: string }>(drill, 'tokens', { api, scopes })).token;
    const without = (lacking: string) =>
      limited(
        'digitalocean',
        [...READING, ...WRITING].filter((scope) => scope !== lacking),
      );
    await refused(drill, 'with tokens that may do too little', async () => {
      for (const scope of ['droplet:read', 'droplet:create', 'reserved_ip:update']) {
        await expectRefusal(drill, {
          why: `token without ${scope}`,
          says: [new RegExp(`the token lacks the scope ${scope}`), /give DIGITALOCEAN_TOKEN one that has it/],
          env: { DIGITALOCEAN_TOKEN: await without(scope) },
        });
      }
      await expectRefusal(drill, {
        why: 'token without DNS',
        says: [/Cloudflare: the token may not/, /give CLOUDFLARE_API_TOKEN one that has the scope/],
        env: { CLOUDFLARE_API_TOKEN: await limited('cloudflare', ['zone:read']) },
      });
      await expectGoesOn(drill, 'the token has the scopes', {
        DIGITALOCEAN_TOKEN: await limited('digitalocean', [...READING, ...WRITING]),
      });
    });
  },
};
