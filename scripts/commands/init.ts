import type { Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';

/** `fleet init`: makes the secrets a stack still lacks. */
export function register(program: Command): void {
  program
    .command('init')
    .description('make the secrets and keys that a stack still lacks (never overwrites, prints names only)')
    .requiredOption('-s, --stack <name>', 'stack to complete')
    .option('--set <key=value...>', 'plain settings to store, such as zone=\'{"id":"…","name":"example.org"}\' (secrets come from the environment or a prompt)')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Secrets that only you have are asked for, or taken from the environment (FLEET_STORE_ACCESS_KEY, FLEET_STORE_SECRET_KEY).
A store is refused, with everything that it lacks, before anything is written: it must keep accounts, versions and locks (ops/README.md).
Cloud tokens are never stored: keep DIGITALOCEAN_TOKEN and CLOUDFLARE_API_TOKEN in the environment.

Examples:
  PULUMI_CONFIG_PASSPHRASE_FILE=~/.fleet-passphrase fleet init --stack alpha
  fleet init --stack alpha --set store='{"endpoint":"https://s3.example.org","region":"eu","bucketPrefix":"timmy"}'`,
    )
    .action(async (options: { stack: string; set?: string[]; json?: boolean }) => {
      const { configFileOf, passphrase } = await import('../lib/project');
      const { StackFile } = await import('../lib/stack-file');
      const { declarationOf, initStack, variableOf } = await import('../init/init');
      const { secretsOfStack } = await import('../../services/secrets');
      const { refuseUnfitStore } = await import('../init/fit-store');
      const { askSecret } = await import('../lib/prompt');
      const { NAMESPACE } = await import('../../stacks/settings');

      const declaration = declarationOf(options.stack);
      const file = await StackFile.open(configFileOf(options.stack), passphrase());
      const secrets = new Set(secretsOfStack(declaration).map((secret) => secret.key));
      const stored = (options.set ?? []).map((text) => storePlain(file, NAMESPACE, secrets, text));
      const outcome = await initStack(options.stack, file, async (secret) => {
        return process.env[variableOf(secret.key)] ?? (await askSecret(`${secret.purpose} (${secret.key}): `));
      });
      await refuseUnfitStore(file, [...stored, ...outcome.made]);
      file.save();
      if (options.json) process.stdout.write(`${JSON.stringify({ stack: options.stack, ...outcome, stored })}\n`);
      else {
        for (const name of [...stored, ...outcome.made]) process.stdout.write(`made     ${name}\n`);
        for (const entry of outcome.missing) process.stdout.write(`missing  ${entry.name} (${entry.purpose}): set ${entry.variable}\n`);
        if (!stored.length && !outcome.made.length && !outcome.missing.length) process.stdout.write('Nothing was missing.\n');
      }
      if (outcome.missing.length) process.exitCode = EXIT.failed;
    });
}

/** Stores one `key=value`; JSON text becomes structure. A secret has no place on a command line. */
function storePlain(file: { setPlain(key: string, value: unknown): void; has(key: string): boolean }, namespace: string, secrets: Set<string>, text: string): string {
  const at = text.indexOf('=');
  if (at < 1) throw new UserError('A --set is not of the form key=value.', undefined, EXIT.usage);
  const name = text.slice(0, at);
  if (secrets.has(name)) {
    throw new UserError(`${name} is a secret and does not belong on a command line.`, 'Give it in the environment, or answer the prompt.', EXIT.usage);
  }
  const key = `${namespace}:${name}`;
  if (file.has(key)) throw new UserError(`${key} is already set; fleet init never overwrites.`, `Change it with: pulumi config set ${key}`);
  const value = text.slice(at + 1);
  file.setPlain(key, parsed(value));
  return key;
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
