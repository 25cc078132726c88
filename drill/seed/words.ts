/** Text for what is written to the forge. */
import type { Random } from './random';

const words = [
  'anvil',
  'beacon',
  'cinder',
  'delta',
  'ember',
  'falcon',
  'granite',
  'harbor',
  'ivory',
  'juniper',
  'kestrel',
  'lantern',
  'meadow',
  'nimbus',
  'orchard',
  'pilot',
];

export const word = (random: Random): string => random.pick(words);

/** A line of `from` to `to` words. */
export const line = (random: Random, from: number, to: number): string =>
  Array.from({ length: random.between(from, to) }, () => word(random)).join(' ');
