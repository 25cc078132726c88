/** Certificates of the backups run out, and the authority may be away while the host is rebuilt. */
import { connect } from 'node:tls';
import type { KeyPair } from '../../localcloud/authority/keys';
import { ssh } from '../../components/ssh';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { dropletOf } from '../droplet';
import { fault } from '../phases/fault';
import { detection, rebuild } from '../phases/rebuild';
import { fleetPlain } from './child';
import type { Fault } from './fault';
import { heartbeat } from '../store';
import { loseAndRecover, until, untilAnswers, verifyRecovery } from './steps';

const HOUR_MS = 3_600_000;

const nameOf = (drill: Seeded): string => new URL(drill.forge.baseUrl).hostname;

/**
 * The certificate that the host keeps, and backs up, ran out an hour ago. Its proxy goes on serving the valid one that it holds in memory, so that
 * clients are served until the host dies.
 */
async function expire(drill: Seeded): Promise<void> {
  const name = nameOf(drill);
  const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const { certificate, key } = await control<KeyPair>(drill, 'acme/issue', {
    names: [name],
    notBefore: at(-90 * 24),
    notAfter: at(-1),
  });
  const folder = `/var/lib/caddy/certificates/acme-v02.api.letsencrypt.org-directory/${name}`;
  const commands = [
    'set -euo pipefail',
    ...Object.entries({ crt: certificate, key }).map(
      ([ending, pem]) =>
        `setpriv --reuid caddy --regid caddy --clear-groups tee ${folder}/${name}.${ending} >/dev/null <<'PEM'\n${pem.trim()}\nPEM`,
    ),
    '/usr/local/lib/fleet/backup reverse-proxy --force',
  ];
  drill.progress.waiting('the backup of a certificate that ran out');
  const done = await ssh(drill.sshTarget, 'bash -s', { stdin: `${commands.join('\n')}\n` });
  if (done.code !== 0) throw new Error(`the expired certificate was not backed up: ${done.stderr.trim()}`);
}

/** Serial number and moment of issue of what is served under a name to a client that trusts it. */
export async function servedCertificate(drill: Seeded, name: string): Promise<{ serial: string; from: number }> {
  const { ca, resolve } = drill.forge;
  const host = resolve ? await resolve(name) : name;
  return new Promise((done, failed) => {
    const socket = connect({ host, port: 443, servername: name, ca, timeout: 5000 }, () => {
      const { serialNumber, valid_from: from } = socket.getPeerCertificate();
      socket.end();
      done({ serial: serialNumber, from: Date.parse(from) });
    });
    socket.once('error', failed);
    socket.once('timeout', () => socket.destroy(new Error(`${name} does not answer`)));
  });
}

/** Waits until a client that trusts nobody else is served under a name of the forge. */
export const trusted = (drill: Seeded, name = nameOf(drill)): Promise<void> =>
  untilAnswers(drill, `a certificate of ${name} that is trusted`, `https://${name}`);

const expiry = (drill: Seeded): Promise<void> =>
  phase(drill, 'expiry', 'the certificate in the backup runs out', expire);

/** A new one can only be ordered once the names lead to the new host. */
export const certificateExpired: Fault = {
  kind: 'certificate-expired',
  title: 'the certificate in the backup ran out; a new one is ordered after the cutover',
  ends: 'recovers',
  run: async (drill) => {
    await expiry(drill);
    await loseAndRecover(drill, {
      rebuilding: async (one) => {
        await rebuild(one);
        const { from } = await servedCertificate(one, nameOf(one));
        const { at } = one.strike;
        // Certificates tell whole seconds.
        one.record.check(
          'the certificate is a new one, and a client trusts it',
          from >= at - 1000,
          `issued ${((from - at) / 1000).toFixed(0)} s after the fault`,
        );
      },
    });
  },
};

export const acmeAway: Fault = {
  kind: 'acme-away',
  title: 'the certificate ran out, and the authority is away during the rebuild; then it is back',
  ends: 'recovers',
  run: (drill) => withoutAuthority(drill, () => control(drill, 'acme/away', { how: 'refuse' })),
};

export const acmeLimits: Fault = {
  kind: 'acme-limits',
  title: 'the certificate ran out, and the authority refuses orders (429) during the rebuild; then it takes them',
  ends: 'recovers',
  run: (drill) => withoutAuthority(drill, () => control(drill, 'acme/limit', { retryAfter: 3600 })),
};

/** A rebuild whose host needs a new certificate while `act` keeps the authority from issuing any: it goes through, tells of it, and heals. */
async function withoutAuthority(drill: Seeded, act: () => Promise<unknown>): Promise<void> {
  await expiry(drill);
  const old = await dropletOf(drill);
  const struck = await phase(drill, 'fault', 'writing until the host dies', (one) => fault(one));
  await phase(struck, 'detection', 'waiting for the declared monitor', detection);
  await phase(struck, 'rebuild', 'up --refresh, while no certificate can be had', async (one) => {
    await act();
    await rebuild(one);
    const led = await dropletOf(one);
    one.record.check('the names moved without a certificate', led !== old, `droplet ${led}, the old one was ${old}`);
    await told(one);
  });
  await phase(struck, 'authority back', 'certificates can be had again', async (one) => {
    await control(one, 'acme/back');
    await trusted(one);
    await until(
      one,
      'the host to say that nothing is pending',
      async () => (await heartbeat(one))?.pendingCertificates?.length === 0 || 'it is still pending',
    );
    await until(one, 'fleet status to be well', async () => {
      const { code, output } = await status(one);
      return code === 0 || output.trim();
    });
    one.record.check('it became trusted by itself, and nothing is pending any more', true, 'fleet status is well');
  });
  await verifyRecovery(struck);
}

const status = (drill: Seeded) => fleetPlain(drill, ['status', '--stack', drill.declaration.stack]);

/** The host's journal and `fleet status` tell that clients refuse the name. */
async function told(drill: Seeded): Promise<void> {
  const name = nameOf(drill);
  const journal = await ssh(drill.sshTarget, 'journalctl -q -t fleet-certificates -p err -o cat --no-pager');
  const line = journal.stdout.split('\n').find((text) => text.includes(`no trusted certificate for ${name}`));
  drill.record.check(
    'the host’s journal has an alarm',
    line !== undefined,
    line ?? (journal.stdout.trim() || 'nothing'),
  );
  await until(
    drill,
    'a heartbeat that tells of it',
    async () => (await heartbeat(drill))?.pendingCertificates?.includes(name) || 'it tells of nothing',
  );
  const { code, output } = await status(drill);
  const said = output.split('\n').find((text) => text.includes('is pending'));
  drill.record.check(
    'fleet status shows it, and is not well',
    code !== 0 && said !== undefined && said.includes(name),
    said?.trim() ?? `ended with ${code}, and says nothing`,
  );
}
