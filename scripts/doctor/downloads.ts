/** Whether hosts could fetch what they are made from, asked from here: each download answers, also through its redirects, and is pinned. */
import { interceptors, Agent, request } from 'undici';
import { plansOf } from '../../services';
import { backupTools } from '../../services/artifacts';
import type { Artifact } from '../../stacks/outside/artifact';
import { artifacts as known } from '../../stacks/outside/artifacts';
import { mapLimit } from '../lib/concurrency';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';
import { settingsOf } from './settings';

const AT_ONCE = 4;
const TIMEOUT_MS = 20_000;
const MOST_REDIRECTS = 5;

export async function downloads(look: Look): Promise<Found[]> {
  const what = 'downloads';
  // Without the settings nobody knows what a host needs; that they are not whole is told by themselves.
  const settings = settingsOf(look);
  if (!settings) return [];
  if (!look.isReal) return [holds(what, 'not asked: the hosts of this cloud have an outside of their own')];
  if (settings.artifactMirror) return [await answers({ name: 'mirror', version: '', url: settings.artifactMirror }, 500)];
  const needed = [...backupTools, ...look.declaration.hosts.flatMap((host) => plansOf(look.declaration, host, settings).flatMap(({ artifacts }) => artifacts))].map(({ name }) => name);
  const used = known.map(({ value }) => value).filter(({ name }) => needed.includes(name));
  return [...used.filter((artifact) => 'pin' in artifact && artifact.pin === null).map(unpinned), ...(await mapLimit(used.flatMap((artifact) => ('url' in artifact ? [artifact] : [])), AT_ONCE, (artifact) => answers(artifact)))];
}

const unpinned = ({ name, version }: Artifact): Found => fails(`${name} ${version}`, 'nobody has said yet what it must be', `run: bin/fleet artifacts pin ${name}`);

/** One download; what a host would get is not fetched. */
export const answers = ({ name, version, url }: { name: string; version: string; url: string }, below = 300): Promise<Found> =>
  tried(`${name} ${version}`.trim(), url ? 'see that this machine and the hosts reach it, or set fleet:artifactMirror' : 'set fleet:artifactMirror, and put it there', async () => {
    if (!url) throw new Error('only a mirror can supply it, and there is none');
    const agent = new Agent();
    try {
      const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MOST_REDIRECTS }));
      const { statusCode, body, headers } = await request(url, { method: 'HEAD', dispatcher, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
      await body.dump();
      if (statusCode >= below) throw new Error(`${url} answered ${statusCode}`);
      return `${new URL(url).host} has it${headers['content-length'] ? `, ${Math.ceil(Number(headers['content-length']) / 2 ** 20)} MiB` : ''}`;
    } finally {
      await agent.destroy();
    }
  });
