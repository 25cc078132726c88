/** The settings of a drill's stack. */
import { StackFile } from '../scripts/lib/stack-file';
import { settingsOf } from '../scripts/lib/stack-settings';
import { plansOf, type ServicePlan } from '../services';
import { NAMESPACE } from '../stacks/model/settings';
import { hostOf, type Stack } from './context';

/** The stack's file, opened with its passphrase. */
export const settingsFile = ({ stack: { configFile, passphrase } }: Pick<Stack, 'stack'>): Promise<StackFile> =>
  StackFile.open(configFile, passphrase);

/** Changes settings of the stack, as a person would with `pulumi config set`. */
export async function configure(stack: Pick<Stack, 'stack'>, change: (file: StackFile) => void): Promise<void> {
  const file = await settingsFile(stack);
  change(file);
  file.save();
}

async function addToRebuild(stack: Stack, more: number): Promise<void> {
  await configure(stack, (file) => {
    const values = settingsOf(file, stack.declaration).rebuild;
    file.setPlain(`${NAMESPACE}:rebuild`, { ...values, [stack.hostName]: (values[stack.hostName] ?? 0) + more });
  });
}

/** Raises the host's `rebuild` value: the word for a successor to a machine that is still there. */
export const raiseRebuild = (stack: Stack): Promise<void> => addToRebuild(stack, 1);

/** Goes back to the machine that serves: nobody asks for a successor any more. */
export const lowerRebuild = (stack: Stack): Promise<void> => addToRebuild(stack, -1);

/** What runs on the host that dies. */
export async function plansOfHost(stack: Stack): Promise<ServicePlan[]> {
  return plansOf(stack.declaration, hostOf(stack), settingsOf(await settingsFile(stack), stack.declaration));
}
