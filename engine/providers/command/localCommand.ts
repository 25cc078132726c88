import { spawn } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import { CancelledError, EngineError } from '../../errors';
import { PropertyMap, Value } from '../../values';
import { Call } from '../types';
import { FieldType, Ran, requireKnown, RunnableResource, trimNewline } from './base';
import { OutputCollector } from './output';

const SHELL = '/bin/sh';

/** `command:local:Command` */
export class LocalCommand extends RunnableResource {
  protected readonly fields: Record<string, FieldType> = {
    create: 'string',
    update: 'string',
    delete: 'string',
    triggers: 'list',
    stdin: 'string',
    logging: 'logging',
    environment: 'map',
    interpreter: 'strings',
    dir: 'string',
    addPreviousOutputInEnv: 'bool',
  };
  protected readonly required: string[] = [];

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly root: string,
  ) {
    super();
  }

  private environment(inputs: PropertyMap, previous: Ran | undefined): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = { ...this.env, ...(inputs.environment as Record<string, string> | undefined) };
    if (previous === undefined || inputs.addPreviousOutputInEnv === false) return env;
    if (previous.stdout !== '') env.PULUMI_COMMAND_STDOUT = previous.stdout;
    if (previous.stderr !== '') env.PULUMI_COMMAND_STDERR = previous.stderr;
    return env;
  }

  protected async run(call: Call, text: string, inputs: PropertyMap, previous: Ran | undefined): Promise<Ran> {
    requireKnown(inputs);
    const interpreter = (inputs.interpreter as Value[] | undefined)?.map(String) ?? [];
    const [program = SHELL, ...args] = interpreter.length > 0 ? interpreter : [SHELL, '-c'];
    const output = new OutputCollector(call, inputs.logging);
    const status = await new Promise<string | undefined>((resolve, reject) => {
      const child = spawn(program, [...args, text], {
        cwd: typeof inputs.dir === 'string' ? resolvePath(this.root, inputs.dir) : this.root,
        env: this.environment(inputs, previous),
        // A group of its own, so that a cancelled command takes its children with it.
        detached: true,
      });
      const stop = (): void => {
        if (child.pid === undefined) return;
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It ended by itself in this moment.
        }
      };
      call.signal.addEventListener('abort', stop, { once: true });
      child.stdout.on('data', (chunk: Buffer) => output.add('stdout', chunk));
      child.stderr.on('data', (chunk: Buffer) => output.add('stderr', chunk));
      child.on('error', () =>
        reject(new EngineError(`${program} could not be started in ${String(inputs.dir ?? this.root)}.`)),
      );
      child.on('close', (code, signal) => {
        call.signal.removeEventListener('abort', stop);
        resolve(code === 0 ? undefined : code === null ? `signal: ${String(signal)}` : `exit status ${code}`);
      });
      // A command that does not read its input may be gone before all of it is written.
      child.stdin.on('error', () => undefined);
      child.stdin.end(typeof inputs.stdin === 'string' ? inputs.stdin : '');
    });
    output.flush();
    if (call.signal.aborted)
      throw call.signal.reason instanceof EngineError ? call.signal.reason : new CancelledError();
    if (status !== undefined)
      throw new EngineError(`${status}: running ${JSON.stringify(text)}:\n${output.combined()}`);
    return { stdout: trimNewline(output.text('stdout')), stderr: trimNewline(output.text('stderr')) };
  }
}
