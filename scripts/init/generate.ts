/** How each kind of secret is made. */
import { randomBytes } from 'node:crypto';
import { utils } from 'ssh2';

/** A secret, and its public half where it is a key pair. */
export interface Generated {
  secret: string;
  publicHalf?: string;
}

/** A random token: 43 characters that need no quoting anywhere. */
export function token(): Generated {
  return { secret: randomBytes(32).toString('base64url') };
}

/** An Ed25519 key pair: OpenSSH private text and public line. */
export function sshKey(comment: string): Generated {
  let pair = utils.generateKeyPairSync('ed25519', { comment });
  while (!isWhole(pair.private)) pair = utils.generateKeyPairSync('ed25519', { comment });
  return { secret: pair.private.endsWith('\n') ? pair.private : `${pair.private}\n`, publicHalf: pair.public.trim() };
}

/** Whether the key signs for its own public half. One in a hundred does not: ssh2 1.17 loses the zeros that either half begins with. */
function isWhole(privateKey: string): boolean {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) return false;
  try {
    const text = Buffer.from('signed');
    const signature = key.sign(text);
    return Buffer.isBuffer(signature) && key.verify(text, signature) === true;
  } catch {
    return false;
  }
}

/** The public line that belongs to an OpenSSH private key. */
export function publicOfSshKey(privateKey: string, comment: string): string {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')} ${comment}`;
}

/** An age identity (X25519) with its recipient. */
export async function ageIdentity(): Promise<Generated> {
  const age = await import('age-encryption');
  const secret = await age.generateX25519Identity();
  return { secret, publicHalf: await age.identityToRecipient(secret) };
}

/** The recipient that belongs to an age identity. */
export async function recipientOf(identity: string): Promise<string> {
  const age = await import('age-encryption');
  return age.identityToRecipient(identity);
}
