import { runCloud } from './daemon/cloud';
import { reason } from './errors';
import { paths } from './paths';

/** The detached process that is the embedded cloud. What it prints goes to run/daemon.log. */
async function main(): Promise<void> {
  const fatal = (error: unknown) => {
    process.stderr.write(`${reason(error)}\n`);
    process.exit(1);
  };
  process.on('unhandledRejection', fatal);
  process.on('SIGHUP', () => undefined);
  const stop = await runCloud(paths(), fatal);
  const end = () => void stop().then(() => process.exit(0), fatal);
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

main().catch((error) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exit(1);
});
