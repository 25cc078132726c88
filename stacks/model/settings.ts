/**
 * Settings of a stack: what its Pulumi.<stack>.yaml holds. Plain values are checked by zod; secrets only for presence here,
 * because their values never leave Pulumi outputs. `generate` tells `fleet init` how to make what is missing.
 */
import { z } from 'zod';
import { flag, structure, text, whole } from './written';

/** Namespace of the keys: `fleet:zone` and so on. */
export const NAMESPACE = 'fleet';

/** In clear only to this machine and to the embedded cloud on it, which no packet leaves. */
const CLEAR = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\]|198\.18\.(0|255)\.\d+)([:/]|$)/;
const url = text(
  z
    .url({ protocol: /^https?$/, error: 'write a full https URL' })
    .refine(
      (value) => value.startsWith('https://') || CLEAR.test(value),
      'is in clear: whoever is on the way reads and changes what is fetched; write https://',
    ),
);
const publicKey = text(
  z.string().regex(/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]+( .*)?$/, 'write an OpenSSH public key on one line'),
);
const slug = text(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'use lower-case letters, digits and hyphens'));
/** Raised by one each time. */
const counts = structure(z.record(z.string(), whole(z.number().min(0))));

export const storeSchema = structure(
  z.strictObject({ endpoint: url, region: text(z.string().min(1)), bucketPrefix: slug }),
);

export const settingsSchema = z.strictObject({
  /** Cloudflare zone that holds the public names. */
  zone: structure(
    z.strictObject({
      id: text(z.string().regex(/^[0-9a-f]{32}$/, 'a Cloudflare zone id is 32 hexadecimal digits')),
      name: text(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'write the domain, such as example.org')),
    }),
  ),
  /** S3 store with versioning and object lock, in an account other than the hosts'. */
  store: storeSchema,
  /** Forge administrator made on an empty start. */
  forgeAdmin: structure(
    z.strictObject({
      name: text(z.string().regex(/^[\w.-]{1,40}$/, 'use letters, digits, dot, dash, underscore')),
      email: z.email(),
    }),
  ),
  /** People and machines who may log in as root; one key each, so that one can be withdrawn. */
  operators: structure(z.array(structure(z.strictObject({ name: slug, publicKey })))).default([]),
  /** Raise a host's value for a successor to the machine that it has: its standby where it has one, otherwise a new one. */
  rebuild: counts.default({}),
  /** Hosts with a second machine that is kept warm: it fetches the newest restore points every so often and waits. None by default. */
  standby: structure(
    z.record(z.string(), structure(z.strictObject({ everyMinutes: whole(z.number().min(1).max(1440)) }))),
  ).default({}),
  /** An empty start without restore; refused while the store holds any restore point. */
  bootstrap: flag().default(false),
  /** Restore to this moment instead of the newest, RFC 3339. */
  restoreAt: z.iso.datetime({ offset: true }).optional(),
  /** Serves what hosts would fetch from `https://<host>/<path>` at `<mirror>/<host>/<path>`. The pins stay the same. */
  artifactMirror: url.optional(),
  /** What an artifact must be, by its name, where it is not what the program's own table says: SHA-256 of the file, or commit of the source. */
  artifactPins: structure(
    z.record(
      z.string(),
      text(
        z.string().regex(/^([0-9a-f]{64}|[0-9a-f]{40})$/, 'write a SHA-256, or a commit, in lower-case hexadecimal'),
      ),
    ),
  ).default({}),
  /**
   * Second place of the forge's repositories: `<url>/<owner>__<name>.git` in lower case, pushed to as `user` with the secret mirrorToken. `create` is
   * the API call that makes one there (`POST {name, private}`, as GitHub and Gitea have it), e.g. https://api.github.com/orgs/NAME/repos.
   */
  mirror: structure(z.strictObject({ url, user: text(z.string().min(1)), create: url.optional() })).optional(),
  /** Address ranges that may reach SSH. */
  sshSources: structure(z.array(z.union([z.cidrv4(), z.cidrv6()])).min(1)).default(['0.0.0.0/0', '::/0']),
  /** Public half of the key the program logs in with, and of the key that encrypts backups. */
  deployPublicKey: publicKey,
  /** Public half of the key with which the sites of a store read each other. */
  sitePublicKey: publicKey.optional(),
  /** Who learns that a public name is down, by e-mail; without it the forge's administrator. The cloud takes only addresses that its team has confirmed. */
  alarmEmails: structure(z.array(z.email()).min(1)).optional(),
  /** Program and arguments that `fleet status --alarm` hands its text on standard input, such as ["mail", "-s", "fleet", "ops@example.org"]. */
  alarmCommand: structure(z.array(text(z.string().min(1))).min(1)).optional(),
  /** Telegram chat that alarms go to; off without it and its token. */
  telegramChat: text(z.string().regex(/^-?\d+$/, 'write the numeric id of the chat')).optional(),
  backupRecipient: z.string().regex(/^age1[0-9a-z]+$/, 'write an age recipient (age1…)'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** How `fleet init` makes a secret: a random token, or one half of a key pair whose other half is a plain setting. */
export type Generator = 'token' | 'ssh-key' | 'age-identity' | 'ask';

export interface SecretSetting {
  key: string;
  purpose: string;
  generate: Generator;
  /** The plain setting that gets the public half. */
  publicKey?: keyof Settings;
  /** What it switches on stays off without it. */
  optional?: boolean;
}

/** Secrets that every stack needs, whatever runs on its hosts. */
export const stackSecrets: SecretSetting[] = [
  {
    key: 'deployPrivateKey',
    purpose: 'SSH key the program logs in with',
    generate: 'ssh-key',
    publicKey: 'deployPublicKey',
  },
  {
    key: 'backupIdentity',
    purpose: 'age identity that opens the backups',
    generate: 'age-identity',
    publicKey: 'backupRecipient',
  },
  { key: 'resticPassword', purpose: 'password of the restic repositories', generate: 'token' },
  { key: 'storeAccessKey', purpose: 'administrator access key of the store', generate: 'ask' },
  { key: 'storeSecretKey', purpose: 'administrator secret key of the store', generate: 'ask' },
  {
    key: 'alarmWebhook',
    purpose: 'URL that `fleet status --alarm` posts to; off without it',
    generate: 'ask',
    optional: true,
  },
];

/** The SSH host key of one host: the private half is a secret, the public half is pinned by every connection. */
export const hostKeySecret = (host: string): SecretSetting => ({
  key: `hostKey-${host}`,
  purpose: `SSH host key of ${host}`,
  generate: 'ssh-key',
});

/** Plain key of the public half of a host key. */
export const hostPublicKey = (host: string): string => `hostPublicKey-${host}`;
