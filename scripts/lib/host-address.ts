/** Where a host of a stack is reached. */
import type { SshTarget } from '../../components/ssh';
import { publicName } from '../../services';
import type { Declaration, Host } from '../../stacks';
import { hostPublicKey, NAMESPACE, type Settings } from '../../stacks/model/settings';
import { chooseEngine } from '../engines/choose';
import { UserError } from './errors';
import { stackRef } from './project';
import type { StackFile } from './stack-file';

/** SSH to a host with its key pinned, at the address that the stack recorded; by its public name where there is no state at hand. */
export async function targetOf(
  file: StackFile,
  { stack }: Declaration,
  { name, publicNames }: Host,
  { zone }: Pick<Settings, 'zone'>,
): Promise<SshTarget> {
  const { engine } = await chooseEngine('auto');
  const outputs = await engine.outputs(stackRef(stack)).catch((): Record<string, unknown> => ({}));
  const hosts = outputs.hosts as Record<string, { address?: string }> | undefined;
  const [label] = publicNames;
  const address = hosts?.[name]?.address ?? (label === undefined ? undefined : publicName(label, zone.name));
  if (!address)
    throw new UserError(
      `The address of ${name} is not known: the stack has no outputs here and the host no public name.`,
      'Set PULUMI_BACKEND_URL to where the state is.',
    );
  return {
    host: address,
    privateKey: file.text(`${NAMESPACE}:deployPrivateKey`),
    hostKey: file.text(`${NAMESPACE}:${hostPublicKey(name)}`),
  };
}
