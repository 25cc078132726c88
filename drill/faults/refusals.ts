/** What makes a rebuild impossible: it is refused before anything is touched, and goes on once that is mended. */
import { randomBytes } from 'node:crypto';
import { utils } from 'ssh2';
import { ssh } from '../../components/ssh';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { hostOf, type Seeded } from '../context';
import { control, dropletsSeen } from '../control';
import { configure, raiseRebuild, settingsFile } from '../settings';
import { bucketOfHost } from '../store';
import { occupy } from './intruder';
import { refuses, type Refused } from './refuse';
import { loseHost } from './steps';

const set = (drill: Seeded, key: string, value: unknown): Promise<void> =>
  configure(drill, (file) => file.setPlain(`${NAMESPACE}:${key}`, value));

/** The provider has something no more, and a rebuild is asked for: a fence must not have touched the host. */
const withdrawn = (what: (drill: Seeded) => object) => async (drill: Seeded) => {
  await control(drill, 'withdrawals', what(drill));
  await raiseRebuild(drill);
  return async () => {
    const serves = (await dropletsSeen(drill)).every(({ status }) => status === 'active');
    drill.record.check('the host still serves', serves, 'not powered off by a fence');
    await control(drill, 'withdrawals', undefined, 'DELETE');
  };
};

/** The running host shows another key; something that an update has to bring to it makes it look. */
async function showOtherKey(drill: Seeded): Promise<void> {
  const made = await ssh(
    drill.sshTarget,
    'ssh-keygen -q -t ed25519 -N "" -f /tmp/other && cat /tmp/other >/etc/ssh/ssh_host_ed25519_key && cat /tmp/other.pub >/etc/ssh/ssh_host_ed25519_key.pub && rm /tmp/other* && systemctl restart ssh',
  );
  if (made.code !== 0) throw new Error(`the host's key could not be changed: ${made.stderr}`);
  await set(drill, 'operators', [{ name: 'newcomer', publicKey: otherKey() }]);
}

const otherKey = (): string => utils.generateKeyPairSync('ed25519', { comment: randomBytes(4).toString('hex') }).public;

const WRONG_TOKEN = 'a'.repeat(40);

/** Everything that a rebuild asks of DigitalOcean. */
const READING = ['account', 'droplet', 'firewall', 'tag', 'ssh_key', 'reserved_ip', 'actions', 'image', 'sizes'];
const WRITING = ['droplet:create', 'droplet:delete', 'reserved_ip:update', 'tag:update', 'firewall:update'];
const SCOPES = [...READING.map((what) => `${what}:read`), ...WRITING];

/** The environment with a token that may do no more than this. */
const limited = (variable: string, api: 'digitalocean' | 'cloudflare', scopes: string[]) => async (drill: Seeded) => ({
  [variable]: (await control<{ token: string }>(drill, 'tokens', { api, scopes })).token,
});

const STORE_AWAY = { says: [/the store cannot be read/, /check fleet:store/], storeAway: true };

