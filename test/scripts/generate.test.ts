/** Keys that `fleet init` makes can be used, every one of them. */
import { createPublicKey, verify } from 'crypto';
import { utils, type ParsedKey } from 'ssh2';
import { sshKey } from '../../scripts/init/generate';

test('each of many keys signs what its public line verifies', () => {
  // The library spoils one in a hundred.
  const spoiled = Array.from({ length: 1500 }, () => sshKey('deploy@fleet')).filter(({ secret, publicHalf }) => {
    const [type, encoded, comment] = publicHalf!.split(' ');
    const blob = Buffer.from(encoded, 'base64');
    if (type !== 'ssh-ed25519' || comment !== 'deploy@fleet' || blob.length !== 4 + type.length + 4 + 32) return true;
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: blob.subarray(-32).toString('base64url') },
      format: 'jwk',
    });
    return !verify(null, Buffer.from('text'), key, (utils.parseKey(secret) as ParsedKey).sign(Buffer.from('text')));
  });
  expect(spoiled).toEqual([]);
});
