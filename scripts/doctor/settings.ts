/** The settings of the stack: one line for each that is missing or wrong. */
import { secretsOfStack } from '../../services/secrets';
import { hostPublicKey, NAMESPACE, settingsSchema, type Settings } from '../../stacks/settings';
import { fails, holds, type Found } from './finding';
import type { Look } from './look';

/** The plain settings, where all of them are right. */
export const settingsOf = (look: Look): Settings | undefined => parsed(look).data;

export async function settings(look: Look): Promise<Found[]> {
  const { file, declaration, configFile } = look;
  const { stack, hosts } = declaration;
  if ('closed' in file) return [fails('stack file', file.closed, `set PULUMI_CONFIG_PASSPHRASE_FILE, and run fleet init --stack ${stack}`)];
  const needed = [...secretsOfStack(declaration).filter(({ optional }) => !optional).map(({ key }) => key), ...hosts.map(({ name }) => hostPublicKey(name))];
  const missing = needed.map((key) => `${NAMESPACE}:${key}`).filter((key) => !file.has(key));
  const wrong = (parsed(look).error?.issues ?? []).map(({ path, message }) => {
    const key = `${NAMESPACE}:${path.join('.')}`;
    return file.has(`${NAMESPACE}:${String(path[0])}`) ? fails(key, message, `correct it in ${configFile}`) : fails(key, 'it is missing', `give it to fleet init --stack ${stack} --set ${String(path[0])}=…`);
  });
  const found = [...missing.map((key) => fails(key, 'it is missing', `run fleet init --stack ${stack}`)), ...wrong];
  return found.length ? found : [holds('stack file', 'every setting is there')];
}

const parsed = ({ value }: Look) =>
  settingsSchema.safeParse(Object.fromEntries(Object.keys(settingsSchema.shape).flatMap((key) => (value(`${NAMESPACE}:${key}`) === undefined ? [] : [[key, value(`${NAMESPACE}:${key}`)]]))));
