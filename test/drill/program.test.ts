/** A drill's own project: what a run of the program reads below its folder is there. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as programs from '../../components/programs/contracts';
import { HOST_FOLDER } from '../../components/steps';
import { DECLARED, projectOf } from '../../drill/program/project';
import { declarations } from '../../stacks';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'fleet-test-'))));

test('it holds what the program copies to hosts, and the programs that it runs', () => {
  const project = projectOf(join(dir, 'program'), []);
  for (const path of [HOST_FOLDER, ...Object.values(programs)])
    expect([path, existsSync(join(project, path))]).toEqual([path, true]);
});

test('declared again, it is the same project with other declarations', () => {
  const { alpha, beta } = declarations;
  const project = projectOf(join(dir, 'program'), [alpha]);
  expect(projectOf(project, [beta])).toBe(project);
  expect(JSON.parse(readFileSync(join(project, DECLARED), 'utf8'))).toEqual([beta]);
});
