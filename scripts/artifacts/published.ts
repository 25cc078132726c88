/** What the makers of a download say its checksum is. */
import type { Download } from '../../stacks/outside/artifact';
import { textAt, type Get } from './web';

/** Checksum of a file in a list of `<hash>  <name>`, also inside a signature, or the only word of the text; undefined where it is not in it. */
export function checksumIn(text: string, file: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const named = lines.find(([hash, name]) => isHash(hash) && name?.replace(/^[*]?(\.\/)?/, '') === file);
  const [only, ...more] = text.trim().split(/\s+/);
  const alone = more.length === 0 && isHash(only) ? only : undefined;
  return (named?.[0] ?? alone)?.toLowerCase();
}

const isHash = (word: string | undefined) => /^([0-9a-f]{64}|[0-9a-f]{128})$/i.test(word ?? '');

/** The published checksum of a download, SHA-256 or SHA-512; undefined where its makers publish none. */
export async function publishedChecksum(get: Get, { url, published }: Download): Promise<string | undefined> {
  const file = url.split('/').at(-1) ?? '';
  const text = await textAt(get, published.url);
  if (published.form !== 'github-digest') return checksumIn(text, file);
  const { assets } = JSON.parse(text) as { assets?: Array<{ name: string; digest?: string | null }> };
  return assets?.find(({ name }) => name === file)?.digest?.replace(/^sha256:/, '') ?? undefined;
}
