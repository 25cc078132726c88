/** What the fleet's plans must hold to. */
import { plansOf } from '../../services';
import { services } from '../../services';
import { validatePlans } from '../../services/validate';
import { declarations, type Declaration } from '../../stacks';
import { settingsSchema } from '../../stacks/model/settings';
import { isStore } from '../../stacks/model/sites';
import { servicesOf, validateDeclaration } from '../../stacks/model/validate';
import { externals } from '../../stacks/timmy/externals';
import { gaps } from '../../stacks/timmy/gaps';
import { parsedSettings } from '../program/mocks';

const settings = settingsSchema.parse(parsedSettings());
const plans = (name: string) => declarations[name].hosts.flatMap((host) => plansOf(declarations[name], host, settings));

test('the names wait for the forge and its proxy, and for nothing else', () => {
  const critical = (stack: string) =>
    plans(stack)
      .filter((plan) => plan.critical)
      .map(({ name }) => name);
  expect({ alpha: critical('alpha'), beta: critical('beta') }).toEqual({ alpha: ['gitea', 'reverse-proxy'], beta: [] });
});

test('only the proxy and the relays listen to the world', () => {
  const open = (stack: string) =>
    plans(stack).flatMap(({ name, ports }) =>
      ports.filter(({ scope }) => scope === 'public').map(({ port }) => `${name} ${port}`),
    );
  expect({ alpha: open('alpha'), beta: open('beta') }).toEqual({
    alpha: ['reverse-proxy 443', 'reverse-proxy 80', 'strfry 7777', 'fleet-relay 2929'],
    beta: [],
  });
});

test.each(Object.keys(declarations))(
  'every service of %s is checked and has objectives, and what holds data is kept by a user of its own',
  (name) => {
    for (const plan of plans(name)) {
      expect({
        name: plan.name,
        verified: plan.hooks.includes('verify'),
        health: plan.health.unit !== '',
        rto: plan.objectives.rtoRebuildSeconds > 0,
      }).toEqual({ name: plan.name, verified: true, health: true, rto: true });
      // Models are pulled again, and of what is on a site of a store the other site has a copy: what is not kept elsewhere.
      expect({
        name: plan.name,
        kept: plan.dataset !== undefined,
        rpo: plan.objectives.rpoSeconds !== undefined,
      }).toEqual({
        name: plan.name,
        kept: plan.name !== 'ollama' && !isStore(declarations[name]),
        rpo: plan.name !== 'ollama',
      });
      if (plan.dataset) expect(plan.users.map((user) => user.name)).toContain(plan.dataset.owner);
    }
  },
);

test.each(Object.keys(declarations))('what a service of %s must not tell is readable for its user at most', (name) => {
  const secrets = plans(name).flatMap(({ files }) => files.filter(({ content }) => content.includes('{{secret:')));
  expect(secrets.filter(({ mode }) => !mode.endsWith('0')).map(({ path }) => path)).toEqual([]);
  expect(JSON.stringify(plans(name).map(({ units }) => units))).not.toContain('{{secret:');
});

test.each(Object.keys(declarations))(
  'every unit of %s that listens or runs is bounded, and none runs as root without need',
  (name) => {
    const root = plans(name).flatMap(({ units, name: service }) =>
      units
        .filter(({ content }) => /^ExecStart=/m.test(content) && !/^User=/m.test(content))
        .map((unit) => `${service}/${unit.name}`),
    );
    // These speak for the host or for the forge's own user.
    expect(
      root.every((unit) =>
        /^(api-token|fleet-health|distress|ollama\/ollama-watch|reverse-proxy\/caddy-certificates)/.test(unit),
      ),
    ).toBe(true);
  },
);

test('each agent of the table is planned on exactly one host, and a legacy one on none', () => {
  const homes = ['alpha', 'beta'].flatMap((stack) =>
    plans(stack)
      .filter(({ movable }) => movable)
      .map(({ name }) => `${name} on ${stack}`),
  );
  expect(homes.sort()).toEqual([
    'hermes-adagio on alpha',
    'hermes-allegro on alpha',
    'hermes-bezalel on beta',
    'hermes-bilbobagginshire on alpha',
    'hermes-ezra on alpha',
  ]);
});

test('moving an agent is changing its home', () => {
  const moved = structuredClone(declarations.alpha) as Declaration;
  moved.hosts.push({ ...structuredClone(moved.hosts[0]), name: 'gamma', knownIps: [], publicNames: [] });
  const where = (declaration: Declaration) =>
    Object.fromEntries(
      declaration.hosts.map((host) => [
        host.name,
        plansOf(declaration, host, settings)
          .filter(({ movable }) => movable)
          .map(({ name }) => name),
      ]),
    );
  const before = where(moved);
  moved.agents = moved.agents.map((agent) => (agent.name === 'ezra' ? { ...agent, homes: ['gamma'] } : agent));
  expect(before.gamma).toEqual([]);
  expect(where(moved)).toEqual({
    alpha: before.alpha.filter((name) => name !== 'hermes-ezra'),
    gamma: ['hermes-ezra'],
  });
});

test('a beat every 15 minutes cannot meet an objective of 15 minutes', () => {
  const slow = structuredClone(declarations.alpha) as Declaration;
  slow.health.beatSeconds = 900;
  expect(validateDeclaration(slow).map(({ message }) => message)).toEqual([
    expect.stringContaining('a dead agent is noticed after 960 s, but must be back after 900 s'),
  ]);
});

