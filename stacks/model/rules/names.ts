/** Names that the store or a name server would refuse for their length. Tags are shorter than their limit by the schema. */
import { nameLengths } from '../../outside/limits';
import { bucketOf, evidenceBucketOf, publicName } from '../names';
import type { Declaration } from '../schema';
import type { Settings } from '../settings';
import type { Problem } from '../validate';

export function nameRules(
  declaration: Declaration,
  { store: { bucketPrefix }, zone }: Pick<Settings, 'store' | 'zone'>,
): Problem[] {
  const { bucket, label, name } = nameLengths.value;
  const tooLong = (path: string, text: string, limit: number, shorten: string): Problem[] =>
    text.length <= limit
      ? []
      : [{ path, message: `"${text}" has ${text.length} characters and may have ${limit}; shorten ${shorten}` }];
  const names = `the name of the fleet, the stack or the host, or fleet:store.bucketPrefix`;
  return [
    ...tooLong('declaration.stack', evidenceBucketOf(bucketPrefix, declaration), bucket, names),
    ...declaration.hosts.flatMap((host, index) => [
      ...tooLong(`declaration.hosts[${index}].name`, bucketOf(bucketPrefix, declaration, host.name), bucket, names),
      ...host.publicNames.flatMap((one, at) => {
        const path = `declaration.hosts[${index}].publicNames[${at}]`;
        return [
          ...one.split('.').flatMap((part) => tooLong(path, part, label, 'it')),
          ...tooLong(path, publicName(one, zone.name), name, 'it'),
        ];
      }),
    ]),
  ];
}
