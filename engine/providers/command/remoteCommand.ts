import { EngineError } from '../../errors';
import { PropertyMap, Value } from '../../values';
import { Call, CheckFailure } from '../types';
import { FieldType, Ran, requireKnown, RunnableResource, trimNewline } from './base';
import { completeConnection, connectionOf } from './connection';
import { OutputCollector } from './output';
import { openCommand, withClient } from './ssh';

/** `command:remote:Command` */
export class RemoteCommand extends RunnableResource {
  protected readonly fields: Record<string, FieldType> = {
    connection: 'connection', create: 'string', update: 'string', delete: 'string', triggers: 'list', stdin: 'string',
    logging: 'logging', addPreviousOutputInEnv: 'bool',
  };
  protected readonly required = ['connection'];

  protected override complete(key: string, value: Value, failures: CheckFailure[]): Value {
    return key === 'connection' ? completeConnection(value, failures) : value;
  }

  protected async run(call: Call, text: string, inputs: PropertyMap, previous: Ran | undefined): Promise<Ran> {
    requireKnown(inputs);
    const output = new OutputCollector(call, inputs.logging);
    // The server may refuse variables; officially that is a warning only, and most servers do.
    const env: Record<string, string> = {};
    if (previous !== undefined && inputs.addPreviousOutputInEnv !== false) {
      if (previous.stdout !== '') env.PULUMI_COMMAND_STDOUT = previous.stdout;
      if (previous.stderr !== '') env.PULUMI_COMMAND_STDERR = previous.stderr;
    }
    const status = await withClient(call, connectionOf(inputs), async (client) => {
      const channel = await openCommand(client, text, env);
      return new Promise<string | undefined>((resolve) => {
        let ended: string | undefined = 'Process ended without an exit status';
        channel.on('data', (chunk: Buffer) => output.add('stdout', chunk));
        channel.stderr.on('data', (chunk: Buffer) => output.add('stderr', chunk));
        channel.on('exit', (code: number | null, signal?: string) => {
          if (code === 0) ended = undefined;
          else ended = code === null ? `Process exited from signal ${String(signal)}` : `Process exited with status ${code}`;
        });
        channel.on('close', () => resolve(ended));
        channel.end(typeof inputs.stdin === 'string' ? inputs.stdin : '');
      });
    });
    output.flush();
    if (status !== undefined) throw new EngineError(`${status}: running ${JSON.stringify(text)}:\n${output.combined()}`);
    return { stdout: trimNewline(output.text('stdout')), stderr: trimNewline(output.text('stderr')) };
  }
}
