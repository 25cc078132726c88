import { utils } from 'ssh2';
import { keyFingerprint } from '../../components/machines/digitalocean/key-fingerprint';
import { fingerprint } from '../../localcloud/api/keys';

test('a key is named as the provider names it, whatever comes after its body', () => {
  const { public: line } = utils.generateKeyPairSync('ed25519', { comment: 'deploy' });
  expect(keyFingerprint(`${line}\n`)).toBe(fingerprint(line));
  expect(keyFingerprint(line.split(' ', 2).join(' '))).toBe(fingerprint(line));
});
