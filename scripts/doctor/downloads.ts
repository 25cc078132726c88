/** Whether hosts could fetch what they are made from, asked from here: each download answers, also through its redirects, and is pinned. */
import { interceptors, Agent, request } from 'undici';
import pMap from 'p-map';
import { plansOf, type ServicePlan } from '../../services';
import { backupTools } from '../../services/artifacts';
import type { Declaration } from '../../stacks';
import { modelManifest } from '../../stacks/outside/addresses';
import type { Artifact } from '../../stacks/outside/artifact';
import { artifacts as known } from '../../stacks/outside/artifacts';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';
import { settingsOf } from './settings';

const AT_ONCE = 4;
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 5;

export async function downloads(look: Look): Promise<Found[]> {
  const what = 'downloads';
  // Without the settings nobody knows what a host needs; that they are not whole is told by themselves.
  const settings = settingsOf(look);
  if (!settings) return [];
  if (!look.isReal) return [holds(what, 'not asked: the hosts of this cloud have an outside of their own')];
  const plans = look.declaration.hosts.flatMap((host) => plansOf(look.declaration, host, settings));
  const models = modelsOf(look.declaration, plans);
  const fetched = (list: Download[]) => pMap(list, (one) => answers(one), { concurrency: AT_ONCE });
  if (settings.artifactMirror)
    return [
      await answers({ name: 'mirror', version: '', url: settings.artifactMirror }, 500),
      ...(await fetched(models)),
    ];
  const needed = [...backupTools, ...plans.flatMap(({ artifacts }) => artifacts)].map(({ name }) => name);
  const used = known.map(({ value }) => value).filter(({ name }) => needed.includes(name));
  return [
    ...used.filter((artifact) => 'pin' in artifact && artifact.pin === null).map(unpinned),
    ...(await fetched([...used.flatMap((artifact) => ('url' in artifact ? [artifact] : [])), ...models])),
  ];
}

/** Models that the inference of a host must have. They come from their registry, whether programs come from a mirror or not. */
export const modelsOf = ({ models }: Declaration, plans: Array<Pick<ServicePlan, 'name'>>): Download[] =>
  plans.some(({ name }) => name === 'ollama')
    ? models
        .filter(({ required }) => required)
        .map(({ name }) => ({ name: 'model', version: name, url: modelManifest(name), method: 'GET' }))
    : [];

interface Download {
  name: string;
  version: string;
  url: string;
  /** HEAD where it is not said. */
  method?: 'GET';
}

const unpinned = ({ name, version }: Artifact): Found =>
  fails(`${name} ${version}`, 'nobody has said yet what it must be', `run: bin/fleet artifacts pin ${name}`);

/** One download; what a host would get is not fetched, but for a model's manifest, which is small. */
export const answers = (
  { name, version, url, method = 'HEAD' }: Omit<Download, 'method'> & { method?: 'HEAD' | 'GET' },
  below = 300,
): Promise<Found> =>
  tried(
    `${name} ${version}`.trim(),
    url
      ? 'see that this machine and the hosts reach it, or set fleet:artifactMirror'
      : 'set fleet:artifactMirror, and put it there',
    async () => {
      if (!url) throw new Error('only a mirror can supply it, and there is none');
      const agent = new Agent();
      try {
        const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS }));
        const { statusCode, body, headers } = await request(url, {
          method,
          dispatcher,
          headersTimeout: TIMEOUT_MS,
          bodyTimeout: TIMEOUT_MS,
        });
        await body.dump();
        if (statusCode >= below) throw new Error(`${url} answered ${statusCode}`);
        return `${new URL(url).host} has it${headers['content-length'] ? `, ${Math.ceil(Number(headers['content-length']) / 2 ** 20)} MiB` : ''}`;
      } finally {
        await agent.destroy();
      }
    },
  );
