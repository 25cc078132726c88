/** Writes the generated documents, or says which of them differ. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { folderOf, rendered, type Source } from './documents';

export interface Difference {
  file: string;
  /** `missing`: not there; `changed`: there and different; `left over`: there and no document any more. */
  how: 'missing' | 'changed' | 'left over';
}

/** What differs between the documents of a project and what the source makes of them. */
export function differences(projectDir: string, source: Source): Difference[] {
  const wanted = rendered(source);
  const below = folderOf(source.fleet);
  const folder = join(projectDir, below);
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const path = (file: string) => `${below}/${file}`;
  return [
    ...[...wanted].flatMap(([file, text]): Difference[] => {
      if (!there.includes(file)) return [{ file: path(file), how: 'missing' }];
      return readFileSync(join(folder, file), 'utf8') === text ? [] : [{ file: path(file), how: 'changed' }];
    }),
    ...there.filter((file) => !wanted.has(file)).map((file): Difference => ({ file: path(file), how: 'left over' })),
  ];
}

/** Writes what differs and returns it. */
export function write(projectDir: string, source: Source): Difference[] {
  const wanted = rendered(source);
  const all = differences(projectDir, source);
  mkdirSync(join(projectDir, folderOf(source.fleet)), { recursive: true });
  for (const { file, how } of all) {
    const target = join(projectDir, file);
    if (how === 'left over') rmSync(target, { recursive: true });
    else writeFileSync(target, wanted.get(basename(file)) ?? '');
  }
  return all;
}
