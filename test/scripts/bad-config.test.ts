/** A person's worst first run: the stack file is wrong in many places. The real command line says all of it at once. A first `up` asks the doctor before (doctor.test.ts). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openStackFile, PASSPHRASE } from '../fixtures/passphrase';

jest.setTimeout(60_000);

const MALFORMED = 'no-private-key-but-secret-all-the-same';
const IN_CLEAR = 'AGE-SECRET-KEY-1NEVERSHOWNTOANYBODY';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'fleet-test-'))));

test('every problem in one list, exit code 1, no stack trace, no secret, and nothing was made', async () => {
  const path = join(dir, 'Pulumi.alpha.yaml');
  const file = await openStackFile(path);
  file.setPlain('fleet:zone', { id: 'short', name: 'drill.test' });
  file.setPlain('fleet:store', { endpoint: 'not a url', region: 'us-east-1', bucketPrefix: 'timmy' });
  file.setPlain('fleet:notASetting', 'x');
  file.setPlain('fleet:backupIdentity', IN_CLEAR);
  file.setSecret('fleet:deployPrivateKey', MALFORMED);
  file.save();
  const { FLEET_DEBUG: _, ...environment } = process.env;
  const result = spawnSync(
    resolve(__dirname, '../../bin/fleet'),
    ['preview', '--stack', 'alpha', '--engine', 'embedded'],
    {
      encoding: 'utf8',
      env: {
        ...environment,
        FLEET_CONFIG_FILE: path,
        PULUMI_BACKEND_URL: `file://${dir}/state`,
        PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      },
    },
  );
  const said = `${result.stdout}\n${result.stderr}`;
  expect(result.status).toBe(1);
  expect(said).toMatch(/\d+ things are wrong; nothing was touched/);
  const listed = said
    .split('\n')
    .filter((line) => /^ *- config /.test(line))
    .join('\n');
  for (const problem of [
    'fleet:zone.id: a Cloudflare zone id is 32 hexadecimal digits',
    'fleet:store.endpoint: write a full https URL',
    'notASetting',
    'fleet:backupIdentity: is stored in clear text',
    'fleet:deployPrivateKey: does not have the form it should',
    'fleet:resticPassword: is missing; run `fleet init --stack alpha`',
  ])
    expect(listed).toContain(problem);
  expect(said).not.toMatch(/^\s+at .*[(:]\d+/m);
  for (const secret of [MALFORMED, IN_CLEAR]) expect(said).not.toContain(secret);
  expect(readdirSync(dir).sort()).toEqual(['Pulumi.alpha.yaml']);
});
