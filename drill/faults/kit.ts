/** Nothing is left but the store and a recovery kit: the rebuild starts in an empty folder. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import execa from 'execa';
import { ageIdentity } from '../../scripts/init/generate';
import { EXIT, UserError } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import { phase, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { keepNote } from '../keep';
import type { Struck } from '../phases/fault';
import { fleet, fleetPlain } from './child';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { loseAndRecover } from './steps';

export const onlyTheKit: Fault = {
  kind: 'only-the-kit',
  title: 'the host is gone, and with it state, settings and working copy: rebuilt from the recovery kit alone',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'kit', 'a recovery kit, made and checked', makeKit);
    await loseAndRecover(drill, { before: unpack, rebuilding: rebuildFromKit });
  },
};

const kitOf = ({ workspace }: Seeded) => ({
  file: join(workspace.workDir, 'kit.tar.gz.age'),
  key: join(workspace.workDir, 'kit-key.txt'),
});
/** Kept and removed with the state, because it becomes the state. */
const folderOf = ({ workspace }: Seeded): string => join(workspace.stateDir, 'kit');

async function makeKit(drill: Seeded): Promise<void> {
  const { file, key } = kitOf(drill);
  const { secret, publicHalf } = await ageIdentity();
  writeFileSync(key, `${secret}\n`, { mode: 0o600 });
  const made = await fleetPlain(drill, [
    'kit',
    '--stack',
    drill.declaration.stack,
    '--recipient',
    required(publicHalf, 'the recipient'),
    '--out',
    file,
  ]);
  if (made.code !== EXIT.ok) throw new UserError(`No recovery kit could be made: ${made.output.trim()}`);
  const checked = await fleetPlain(drill, ['kit', 'check', file, '--identity', key]);
  drill.record.check(
    'the recovery kit is complete',
    checked.code === EXIT.ok,
    checked.output.trim().split('\n').at(-1) ?? '',
  );
}

/** What the working copy had is gone; the kit is opened with the tools that any machine has. */
async function unpack(drill: Seeded): Promise<void> {
  const { file, key } = kitOf(drill);
  const { stateDir } = drill.workspace;
  rmSync(stateDir, { recursive: true });
  rmSync(drill.stack.configFile);
  mkdirSync(folderOf(drill), { recursive: true, mode: 0o700 });
  const opened = await execa(
    'bash',
    ['-c', 'set -o pipefail; age --decrypt --identity "$0" "$1" | tar --extract --gzip', key, file],
    { cwd: folderOf(drill), reject: false },
  );
  if (opened.exitCode !== 0)
    throw new UserError(
      `The kit did not open: ${opened.stderr.trim()}`,
      'A person needs age and tar for it, and so does this fault: apt-get install age.',
    );
}

async function rebuildFromKit(drill: Struck): Promise<Struck> {
  const { stack } = drill;
  const folder = folderOf(drill);
  // No token, no place and no passphrase of this process: the kit has its own.
  const { PATH, HOME, FLEET_CACHE_DIR } = process.env;
  const env = {
    PATH,
    HOME,
    ...(FLEET_CACHE_DIR && { FLEET_CACHE_DIR }),
    FLEET_KIT_PACKAGES: projectDir,
    NO_COLOR: '1',
  };
  const run = await fleet(drill, 'up', [], {
    instead: { file: join(folder, 'rebuild'), args: [stack.stack], env },
    onEvent: (event) => {
      drill.record.steps.observe(event);
      drill.provider.follow(event);
    },
  });
  if (run.code !== EXIT.ok) throw new UserError(`The rebuild from the kit failed: ${saidBy(run.output)}`);
  const linked = /^packages from /m.test(run.output);
  drill.record.check(
    'rebuilt from the kit alone',
    true,
    `program cloned from its bundle, settings, state and passphrase of the kit; npm packages ${linked ? 'linked from the working copy, whose lockfile is the same' : 'installed from the registry'}`,
  );
  const program = join(folder, 'program');
  const rebuilt = {
    ...stack,
    projectDir: program,
    configFile: join(program, `Pulumi.${stack.stack}.yaml`),
    backendDir: join(folder, 'state'),
  };
  keepNote(drill, rebuilt);
  return { ...drill, stack: rebuilt };
}
