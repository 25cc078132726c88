/** The settings of the stack: one line for each that is missing or wrong. */
import type { Settings } from '../../stacks/model/settings';
import { readFile } from '../lib/stack-settings';
import { fails, holds, type Found } from './finding';
import type { Look } from './look';

/** The plain settings, where all of them are right. */
export const settingsOf = ({ file, declaration }: Look): Settings | undefined =>
  'closed' in file ? undefined : readFile(file, declaration).settings;

export async function settings({ file, declaration, configFile }: Look): Promise<Found[]> {
  const { stack } = declaration;
  if ('closed' in file)
    return [fails('stack file', file.closed, `set PULUMI_CONFIG_PASSPHRASE_FILE, and run fleet init --stack ${stack}`)];
  const found = readFile(file, declaration).problems.map(({ path, message }) => {
    const key = path.replace(/^config /, '');
    return message.startsWith('is missing')
      ? fails(
          key,
          'it is missing',
          `give it to fleet init --stack ${stack} --set ${key.split(':')[1]}=…, or let it be drawn`,
        )
      : fails(key, message, `correct it in ${configFile}`);
  });
  return found.length ? found : [holds('stack file', 'every setting is there')];
}