const ROWS: Refused[] = [
  {
    kind: 'no-restore-point',
    title: 'the store holds nothing of the host',
    breaks: async (drill) => {
      await control(drill, 'store/drop', { bucket: bucketOfHost(drill) });
      return () => set(drill, 'bootstrap', true);
    },
    says: [/the store holds no restore point of gitea/, /for an empty start set fleet:bootstrap to true/],
    after: 'an empty start was asked for',
  },
  {
    kind: 'wrong-repository-password',
    title: 'the password at hand does not open the file backups',
    breaks: async (drill) => {
      const key = `${NAMESPACE}:resticPassword`;
      const right = (await settingsFile(drill)).text(key);
      await configure(drill, (file) => file.setSecret(key, randomBytes(24).toString('base64url')));
      return () => configure(drill, (file) => file.setSecret(key, right));
    },
    says: [/the file backups of gitea.* do not open with fleet:resticPassword/, /restore the password of that time/],
    after: 'the right password is set',
  },
  {
    kind: 'store-unreachable',
    title: 'the store answers nobody when the host is to be rebuilt',
    breaks: async (drill) => {
      await control(drill, 'store/away', { how: 'refuse' });
      return () => control(drill, 'store/back');
    },
    tries: [
      { why: 'store refuses connections', ...STORE_AWAY },
      {
        breaks: (drill) => control(drill, 'store/away', { how: 'hang' }).then(() => undefined),
        why: 'store is silent',
        ...STORE_AWAY,
      },
    ],
    after: 'the store is back',
  },
  {
    kind: 'image-withdrawn',
    title: 'the provider has the image no more; a rebuild is asked for while the host lives',
    hostLives: true,
    breaks: withdrawn((drill) => ({ image: hostOf(drill).image })),
    says: [/DigitalOcean has no image IMAGE any more/, /choose another one of Debian 12 for HOST in its declaration/],
    after: 'the image is back',
  },
  {
    kind: 'size-sold-out',
    title: 'the size cannot be had in the region; a rebuild is asked for while the host lives',
    hostLives: true,
    breaks: withdrawn((drill) => ({ size: hostOf(drill).size, region: hostOf(drill).region })),
    says: [/DigitalOcean has no \S+ left in \w+/, /\S+ can be had there: choose it for HOST in its declaration/],
    after: 'the size can be had again',
  },
  {
    kind: 'primary-still-answers',
    title: 'the host is listed no more, but something still answers at its public address',
    breaks: occupy,
    why: 'another primary',
    says: [/another host still answers as primary at [\d.]+:443/, /unassign the address/],
    after: 'the address is unassigned',
  },
  {
    kind: 'host-key-mismatch',
    title: 'a host shows, or would show, another SSH key than the pinned one',
    hostLives: true,
    breaks: showOtherKey,
    tries: [
      {
        why: 'other key on the host',
        says: [/host key of \S+ is not the expected one|key mismatch/, /rebuild/],
        verb: { name: 'up', args: [] },
      },
      {
        // The pinned key is not the one that its successor gets.
        breaks: async (drill) => {
          await loseHost(drill);
          const key = hostPublicKey(drill.hostName);
          await set(drill, key, otherKey());
          return () => set(drill, key, drill.sshTarget.hostKey);
        },
        why: 'pinned key of another host',
        says: [/the host key is not the pinned one/, /set the two halves of one key/],
      },
    ],
    after: 'the right key is pinned',
  },
  {
    kind: 'token-missing',
    title: 'the environment of the update lacks a token',
    tries: [
      {
        why: 'no DigitalOcean token',
        says: [/DigitalOcean: there is no token/, /set DIGITALOCEAN_TOKEN/],
        env: { DIGITALOCEAN_TOKEN: undefined, DIGITALOCEAN_ACCESS_TOKEN: undefined },
      },
      {
        why: 'no Cloudflare token',
        says: [/Cloudflare: there is no token/, /set CLOUDFLARE_API_TOKEN/],
        env: { CLOUDFLARE_API_TOKEN: undefined },
      },
    ],
    after: 'both tokens are set',
  },
  {
    kind: 'token-wrong',
    title: 'the API does not accept the token',
    tries: Object.entries({ DigitalOcean: 'DIGITALOCEAN_TOKEN', Cloudflare: 'CLOUDFLARE_API_TOKEN' }).map(
      ([api, variable]) => ({
        why: `wrong ${api} token`,
        says: [new RegExp(`${api} does not accept the token`), new RegExp(`set ${variable} to a valid one`)],
        env: { [variable]: WRONG_TOKEN },
      }),
    ),
    after: 'the right tokens are set',
  },
  {
    kind: 'token-short-of-scope',
    title: 'the token may do less than a rebuild needs',
    tries: [
      ...['droplet:read', 'droplet:create', 'reserved_ip:update'].map((lacking) => ({
        why: `token without ${lacking}`,
        says: [new RegExp(`the token lacks the scope ${lacking}`), /give DIGITALOCEAN_TOKEN one that has it/],
        env: limited(
          'DIGITALOCEAN_TOKEN',
          'digitalocean',
          SCOPES.filter((scope) => scope !== lacking),
        ),
      })),
      {
        why: 'token without DNS',
        says: [/Cloudflare: the token may not/, /give CLOUDFLARE_API_TOKEN one that has the scope/],
        env: limited('CLOUDFLARE_API_TOKEN', 'cloudflare', ['zone:read']),
      },
    ],
    after: 'the token has the scopes',
    envAfter: limited('DIGITALOCEAN_TOKEN', 'digitalocean', SCOPES),
  },
];

export const refusals = ROWS.map(refuses);
