/** How DigitalOcean names an SSH key. */
import { createHash } from 'node:crypto';

/** MD5 of the key's body, with colons. Computed, because a key that is to be uploaded anew would show every machine as replaced. */
export function keyFingerprint(publicKey: string): string {
  const [, body = ''] = publicKey.trim().split(/\s+/);
  return createHash('md5')
    .update(body, 'base64')
    .digest('hex')
    .replace(/..(?!$)/g, '$&:');
}
