import { ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EngineError } from './errors';
import { Config, Project } from './project';

export interface ProgramOptions {
  project: Project;
  config: Config;
  stack: string;
  address: string;
  preview: boolean;
  parallel: number;
  env: NodeJS.ProcessEnv;
  onOutput: (line: string) => void;
}

const GRACE_MILLISECONDS = 5000;

/** The runner that ships inside the program's own SDK. */
function findRunner(project: Project): string {
  try {
    return require.resolve('@pulumi/pulumi/cmd/run', { paths: [project.pwd] });
  } catch {
    throw new EngineError(`@pulumi/pulumi is not installed for ${project.pwd}: run npm ci there.`);
  }
}

/** A running Pulumi program. */
export class Program {
  private readonly child: ChildProcess;
  /** The exit code; a program ended by a signal counts as 1. */
  readonly exited: Promise<number>;

  constructor(options: ProgramOptions) {
    const { project, config, env } = options;
    const flags = [
      '--monitor',
      options.address,
      '--engine',
      options.address,
      '--sync',
      project.root,
      '--organization',
      'organization',
      '--project',
      project.name,
      '--root-directory',
      project.root,
      '--stack',
      options.stack,
      '--pwd',
      project.pwd,
      ...(options.preview ? ['--dry-run'] : []),
      '--parallel',
      String(options.parallel),
      project.program,
    ];
    const child = spawn(process.execPath, [...project.nodeArguments, findRunner(project), ...flags], {
      cwd: project.pwd,
      env: {
        ...env,
        PULUMI_CONFIG: JSON.stringify(config.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
        ...(project.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: an interrupt at the terminal reaches the engine only, which then decides.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', options.onOutput);
    this.child = child;
    this.exited = new Promise((resolve, reject) => {
      child.once('error', () => reject(new EngineError('The program could not be started: node is missing.')));
      child.once('close', (code) => resolve(code ?? 1));
    });
  }

  /** Ends the program: asks first, then insists. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGINT');
    const insist = setTimeout(() => this.child.kill('SIGKILL'), GRACE_MILLISECONDS);
    await this.exited.catch(() => 1);
    clearTimeout(insist);
  }
}
