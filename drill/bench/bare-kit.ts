/** What a competent operator has at hand for a rebuild by hand: the folder that bare-rebuild.sh works from. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tagOf } from '../../components/machines/tag';
import { cloudConfig, packagesOf } from '../../components/inputs';
import { bucketOf } from '../../stacks/model/names';
import { plansOf, type ServicePlan } from '../../services';
import { backupTools, fetched } from '../../services/artifacts';
import { ORDERED } from '../../services/reverse-proxy';
import type { Artifact } from '../../stacks/outside/artifact';
import { hostPublicKey, NAMESPACE, type Settings } from '../../stacks/model/settings';
import { digitalOcean } from '../console';
import { hostOf, storeAdminOf, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { TRANSACTIONS_REPOSITORY } from '../seed/account';
import { shellVariables } from '../../scripts/lib/shell';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { settingsFile } from '../settings';
import { litestreamConfig, restoreSettings, type RestoredData } from './plain-settings';

/** Services that are on the way to the first public transaction. */
const CRITICAL = (plan: ServicePlan) => plan.critical;

/** Writes the kit below `dir` for a restore from the incarnation `source`; returns where it is. */
export async function writeKit(drill: Seeded, dir: string, source: string): Promise<string> {
  const kit = join(dir, 'kit');
  rmSync(kit, { recursive: true, force: true });
  const { cloud, account, forge } = drill;
  const host = hostOf(drill);
  const file = await settingsFile(drill);
  const secret = (key: string) => file.text(`${NAMESPACE}:${key}`);
  const settings = settingsOf(file, drill.declaration);
  const plans = plansOf(drill.declaration, host, settings);
  const publicKey = secret(hostPublicKey(host.name));
  const write = (path: string, content: string, mode = 0o600) => {
    mkdirSync(dirname(join(kit, path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(kit, path), content, { mode });
  };

  write('key', secret('deployPrivateKey'));
  for (const path of ['ca.pem', 'host/root/rebuild/ca.pem'])
    write(path, required(forge.ca, 'the authority of the forge'));
  const client = {
    PUBLIC_NAME: new URL(forge.baseUrl).hostname,
    FORGE_TOKEN: account.adminToken,
    TRANSACTIONS: `${account.plan.organization}/${TRANSACTIONS_REPOSITORY}`,
  };
  // Its certificate comes back too, and is served from the start.
  write(`host${ORDERED}/${client.PUBLIC_NAME}/tls`, 'tls force_automate\n', 0o644);
  const { ssh_keys: keys } = await digitalOcean(drill, 'GET', '/account/keys?per_page=200');
  write(
    'droplet.json',
    JSON.stringify({
      name: `${host.name}-by-hand`,
      region: host.region,
      size: host.size,
      image: host.image,
      ssh_keys: keys.map(({ fingerprint }: { fingerprint: string }) => fingerprint),
      with_droplet_agent: false,
      tags: [tagOf(drill.declaration, host.name)],
      user_data: cloudConfig(secret(`hostKey-${host.name}`), publicKey),
    }),
  );
  write(
    'settings',
    shellVariables({
      DO_API: cloud.digitalocean,
      DO_TOKEN: cloud.tokens.digitalocean,
      RESERVED_IP: drill.sshTarget.host,
      HOST_KEY: publicKey,
      ...client,
    }),
  );

  const bucket = bucketOf(settings.store.bucketPrefix, drill.declaration, host.name);
  const { database, repositories } = required(
    plans.find(({ kind }) => kind === 'gitea')?.dataset,
    'the forge’s dataset',
  );
  const data: RestoredData = {
    access: storeAdminOf(drill),
    bucket,
    source,
    service: 'gitea',
    database: required(database, 'the database').path,
    repositories: required(repositories, 'the repositories').root,
    resticPassword: secret('resticPassword'),
  };
  write(
    'host/root/rebuild/settings',
    shellVariables({
      PACKAGES: packagesOf(plans).join(' '),
      BINARIES: [...backupTools, ...plans.filter(CRITICAL).flatMap((plan) => plan.artifacts)]
        .map((artifact) => binaryOf(artifact, settings))
        .join(' '),
      ...restoreSettings(data),
      ...client,
    }),
  );
  write('host/root/rebuild/identity', `${secret('backupIdentity')}\n`);
  write('host/root/rebuild/litestream.yml', await litestreamConfig(data, secret('backupIdentity')));
  for (const plan of plans.filter(CRITICAL)) {
    for (const planned of plan.files)
      write(
        `host${planned.path}`,
        planned.content.replace(/\{\{secret:([\w-]+)\}\}/g, (_, name: string) => secret(name)),
        Number.parseInt(planned.mode, 8),
      );
    for (const unit of plan.units) write(`host/etc/systemd/system/${unit.name}`, unit.content, 0o644);
  }
  for (const script of ['bare-host.sh', 'plain-restore.sh', 'poll.sh'])
    copyFileSync(join(__dirname, script), join(kit, 'host/root/rebuild', script));
  return kit;
}

/** A download in one word, as bare-host.sh takes it apart: name, how it is packed, address, SHA-256, and the program's path in it. */
function binaryOf(artifact: Artifact, settings: Settings): string {
  const found = fetched(artifact, settings);
  if (!('published' in found)) throw new Error(`${found.name} is no download`);
  return [found.name, found.layout, found.url, found.pin, Object.keys(found.members)[0] ?? ''].join('|');
}
