import pino, { type Logger } from 'pino';
import { ACME_NAMES, AcmeFront } from '../acme/front';
import { pebbleService } from '../acme/pebble';
import { plan, ports } from '../address-plan';
import { createApi } from '../api';
import { Authority } from '../authority/authority';
import { startNameServer } from '../dns/server';
import { endpointsOf } from '../endpoints';
import { CloudError } from '../errors';
import { readJson, writeJson } from '../files';
import { MachineHosts } from '../hosts/driver';
import { shareMounts } from '../mounts';
import { cloudNetnses, createNetwork } from '../network/netns';
import { DownloadFaults } from '../outside/faults';
import { Outside } from '../outside/server';
import { packageCacheService } from '../packages/cache';
import { wrongClockLibrary, imageLayers } from '../parts';
import type { Paths } from '../paths';
import { ProcessRecords } from '../processes';
import { MachineStoreFaults } from '../store/faults';
import { storeService } from '../store/gateway';
import { Service, type ServiceSpec } from './service';
import { settingsPath, type Settings } from './settings';

/** Runs the cloud inside this process and the programs it supervises; resolves with what stops it when all of it answers. */
export async function runCloud(
  paths: Paths,
  fatal: (error: Error) => void,
  log: Logger = pino(),
): Promise<() => Promise<void>> {
  const settings = readJson<Settings>(settingsPath(paths));
  if (!settings)
    throw new CloudError('The daemon of the embedded cloud is started by `fleet cloud start`, not by hand.');
  const authority = await Authority.of(settings.authority, settings.issuers);
  const records = new ProcessRecords(paths.processes);
  records.write('daemon', process.pid);
  // After a restart of the daemon alone the network is still there, and hosts run in it.
  if (!cloudNetnses().includes(plan.netns)) await createNetwork();
  await shareMounts(paths.hosts);

  const service = (spec: ServiceSpec) => new Service(spec, records, fatal, (message) => log.warn(message));
  const driver = new MachineHosts(
    paths.hosts,
    imageLayers(paths),
    () => wrongClockLibrary(paths),
    () => authority.roots(),
  );
  const announce = () =>
    writeJson(paths.endpoints, endpointsOf(settings, authority.bundle(), paths.cache, process.pid));
  let announced = false;
  const acmeTls = await authority.certificateFor([...ACME_NAMES]);
  const pebble = service(
    pebbleService(paths, { ...acmeTls, name: ACME_NAMES[0], roots: settings.authority.certificate }, async (root) => {
      if (!(await authority.learn(root))) return;
      settings.issuers.push(root);
      writeJson(settingsPath(paths), settings);
      driver.trustAnew();
      if (announced) announce();
    }),
  );
  // Before any host boots: what it issues is trusted by all of them.
  await pebble.start();
  const acme = new AcmeFront(acmeTls, settings.authority.certificate);
  const store = service(storeService(paths, settings.store));
  const services = [store, service(packageCacheService(paths))];
  const downloads = new DownloadFaults();
  const api = createApi({
    driver,
    storeFaults: new MachineStoreFaults(store, paths.store),
    downloads,
    acme,
    certificate: (names, validity) => authority.certificateFor(names, validity),
    statePath: paths.apiState,
    tokens: settings.tokens,
    zone: settings.zone,
    log,
  });
  const [nameServer, outside] = await Promise.all([
    startNameServer(api.records, (error) => log.error({ reason: error.message }, 'the name server has a problem')),
    Outside.start(paths.artifacts, authority, downloads),
    api.listen({ host: '127.0.0.1', port: ports.api }),
    acme.start(),
    ...services.map((each) => each.start()),
  ]);
  announce();
  announced = true;
  log.info('the embedded cloud is ready');
  return async () => {
    await Promise.all([
      api.close(),
      outside.close(),
      nameServer.close(),
      acme.close(),
      ...[pebble, ...services].map((each) => each.stop()),
    ]);
    records.forget('daemon');
  };
}