test.each(['docker', 'matrix-conduit', 'tailscale'])('%s is off, and one word switches it on', (option) => {
  expect(Object.values(declarations).flatMap(({ hosts }) => hosts.flatMap(servicesOf))).not.toContain(option);
  const on = structuredClone(declarations.alpha) as Declaration;
  on.hosts[0].extraServices = [option];
  const brought = {
    ...settings,
    artifactMirror: 'https://mirror.example',
    artifactPins: { ...settings.artifactPins, 'matrix-conduit': '0'.repeat(64) },
  };
  expect([...validateDeclaration(on), ...validatePlans(on, brought)]).toEqual([]);
  expect(plansOf(on, on.hosts[0], settings).map(({ name }) => name)).toContain(option);
});

test('the repositories’ second place is off; switching it on without saying where is refused', () => {
  expect(plans('alpha').map(({ name }) => name)).not.toContain('repository-mirror');
  const on = structuredClone(declarations.alpha) as Declaration;
  on.hosts[0].extraServices = ['repository-mirror'];
  expect(validatePlans(on, settings)).toEqual([
    { path: 'config fleet:mirror', message: expect.stringContaining('is missing: repository-mirror') },
  ]);
  const set = { ...settings, mirror: { url: 'https://second.example', user: 'mirror' } };
  expect(validatePlans(on, set)).toEqual([]);
  const plan = plansOf(on, on.hosts[0], set).find(({ name }) => name === 'repository-mirror');
  expect(plan?.files[0].content).toContain('MIRROR_URL=https://second.example\n');
});

test('what the documents state of objectives', () => {
  const of = (stack: string, name: string) => plans(stack).find((plan) => plan.name === name)?.objectives;
  const minutes = (restart: number, rpo?: number) => ({
    rtoRestartSeconds: restart * 60,
    ...(rpo === undefined ? {} : { rpoSeconds: rpo * 60 }),
  });
  expect(of('alpha', 'hermes-ezra')).toMatchObject(minutes(15, 15));
  expect(of('beta', 'hermes-bezalel')).toMatchObject(minutes(15, 15));
  expect(of('alpha', 'gitea')).toMatchObject({ rtoRestartSeconds: 1800, rpoSeconds: 5 });
  expect(of('alpha', 'ollama')).toMatchObject(minutes(5));
  expect(of('alpha', 'ollama')).not.toHaveProperty('rpoSeconds');
  expect(of('alpha', 'morning-reports')).toMatchObject(minutes(60, 24 * 60));
  expect(of('alpha', 'metrics')).toMatchObject(minutes(60, 60));
});

test('a service that runs from the forge keeps a bundle, and waits for the forge only where it is', () => {
  for (const plan of [...plans('alpha'), ...plans('beta')].filter(({ source }) => source)) {
    const kept =
      plan.dataset?.files?.paths.includes(plan.users[0].home) &&
      !plan.dataset.files.exclude.some((path) => path.endsWith('source.bundle'));
    // A relay's events are its dataset; its source comes with the forge, on the same host.
    expect({ name: plan.name, kept: kept || plan.kind === 'nostr-relay' }).toEqual({ name: plan.name, kept: true });
  }
  expect(plans('beta').filter(({ dependsOn }) => dependsOn.includes('gitea'))).toEqual([]);
});

/** "Fleet Topology", "VPS Recovery Runbook", "Emergency Procedures": every system they name, and what became of it. */
const named: Record<string, { service?: string; external?: string; gap?: string; repository?: string }> = {
  Gitea: { service: 'gitea' },
  strfry: { service: 'strfry', gap: 'Binary of strfry' },
  'timmy-relay': { service: 'fleet-relay' },
  Ollama: { service: 'ollama', external: 'Ollama’s model registry' },
  'heartbeat daemon and timmy-health': { service: 'fleet-health' },
  'fleet-health files': { service: 'fleet-health' },
  'morning reports': { service: 'morning-reports', gap: 'Hour of the morning report' },
  'metrics database': { service: 'metrics' },
  'FastAPI backend': { service: 'hermes-backend' },
  'webhook receivers': { service: 'webhooks', gap: 'Ports of the webhook receivers and of CI automation' },
  'CI automation': { service: 'ci-automation' },
  'Actions runner': { service: 'actions-runner' },
  Evennia: { service: 'evennia', gap: 'Ports of Evennia' },
  'Matrix Conduit': { service: 'matrix-conduit' },
  Docker: { service: 'docker' },
  Tailscale: { service: 'tailscale', gap: 'Binaries of Tailscale and Matrix Conduit' },
  'timmy-config': { service: 'fleet-config', gap: 'Ref of timmy-config' },
  'gitea-api.sh and its token': { service: 'api-token' },
  'father messages, distress': { service: 'distress' },
  Telegram: { service: 'distress', external: 'Telegram' },
  'epic-work': { repository: 'Timmy_Foundation/epic-work' },
  'first-steps': { repository: 'allegro-primus/first-steps' },
  'Herald dispatch': { gap: 'Herald dispatch' },
  'failover instance of Allegro': { gap: 'Failover instance of Allegro' },
  'sync of the older hosts': { gap: 'Sync between the two older hosts' },
  'provision-timmy-vps.sh': { gap: 'provision-timmy-vps.sh' },
  'nexus.timmytime.net': { gap: 'nexus.timmytime.net' },
  DigitalOcean: { external: 'DigitalOcean' },
  DNS: { external: 'Cloudflare' },
  'GitHub mirror': { external: 'Second place for repositories (GitHub)' },
};

test.each(Object.entries(named))('%s is not silently missing', (_, { service, external, gap, repository }) => {
  if (service) expect(services).toHaveProperty([service]);
  if (external) expect(externals.map(({ name }) => name)).toContain(external);
  if (gap) expect(gaps.map(({ subject }) => subject)).toContain(gap);
  if (repository) expect(declarations.alpha.repositories.map((entry) => entry.repository)).toContain(repository);
  expect(service ?? external ?? gap ?? repository).toBeDefined();
});
