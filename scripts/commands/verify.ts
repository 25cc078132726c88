import type { Command } from 'commander';
import type { EngineChoice } from '../engines/choose';
import { EXIT, Interrupted } from '../lib/errors';
import { engineOption } from './engine-verb';

/** `fleet verify`: proves the backups by restoring them. */
export function register(program: Command): void {
  program
    .command('verify')
    .description(
      'prove the backups: restore the newest points to a scratch host that is closed, run every check, keep the evidence',
    )
    .requiredOption('-s, --stack <name>', 'stack whose backups are proved')
    .addOption(engineOption())
    .option('--json', 'print the evidence as JSON')
    .addHelpText(
      'after',
      `
The scratch host gets a key that can only read, and before any data is on it nothing may leave it but what goes to the store: no webhook,
mirror, message or agent that comes back gets out. It is taken away at the end, also after a failure; the stack itself is not touched.
The evidence is kept in the store, where fleet status looks for it and says when it is overdue. Exit code 1 when a check failed.

Examples:
  fleet verify --stack alpha
  fleet verify --stack alpha --json | jq '.[].checks'`,
    )
    .action(async (options: { stack: string; engine: EngineChoice; json?: boolean }) => {
      const { chooseEngine } = await import('../engines/choose');
      const { readableUrn } = await import('../engines/engine');
      const { requireTokens } = await import('../engines/tokens');
      const { declarationOf } = await import('../init/init');
      const { Progress } = await import('../lib/progress');
      const { stackRef } = await import('../lib/project');
      const { tokensOf } = await import('../lib/stack-tokens');
      const { prove } = await import('../verify/verify');

      declarationOf(options.stack);
      const stack = stackRef(options.stack);
      await requireTokens(tokensOf(stack.configFile));
      const { engine, reason } = await chooseEngine(options.engine);
      const progress = new Progress();
      const abort = new AbortController();
      const interrupt = () => abort.abort();
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
      progress.begin('verify', `backups of ${options.stack}, ${engine.label} (${reason})`);
      try {
        const evidence = await prove(stack, {
          engine,
          signal: abort.signal,
          say: (line) => progress.say(`  ${line}`),
          onEvent: (event) => {
            if (event.kind === 'step-start') progress.waiting(`${event.op} ${readableUrn(event.urn)}`);
            else if (event.kind === 'diagnostic' && event.severity === 'error')
              progress.say(`error: ${event.message.split('\n')[0]}`);
          },
        });
        if (abort.signal.aborted) throw new Interrupted();
        if (options.json) process.stdout.write(`${JSON.stringify(evidence)}\n`);
        else
          for (const { host, checks } of evidence)
            for (const { name, ok, detail } of checks)
              process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${host}  ${name}: ${detail.split('\n')[0]}\n`);
        if (!evidence.every(({ ok }) => ok)) process.exitCode = EXIT.failed;
      } finally {
        progress.stop();
        process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
      }
    });
}
