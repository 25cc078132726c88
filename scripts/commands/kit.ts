import { InvalidArgumentError, type Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';

interface MakeOptions {
  stack: string[];
  recipient?: string[];
  out?: string;
  json?: boolean;
}

interface CheckOptions {
  identity?: string;
  maxAge: number;
  json?: boolean;
}

const PASSPHRASE = 'FLEET_KIT_PASSPHRASE';

/** A whole number of days, at least 1. */
function days(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of days.');
  return Number(value);
}

/** `fleet kit`: one encrypted file from which a rebuild can start in an empty folder. */
export function register(program: Command): void {
  const kit = program
    .command('kit')
    .description('make a recovery kit: one encrypted file from which a rebuild can start in an empty folder')
    .helpCommand(false)
    .enablePositionalOptions()
    .option('--stack <name...>', 'stacks that it is to bring back')
    .option(
      '--recipient <age1...>',
      'age recipients who can open it (default: a passphrase, asked for or in FLEET_KIT_PASSPHRASE)',
    )
    .option('--out <file>', 'where to write it (default: fleet-kit-<stacks>-<date>.tar.gz.age here)')
    .option('--json', 'print what it holds as JSON')
    .addHelpText(
      'after',
      `
It holds the program with its history, the stacks' settings and state, their passphrase and the clouds' tokens, and says what to do
with them. It refuses when any of that is missing, and when a part would have to be fetched from the forge that it is to bring back.
Keep copies away from the fleet, and make a new one after every change. Open it with:

  age --decrypt KIT | tar --extract --gzip        (with --identity KEYFILE where it was made for a recipient)
  ./rebuild alpha

Examples:
  fleet kit --stack alpha beta --recipient age1qqp…
  fleet kit check fleet-kit-alpha-20261121.tar.gz.age --identity key.txt`,
    )
    .action(async (options: MakeOptions) => {
      if (!options.stack?.length)
        throw new UserError('No stack was named.', 'Add --stack with what the kit is to bring back.', EXIT.usage);
      const { makeKit } = await import('../kit/make');
      const recipients = options.recipient ?? [];
      const lock = recipients.length
        ? { recipients }
        : { passphrase: await passphraseOf('Passphrase for the kit: ', true) };
      const made = await makeKit([...new Set(options.stack)], lock, options.out);
      if (options.json) process.stdout.write(`${JSON.stringify(made)}\n`);
      else
        process.stdout.write(
          `${made.file}: ${made.manifest.stacks.map(({ stack }) => stack).join(', ')}, ${made.bytes} bytes, encrypted\nOpen it with: age --decrypt ${made.file} | tar --extract --gzip\n`,
        );
    });
  kit
    .command('check')
    .description('say what a kit holds, how old it is and whether a rebuild can start from it (exit code 1 when not)')
    .argument('<kit>', 'the file')
    .option(
      '--identity <file>',
      'age identity that opens it (default: the passphrase, asked for or in FLEET_KIT_PASSPHRASE)',
    )
    .option('--max-age <days>', 'older than this it must not be relied on', days, 31)
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  fleet kit check kit.tar.gz.age --identity key.txt\n  FLEET_KIT_PASSPHRASE=… fleet kit check kit.tar.gz.age --max-age 7',
    )
    .action(async (path: string, options: CheckOptions) => {
      const { checkKit, kitText } = await import('../kit/check');
      const { identityIn, readKit } = await import('../kit/make');
      const kit = readKit(path);
      const key = options.identity
        ? { identity: identityIn(options.identity) }
        : { passphrase: await passphraseOf('Passphrase of the kit: ', false) };
      const report = await checkKit(kit, key, options.maxAge);
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${kitText(report)}\n`);
      if (report.problems.length) process.exitCode = EXIT.failed;
    });
}

/** From the environment or the terminal; a new one is asked for twice. */
async function passphraseOf(question: string, isNew: boolean): Promise<string> {
  const { askSecret } = await import('../lib/prompt');
  const given = process.env[PASSPHRASE] || (await askSecret(question));
  if (!given)
    throw new UserError(
      'A kit is never written in clear.',
      `Name who can open it with --recipient, or set ${PASSPHRASE}.`,
      EXIT.usage,
    );
  if (isNew && !process.env[PASSPHRASE] && (await askSecret('Once more: ')) !== given)
    throw new UserError('The two passphrases differ.', undefined, EXIT.usage);
  return given;
}
