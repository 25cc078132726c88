/** The Python index as the cloud plays it: the simple pages and files of what the cache holds. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the cache that hold files of the index. */
export const pythonFolders = (artifacts: string): string[] => {
  try {
    return readdirSync(artifacts)
      .filter((name) => name.startsWith('python-'))
      .map((name) => join(artifacts, name));
  } catch {
    return [];
  }
};

/** As the index spells names (PEP 503). */
const normal = (name: string) => name.toLowerCase().replace(/[-_.]+/g, '-');
const projectOf = (file: string) => normal(file.replace(file.endsWith('.whl') ? /-.*$/ : /-[^-]*$/, ''));

const files = (artifacts: string) =>
  pythonFolders(artifacts).flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.(whl|tar\.gz|zip)$/.test(file))
      .map((file) => ({ file, path: join(folder, file) })),
  );

/** The page of `/simple/NAME/`, with links below `base`; undefined where the index has no such project. */
export function simplePage(artifacts: string, path: string, base: string): string | undefined {
  const name = /^\/simple\/([^/]+)\/?$/.exec(path)?.[1];
  const found = files(artifacts).filter(({ file }) => name !== undefined && projectOf(file) === normal(name));
  if (!found.length) return undefined;
  const links = found.map(({ file }) => `    <a href="${base}/packages/${file}">${file}</a><br />`);
  return [
    '<!DOCTYPE html>',
    '<html>',
    '  <head><meta name="pypi:repository-version" content="1.1"></head>',
    '  <body>',
    ...links,
    '  </body>',
    '</html>',
    '',
  ].join('\n');
}

/** File of the cache behind `/packages/FILE`. */
export const packageAt = (artifacts: string, path: string): string | undefined =>
  files(artifacts).find(({ file }) => path === `/packages/${file}`)?.path;
