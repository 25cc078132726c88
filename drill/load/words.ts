/** Text for what the load writes. */
import type { Random } from '../seed/random';

const words = [
  'signal',
  'ledger',
  'harvest',
  'compass',
  'thicket',
  'quarry',
  'rampart',
  'sextant',
  'tinder',
  'upland',
  'vessel',
  'willow',
];

/** A line of `from` to `to` words. */
export function line(random: Random, from: number, to: number): string {
  return Array.from({ length: random.between(from, to) }, () => random.pick(words)).join(' ');
}
