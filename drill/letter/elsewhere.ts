/** What ops/ has others run: units of a machine outside the fleet, and workflows of another forge. The commands are taken out of those files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectDir } from '../../scripts/lib/project';
import type { Block } from './blocks';
import { DOCUMENTED } from './filling';
import { required } from '../../stacks/model/required';

/** Where the units expect the program. */
export const UNITS_PROGRAM = '/opt/fleet-recovery';
const ENVIRONMENT = 'ops/fleet-ops.env.example';

const read = (file: string): string => readFileSync(join(projectDir, file), 'utf8');

/** Names of the variables that the units' environment file has. */
export const unitVariables = (): string[] => read(ENVIRONMENT).match(/^[A-Z_]+(?==)/gm) ?? [];

/** What a unit starts, for the stack. */
export function unitBlock(unit: string, name: string, sees: string[]): Block {
  const document = `ops/systemd/${unit}`;
  const text = read(document);
  const [, command] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  if (!command) throw new Error(`${document} starts nothing`);
  return {
    document,
    line: text.slice(0, text.indexOf('ExecStart=')).split('\n').length,
    name,
    commands: [command.replaceAll('%i', DOCUMENTED)],
    at: 'a unit',
    sees,
    exit: 0,
  };
}

interface Job {
  steps: Array<{ run?: string }>;
}

/** The commands of one job of a workflow. Its steps that only fetch tools are what the runner's machine has. */
export function workflowBlock(workflow: string, job: string, name: string, sees: string[]): Block {
  const document = `ops/workflows/${workflow}`;
  const { jobs } = parse(read(document)) as { jobs: Record<string, Job> };
  const { steps } = required(jobs[job], `job ${job} of ${document}`);
  const commands = steps.flatMap(({ run }) => (run ? [run.replaceAll('${{ matrix.stack }}', DOCUMENTED)] : []));
  return { document, line: 1, name, commands, at: 'a runner', sees, exit: 0 };
}

/** In the order of ops/README. */
export const elsewhere = (): Block[] => [
  unitBlock('fleet-alarm@.service', 'alarm by a unit', ['Every dataset can be restored.']),
  unitBlock('fleet-verify@.service', 'proof by a unit', [`ok      ${DOCUMENTED}`]),
  unitBlock('fleet-prune@.service', 'prune by a unit', ['Freed']),
  workflowBlock('alarm.yaml', 'status', 'alarm by a workflow', ['Every dataset can be restored.']),
];
