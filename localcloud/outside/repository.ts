/** A source repository as the cloud plays it: a bare one in the cache, served as plain files, which git clones too. */
import { stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';

/** Repositories by their path on GitHub, with the folder of the cache that holds `repository.git`. */
const REPOSITORIES: Record<string, string> = { '/hoytech/strfry': 'strfry-1.1.3' };

/** File of the cache behind a path below a repository. */
export async function repositoryFile(artifacts: string, path: string): Promise<string | undefined> {
  const [name, folder] =
    Object.entries(REPOSITORIES).find(([at]) => path.startsWith(`${at}/`) || path.startsWith(`${at}.git/`)) ?? [];
  if (!name || !folder) return undefined;
  const inside = normalize(path.slice(name.length).replace(/^\.git\//, '/'));
  const file = join(artifacts, folder, 'repository.git', inside);
  return (await stat(file).catch(() => undefined))?.isFile() ? file : undefined;
}
