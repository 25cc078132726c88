/** What stands in the way, collected, so that everything wrong is told at once. */
import type { Host } from '../../stacks';
import type { MachineAccount } from '../machines/driver';

/** One sentence for each thing that stands in the way of the order for a machine. */
export async function ordered(account: MachineAccount, host: Host): Promise<string[]> {
  const problems = await Promise.all([account.noRoom(host), account.unavailable(host)]);
  return problems.flat().map(({ what, todo }) => `${what}; ${todo}`);
}

/** Everything that is wrong. */
export class Problems extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}

/** Runs it; whatever is wrong is listed below the headline. */
export async function refusing(headline: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const problems = error instanceof Problems ? error.problems : [(error as Error).message];
    throw new Error([headline, ...problems.map((problem) => `  - ${problem}`)].join('\n'));
  }
}

/** What a check found, or why it could not be made. */
export async function problemsOf(check: () => Promise<string[]>): Promise<string[]> {
  try {
    return await check();
  } catch (error) {
    return [(error as Error).message];
  }
}
