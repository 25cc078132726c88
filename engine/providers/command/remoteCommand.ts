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
    connection: 'connection',
    create: 'string',
    update: 'string',
    delete: 'string',
    triggers: 'list',
    stdin: 'string',
    logging: 'logging',
    addPreviousOutputInEnv: 'bool',
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
        channel.on('data', (chunk: Buffer) => output.add('stdout', chunk));
        channel.stderr.on('data', (chunk: Buffer) => output.add('stderr', chunk));
        // Only the closing of the channel comes surely later than this: its exit may have come with the answer to the command.
        channel.on('close', (code?: number | null, signal?: string) => resolve(endOf(code, signal)));
        channel.end(typeof inputs.stdin === 'string' ? inputs.stdin : '');
      });
    });
    output.flush();
    if (status !== undefined)
      throw new EngineError(`${status}: running ${JSON.stringify(text)}:\n${output.combined()}`);
    return { stdout: trimNewline(output.text('stdout')), stderr: trimNewline(output.text('stderr')) };
  }
}

/** How a process ended, in the official provider's words; nothing where it ended well. */
function endOf(code: number | null | undefined, signal: string | undefined): string | undefined {
  if (code === 0) return undefined;
  if (code === undefined) return 'Process ended without an exit status';
  return code === null ? `Process exited from signal ${String(signal)}` : `Process exited with status ${code}`;
}
