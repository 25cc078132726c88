import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { markLatest, openWorkspace } from '../../drill/workspace';

let drills: string;
beforeEach(() => {
  drills = mkdtempSync(join(tmpdir(), 'fleet-test-'));
  process.env.FLEET_DRILLS_DIR = drills;
});
afterEach(() => {
  delete process.env.FLEET_DRILLS_DIR;
});

test('a drill leaves its folder and nothing else', () => {
  const workspace = openWorkspace(new Date('2026-01-01T00:00:00Z'));
  writeFileSync(join(workspace.workDir, 'x'), '');
  markLatest(workspace.dir);
  workspace.release();
  expect(readdirSync(drills).sort()).toEqual(['2026-01-01T00-00-00-000Z', 'latest']);
  expect(existsSync(workspace.workDir)).toBe(false);
  expect(readlinkSync(join(drills, 'latest'))).toBe(basename(workspace.dir));
});

test('a second drill is refused while one runs', () => {
  const workspace = openWorkspace(new Date());
  expect(() => openWorkspace(new Date())).toThrow(/already running \(process \d+\)/);
  workspace.release();
});

test('what a killed drill left is swept by the next one', () => {
  const left = join(drills, '2025-12-31T00-00-00-000Z', 'work');
  mkdirSync(left, { recursive: true });
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(drills, '.running'), `${gone} 12345`);
  const workspace = openWorkspace(new Date());
  expect(workspace.interruptedBefore).toBe(true);
  expect(existsSync(left)).toBe(false);
  workspace.release();
});

test('the launcher runs from any directory', () => {
  const run = spawnSync(resolve(__dirname, '../../bin/fleet'), ['--help'], { cwd: tmpdir(), encoding: 'utf8' });
  expect(run.status).toBe(0);
  expect(run.stdout).toContain('fleet drill');
});
