/** The cloud on this machine, for real: a host boots and is reached, and afterwards nothing of it is there. Needs root on Linux. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cloudConfig } from '../../components/inputs';
import { cloudStatus, isSavedCloud, saveCloud, startCloud, stopCloud, type CloudEndpoints } from '../../localcloud';
import { plan } from '../../localcloud/address-plan';
import { run } from '../../localcloud/commands';
import { hostGroups } from '../../localcloud/hosts/cgroup';
import { leftMachines } from '../../localcloud/hosts/container';
import { loopFilesUnder, mountsUnder } from '../../localcloud/mounts';
import { cloudNetnses } from '../../localcloud/network/netns';
import { paths as cachePaths } from '../../localcloud/paths';
import { isAlive, ProcessRecords, signal, type ProcessRecord } from '../../localcloud/processes';
import { waitFor } from '../../localcloud/wait';
import { ssh } from '../../components/ssh';
import { newKey } from '../engine/support/sshServer';

const canBoot = process.platform === 'linux' && process.getuid?.() === 0;
/** A machine with an empty cache builds everything first. */
const START_MS = 60 * 60_000;

const paths = cachePaths();
const progress = (): void => undefined;
const hostKey = newKey();
let cloud: CloudEndpoints;
let isOurs = false;

/** Everything of hosts that this machine still has; the cloud itself may run. */
async function leftOfHosts(): Promise<string[]> {
  const folders = existsSync(paths.hosts) ? readdirSync(paths.hosts) : [];
  return [
    ...folders.map((name) => `folder ${name}`),
    ...mountsUnder(paths.run)
      .filter((point) => point !== paths.hosts)
      .map((point) => `mount ${point}`),
    ...loopFilesUnder(paths.cache).map((file) => `loop device of ${file}`),
    ...hostGroups().map((name) => `control group ${name}`),
    ...leftMachines().map((name) => `machine ${name}`),
    ...cloudNetnses()
      .filter((name) => name !== plan.netns && name !== plan.acme.netns)
      .map((name) => `network namespace ${name}`),
  ];
}

/** Everything of the cloud that this machine still has. */
async function leftOfCloud(): Promise<string[]> {
  const links = await run('ip', ['-o', 'link', 'show']);
  const routes = await run('ip', ['route', 'show', 'root', plan.range]);
  return [
    ...(await leftOfHosts()),
    ...cloudNetnses().map((name) => `network namespace ${name}`),
    ...(links.includes(plan.link.root) ? [`interface ${plan.link.root}`] : []),
    ...(routes === '' ? [] : [`route ${routes}`]),
    ...(existsSync(paths.run) ? [`folder ${paths.run}`] : []),
    ...(existsSync('/run/fleetcloud.json') ? ['/run/fleetcloud.json'] : []),
  ];
}

/** The processes of the cloud, as it wrote them down. */
function processes(): ProcessRecord[] {
  const records = new ProcessRecords(paths.processes);
  return records.names().map((name) => records.read(name)!);
}

/** All files below a folder with their sizes and times: what changes when anything below it is written. */
const fingerprint = (dir: string) =>
  run('find', [dir, '-printf', '%P %s %T@ %C@\n']).then((list) => list.split('\n').sort().join('\n'));

/** The container manager of a host. */
const machineOf = (id: number): ProcessRecord =>
  JSON.parse(readFileSync(join(paths.hosts, String(id), 'host.json'), 'utf8')).process;

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${cloud.digitalocean}${path}`, {
    method,
    headers: { authorization: `Bearer ${cloud.tokens.digitalocean}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Works on the cloud's store as its administrator. */
async function withStore(work: (store: S3Client) => Promise<void>): Promise<void> {
  const { endpoint, region, adminAccessKey: accessKeyId, adminSecretKey: secretAccessKey } = cloud.store;
  const store = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  await work(store).finally(() => store.destroy());
}

