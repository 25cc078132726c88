/** Words of the official engine and its providers, as they came. */
import { advice } from '../../scripts/engines/advice';
import { distinct, wordsOf } from '../../scripts/engines/words';

const ASSIGNMENT =
  'urn:pulumi:drill::fleet::fleet:index:Fleet$fleet:host:Host$fleet:host:Cutover$digitalocean:index/reservedIpAssignment:ReservedIpAssignment::alpha';
const REASON =
  'Error retrieving reserved IP: GET https://api.digitalocean.com/v2/reserved_ips/198.18.0.128: 404 (request "0fd8") The resource you were accessing could not be found.';
const OWN = `sdk-v2/provider2.go:572: sdk.helper_schema: ${REASON}: provider=digitalocean@4.68.0`;
const ENGINES = `refreshing ${ASSIGNMENT}: 1 error occurred:\n\t* ${REASON}\n\n`;

test('a provider’s error is its reason, the engine’s is which resource and that reason', () => {
  expect(wordsOf(`<{%reset%}>${OWN}<{%reset%}>`)).toBe(REASON);
  expect(wordsOf(ENGINES)).toBe(`refreshing ReservedIpAssignment alpha: ${REASON}`);
  expect(wordsOf('warning: plain words: of 2 parts')).toBe('plain words: of 2 parts');
  expect(wordsOf(`${ASSIGNMENT} is protected`)).toBe('ReservedIpAssignment alpha is protected');
});

test('one failure is one error, with the command that goes on', () => {
  const errors = distinct([OWN, ENGINES, 'update failed'].map(wordsOf));
  expect(errors).toEqual([`refreshing ReservedIpAssignment alpha: ${REASON}`]);
  expect(advice(errors)).toEqual([
    expect.stringMatching(
      /address 198\.18\.0\.128 is not there, though the account lists it: run the same command again/,
    ),
  ]);
  expect(distinct(['a', 'a', 'b'])).toEqual(['a', 'b']);
  expect(distinct(['update failed'])).toEqual(['update failed']);
});
