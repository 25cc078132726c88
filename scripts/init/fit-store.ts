/** A store that cannot hold backups is refused when it is given, because afterwards backups would seem to be there. */
import { NAMESPACE, storeSchema } from '../../stacks/model/settings';
import { storeFindings } from '../doctor/store';
import { UserError } from '../lib/errors';
import type { StackFile } from '../lib/stack-file';

const STORE = `${NAMESPACE}:store`;
const ACCESS_KEY = `${NAMESPACE}:storeAccessKey`;
const SECRET_KEY = `${NAMESPACE}:storeSecretKey`;
const KEYS = [STORE, ACCESS_KEY, SECRET_KEY];

/** Throws, with everything that is wrong, where one of the store's settings was given now and the store does not hold what it must. */
export async function refuseUnfitStore(file: StackFile, changed: string[]): Promise<void> {
  if (!KEYS.some((key) => changed.includes(key)) || !KEYS.every((key) => file.has(key))) return;
  const { endpoint, region, bucketPrefix } = storeSchema.parse(file.get(STORE));
  const wrong = (
    await storeFindings(
      { endpoint, region, accessKey: file.text(ACCESS_KEY), secretKey: file.text(SECRET_KEY) },
      bucketPrefix,
    )
  ).filter(({ todo }) => todo);
  if (wrong.length === 0) return;
  throw new UserError(
    [
      `The store at ${endpoint} cannot hold the backups of the fleet; nothing was written:`,
      ...wrong.map(({ what, detail, todo }) => `  - ${what}: ${detail}; ${todo}`),
    ].join('\n'),
    'Fix this and run fleet init again.',
  );
}