/** Does something to the cloud from outside. */
async function control(path: string, body: object = {}): Promise<unknown> {
  const answer = await fetch(`${cloud.control}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

interface Droplet {
  id: number;
  status: string;
  networks: { v4: { ip_address: string; type: string }[] };
}

interface Machine {
  id: number;
  address: string;
  privateKey: string;
}

/** Makes a droplet as the program does, and waits until it counts as active. */
async function bootHost(
  name: string,
  userData = cloudConfig(hostKey.private, hostKey.public),
  fields: object = { with_droplet_agent: false },
): Promise<Machine> {
  const user = newKey();
  const { ssh_key: key } = await api<{ ssh_key: { id: number } }>('POST', '/v2/account/keys', {
    name: `key of ${name}`,
    public_key: user.public,
  });
  const { droplet: made } = await api<{ droplet: Droplet }>('POST', '/v2/droplets', {
    name,
    region: 'fra1',
    size: 's-1vcpu-1gb',
    image: 'debian-12-x64',
    ssh_keys: [key.id],
    user_data: userData,
    ...fields,
  });
  return waitFor(
    async () => {
      const { droplet } = await api<{ droplet: Droplet }>('GET', `/v2/droplets/${made.id}`);
      const address = droplet.networks.v4.find(({ type }) => type === 'public')?.ip_address;
      return droplet.status === 'active' && address !== undefined && { id: made.id, address, privateKey: user.private };
    },
    { what: `The boot of ${name}`, timeoutMs: 60_000, everyMs: 100 },
  );
}

/** Runs a command on a host as soon as it lets us in. */
function onHost({ address, privateKey }: Machine, command: string): Promise<{ said: string }> {
  return waitFor(
    async () => {
      try {
        const target = { host: address, privateKey, hostKey: hostKey.public };
        const { code, stdout } = await ssh(target, command, { readyMs: 5_000 });
        return code === 0 && { said: stdout.trim() };
      } catch {
        return false; // not up yet
      }
    },
    { what: `An answer of ${address} by SSH`, timeoutMs: 90_000, everyMs: 200 },
  );
}

/** Brings curl to a host, as provisioning would: the image has none. */
const bringCurl = (host: Machine) =>
  onHost(
    host,
    'command -v curl || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends curl; }',
  );

(canBoot ? describe : describe.skip)('the cloud of this machine', () => {
  beforeAll(async () => {
    if (await cloudStatus())
      throw new Error(
        'An embedded cloud runs on this machine, and these tests end it; stop it first with: bin/fleet cloud stop',
      );
    isOurs = true;
    cloud = await startCloud({ progress });
  }, START_MS);

  afterAll(async () => {
    if (isOurs) await stopCloud();
  }, 120_000);

  test('a host boots, is reached by SSH with the pinned key, and leaves nothing when it is destroyed', async () => {
    const host = await bootHost('boots');
    const { id, address, privateKey } = host;
    expect((await onHost(host, 'hostname && . /etc/os-release && echo $VERSION_ID && ps -p 1 -o comm=')).said).toBe(
      'boots\n12\nsystemd',
    );
    await expect(ssh({ host: address, privateKey: newKey().private, hostKey: hostKey.public }, 'true')).rejects.toThrow(
      'authentication',
    );
    await expect(ssh({ host: address, privateKey, hostKey: newKey().public }, 'true')).rejects.toThrow(
      'another SSH host key',
    );
    // Trusted from the first boot: by curl, by Python, and by whoever builds the store of certificates anew.
    await bringCurl(host);
    const directory = 'https://acme-v02.api.letsencrypt.org/directory';
    const asked = `curl -fsS --max-time 10 ${directory} && python3 -c 'import urllib.request; urllib.request.urlopen("${directory}", timeout=10)' && update-ca-certificates --fresh >/dev/null && curl -fsS --max-time 10 ${directory}`;
    expect((await onHost(host, asked)).said).toContain('"newOrder": "https://acme-v02.api.letsencrypt.org/');
    const order = async (name: string) =>
      (
        await onHost(
          host,
          `curl -s -o /dev/null -w '%{http_code} %header{retry-after}' -m 2 -X POST https://${name}.api.letsencrypt.org/order-plz; true`,
        )
      ).said;
    await control('acme/limit', { retryAfter: 60 });
    expect(await order('acme-v02')).toBe('429 60');
    expect(await order('acme-staging-v02')).not.toMatch(/^429/);
    for (const how of ['refuse', 'hang']) {
      await control('acme/away', { how });
      expect(await order('acme-v02')).toMatch(/^000/);
    }
    await control('acme/back');
    expect(await order('acme-v02')).toMatch(/^4\d\d ?$/);
    const machine = machineOf(id);
    expect(isAlive(machine)).toBe(true);
    expect(await leftOfHosts()).not.toEqual([]);

    await api('DELETE', `/v2/droplets/${id}`);
    await waitFor(async () => (await leftOfHosts()).length === 0, {
      what: 'The end of everything of a destroyed host',
      timeoutMs: 30_000,
    });
    expect(isAlive(machine)).toBe(false);
    expect(await cloudStatus()).toBeDefined();
  }, 240_000);

  test('a first boot is the provider’s: apt at work, names asked at the loopback interface, /etc/hosts written anew unless we say no', async () => {
    await control('first-boot', { vendorAptSeconds: 20 });
    const ours = await bootHost('ours');
    await control('first-boot', { vendorAptSeconds: null });
    const keysOnly = `#cloud-config\n${JSON.stringify({ ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public } })}\n`;
    const theirs = await bootHost('theirs', keysOnly, {});
    // apt itself holds its locks while the first boot goes on.
    // Looked at only: an apt of our own could take them first.
    const holder =
      'for look in $(seq 300); do lslocks -n -o COMMAND | grep -m 1 "^apt-get" && break; sleep 0.2; done; cloud-init status';
    expect((await onHost(ours, holder)).said).toMatch(/^apt-get\s*\nstatus: running/);
    expect(
      (
        await onHost(
          ours,
          'readlink -f /etc/resolv.conf; awk \'$1 == "nameserver" {print $2}\' /etc/resolv.conf; getent ahostsv4 deb.debian.org | head -n 1 | cut -d " " -f 1',
        )
      ).said,
    ).toBe(`/run/systemd/resolve/stub-resolv.conf\n127.0.0.53\n${plan.services}`);
    expect(
      (
        await onHost(
          ours,
          'for p in nft curl wget gpg crontab; do command -v $p; done; systemctl is-enabled unattended-upgrades apt-daily.timer apt-daily-upgrade.timer; for p in python3 openssl setpriv flock; do command -v $p; done | wc -l',
        )
      ).said,
    ).toBe('enabled\nenabled\nenabled\n4');
    expect(
      (
        await onHost(
          theirs,
          "cloud-init status --wait | tail -n 1; cat /etc/hosts; dpkg-query -W -f '${db:Status-Status}' apt-transport-https",
        )
      ).said,
    ).toMatch(/^status: done[^]*manage_etc_hosts[^]*127\.0\.1\.1 theirs theirs[^]*\ninstalled$/);
    // Ours stays over a boot, theirs does not.
    for (const host of [ours, theirs]) {
      await onHost(host, 'cloud-init status --wait; echo "192.0.2.1 mine" >>/etc/hosts; sync');
      for (const type of ['power_off', 'power_on']) {
        await api('POST', `/v2/droplets/${host.id}/actions`, { type });
        const wanted = type === 'power_off' ? 'off' : 'active';
        await waitFor(
          async () => (await api<{ droplet: Droplet }>('GET', `/v2/droplets/${host.id}`)).droplet.status === wanted,
          { what: `A host that is ${wanted}`, timeoutMs: 60_000 },
        );
      }
    }
    expect((await onHost(ours, 'cloud-init status --wait >/dev/null; grep -c mine /etc/hosts')).said).toBe('1');
    expect((await onHost(theirs, 'cloud-init status --wait >/dev/null; grep -c mine /etc/hosts || true')).said).toBe(
      '0',
    );
    await Promise.all([ours, theirs].map(({ id }) => api('DELETE', `/v2/droplets/${id}`)));
    await waitFor(async () => (await leftOfHosts()).length === 0, { what: 'The end of both hosts', timeoutMs: 30_000 });
  }, 300_000);

  test('a full disk, a wrong clock, a store that is away or rots, and a host destroyed while it boots', async () => {
    const host = await bootHost('faulted');
    const act = (name: string, body?: object) => control(`droplets/${host.id}/${name}`, body);
    const write = 'dd if=/dev/zero of=/root/f bs=1M count=60 2>&1 | grep -c "No space left"; rm /root/f';
    expect((await onHost(host, write)).said).toBe('0');
    await act('fill', { leaveMiB: 100 });
    await act('fill', { leaveMiB: 20 });
    expect((await onHost(host, write)).said).toBe('1');
    await act('unfill');
    expect((await onHost(host, write)).said).toBe('0');

    const offset = async () => Math.round((Number((await onHost(host, 'date +%s')).said) - Date.now() / 1000) / 60) + 0; // no -0
    await act('set-clock', { seconds: 3600 });
    expect(await offset()).toBe(60);
    expect(
      (await onHost(host, 'python3 -c "import time; print(int(time.time()))"; systemctl is-active ssh')).said,
    ).toMatch(/active$/);
    await act('set-clock', { seconds: 0 });
    expect(await offset()).toBe(0);

    await bringCurl(host);
    const curl = async () =>
      (await onHost(host, `curl -s -o /dev/null -m 2 ${cloud.store.endpoint}/health; echo $?`)).said;
    const here = () =>
      fetch(`${cloud.store.endpoint}/health`, { signal: AbortSignal.timeout(1_000) }).then(
        ({ status }) => String(status),
        (error) => error.cause?.code ?? error.name,
      );
    for (const [how, onTheHost, onThisMachine] of [
      ['hang', '28', 'TimeoutError'],
      ['refuse', '7', 'ECONNREFUSED'],
      ['hang', '28', 'TimeoutError'],
    ]) {
      await control('store/away', { how });
      expect([how, await curl(), await here()]).toEqual([how, onTheHost, onThisMachine]);
    }
    await control('store/back');
    expect([await curl(), await here()]).toEqual(['0', '200']);

    await withStore(async (store) => {
      await store.send(new CreateBucketCommand({ Bucket: 'rots', ObjectLockEnabledForBucket: true }));
      for (const Key of ['a/one', 'a/two'])
        await store.send(new PutObjectCommand({ Bucket: 'rots', Key, Body: 'x'.repeat(50) }));
      await store.send(new DeleteObjectCommand({ Bucket: 'rots', Key: 'a/two' }));
      // The newest that is not deleted.
      expect(await control('store/corrupt', { bucket: 'rots', prefix: 'a/' })).toMatchObject({
        corrupted: { key: 'a/one' },
      });
      const { Body } = await store.send(new GetObjectCommand({ Bucket: 'rots', Key: 'a/one' }));
      expect(await Body?.transformToString('latin1').catch(() => 'refused')).not.toBe('x'.repeat(50));
      await control('store/drop', { bucket: 'rots', prefix: 'a/' });
      const { Versions = [], DeleteMarkers = [] } = await store.send(new ListObjectVersionsCommand({ Bucket: 'rots' }));
      expect([...Versions, ...DeleteMarkers]).toEqual([]);
    });

    await control('droplets/faulted/destroy');
    const { droplet } = await api<{ droplet: Droplet }>('POST', '/v2/droplets', {
      name: 'young',
      region: 'fra1',
      size: 's-1vcpu-1gb',
      image: 'debian-12-x64',
    });
    await waitFor(() => existsSync(join(paths.hosts, String(droplet.id))), {
      what: 'The begin of a boot',
      timeoutMs: 10_000,
      everyMs: 1,
    });
    await control('droplets/young/destroy');
    await waitFor(async () => (await leftOfHosts()).length === 0, {
      what: 'The end of everything of the hosts',
      timeoutMs: 30_000,
    });
  }, 240_000);

  test('after a kill -9 of the daemon the next start clears everything away, and a stop leaves nothing', async () => {
    const host = await bootHost('orphan');
    await onHost(host, 'true');
    const all = [...processes(), machineOf(host.id)];
    const daemon = all.find(({ pid }) => pid === cloud.pid)!;
    signal(daemon, 'SIGKILL');
    await waitFor(() => !isAlive(daemon), { what: 'The end of the daemon', timeoutMs: 10_000 });
    expect(await cloudStatus()).toBeUndefined();
    // The host and the programs that the daemon supervised go on: that is what has to be cleared away.
    expect(all.filter(isAlive)).toHaveLength(all.length - 1);

    cloud = await startCloud({ progress });
    expect(all.filter(isAlive)).toEqual([]);
    expect(await leftOfHosts()).toEqual([]);
    expect((await api<{ droplets: Droplet[] }>('GET', '/v2/droplets')).droplets).toEqual([]);

    const again = processes();
    expect(again.length).toBeGreaterThan(1);
    await stopCloud();
    expect(again.filter(isAlive)).toEqual([]);
    expect(await leftOfCloud()).toEqual([]);
  }, 300_000);

  test('a saved cloud is cloned as often as one likes and never changes', async () => {
    const saved = join(paths.saved, 'machine-test');
    rmSync(saved, { recursive: true, force: true });
    cloud = await startCloud({ progress });
    const host = await bootHost('seeded');
    await onHost(host, 'echo kept >/root/note && rm /etc/motd');
    await withStore(async (store) => {
      await store.send(new CreateBucketCommand({ Bucket: 'kept', ObjectLockEnabledForBucket: true }));
      await store.send(new PutObjectCommand({ Bucket: 'kept', Key: 'a/b', Body: 'first' }));
    });
    const before = cloud;
    try {
      await saveCloud(saved);
      expect(isSavedCloud(saved)).toBe(true);
      expect(await leftOfCloud()).toEqual([]);
      const was = await fingerprint(saved);

      for (const turn of ['one', 'two']) {
        cloud = await startCloud({ progress, from: saved });
        // The authority that issues is a new one at each start; the earlier ones stay trusted.
        expect({ ...cloud, pid: 0, roots: '' }).toEqual({ ...before, pid: 0, roots: '' });
        expect(cloud.roots).toContain(before.roots.trim());
        expect(
          (
            await onHost(
              host,
              'cat /root/note; ls /etc/motd /root/own 2>&1 | grep -c "No such file"; df --output=size -BG / | tail -1 | tr -d " "',
            )
          ).said,
        ).toBe('kept\n2\n25G');
        await onHost(host, 'echo own >/root/own; echo more >>/root/note');
        await withStore(async (store) => {
          expect((await store.send(new ListObjectVersionsCommand({ Bucket: 'kept' }))).Versions).toHaveLength(1);
          await store.send(new PutObjectCommand({ Bucket: 'kept', Key: 'a/b', Body: turn }));
          const { Versions = [] } = await store.send(new ListObjectVersionsCommand({ Bucket: 'kept' }));
          const texts = await Promise.all(
            Versions.map(async ({ VersionId }) =>
              (
                await store.send(new GetObjectCommand({ Bucket: 'kept', Key: 'a/b', VersionId }))
              ).Body?.transformToString(),
            ),
          );
          expect(texts).toEqual([turn, 'first']);
        });
        await expect(saveCloud(`${saved}-2`)).rejects.toThrow('a clone cannot be saved');
        await stopCloud();
        expect(await leftOfCloud()).toEqual([]);
      }
      expect(await fingerprint(saved)).toBe(was);
    } finally {
      await stopCloud();
      rmSync(saved, { recursive: true, force: true });
    }
  }, 300_000);
});
