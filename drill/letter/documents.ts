/** The commands of all documents, in the order in which a person meets them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import { blocksIn, type Block, type Skipped } from './blocks';
import { elsewhere } from './elsewhere';

const OPS = 'ops/README.md';

/** Documents with the sections that hold commands for a real account. */
const CHAPTERS: Array<{ document: string; headings?: string[] }> = [
  { document: 'README.md', headings: ['On a real account'] },
  { document: OPS },
  { document: 'README.md', headings: ['At 3 a.m.'] },
];

/** Every block of the documents, in order. Throws where one is not marked. */
export function allBlocks(read = (document: string) => readFileSync(join(projectDir, document), 'utf8')): {
  blocks: Block[];
  skipped: Skipped[];
} {
  const chapters = CHAPTERS.map(({ document, headings }) => ({
    document,
    ...blocksIn(document, read(document), headings),
  }));
  const unmarked = chapters.flatMap(({ document, unmarked: lines }) => lines.map((line) => `${document}:${line}`));
  if (unmarked.length)
    throw new UserError(
      `These commands are neither in the letter nor said not to be: ${unmarked.join(', ')}.`,
      'Put a comment before each: <!-- letter: NAME --> or <!-- not in the letter: WHY -->',
    );
  // What ops/ has others run comes with its document.
  const blocks = chapters.flatMap(({ document, blocks: own }) => (document === OPS ? [...own, ...elsewhere()] : own));
  return { blocks, skipped: chapters.flatMap(({ skipped }) => skipped) };
}

/** What README asks for: `<!-- letter prerequisites: git node … -->`. */
export function prerequisitesIn(readme: string): string[] {
  const [, names] = /^<!-- letter prerequisites: (.*) -->$/m.exec(readme) ?? [];
  if (!names) throw new Error('README names no prerequisites for the letter');
  return names.split(' ');
}
