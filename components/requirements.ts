/** Refuses a Node.js that is too old. The program imports this first: what it imports next may not load in an older one. */
import { RunError } from '@pulumi/pulumi/errors';
import { isOlder, nodeJs } from '../stacks/outside/versions';

const { version, execPath } = process;
if (isOlder(version, nodeJs.value)) {
  throw new RunError(
    `This program needs Node.js ${nodeJs.value} or newer, and pulumi started it with ${version} (${execPath}): put a newer node first on PATH, or use \`bin/fleet up\`, which fetches one.`,
  );
}
