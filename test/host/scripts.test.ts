/** Every script, before any of them runs. */
import { execFileSync } from 'child_process';
import { readFileSync, statSync } from 'fs';
import { basename, join } from 'path';
import { SCRIPTS } from '../../scripts/sandbox/sandbox';

const files = execFileSync('find', [SCRIPTS, '-type', 'f', '-printf', '%P\n'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .sort();
const text = (file: string) => readFileSync(join(SCRIPTS, file), 'utf8');
const programs = files.filter((file) => /^#!.*\b(bash|sh)\n/.test(text(file)));

test('there are scripts to check', () => {
  expect(programs.map((file) => basename(file))).toEqual(
    expect.arrayContaining([
      'provision',
      'sshd-harden',
      'install',
      'converge',
      'restore',
      'start',
      'verify',
      'transaction',
      'protect',
      'backup',
      'flush',
      'heartbeat',
      'git-ship',
      'ship-hook',
    ]),
  );
});

test('every program is executable', () => {
  expect(programs.filter((file) => (statSync(join(SCRIPTS, file)).mode & 0o111) !== 0o111)).toEqual([]);
});

test('every unit starts a script or program that exists', () => {
  const units = files.filter((file) => file.startsWith('units/') && file.endsWith('.service'));
  expect(units.length).toBeGreaterThan(3);
  for (const unit of units) {
    const program = /^ExecStart=(\S+)/m.exec(text(unit))![1];
    expect(program).toMatch(/^\/usr\/local\//);
    if (program.startsWith('/usr/local/lib/fleet/'))
      expect(files).toContain(program.slice('/usr/local/lib/fleet/'.length));
  }
});
