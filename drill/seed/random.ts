/** Repeatable randomness: the same seed gives the same drill. */
import { createCipheriv, createHash } from 'node:crypto';
import { required } from '../../stacks/model/required';

/** Small generator (mulberry32) for choices; not for secrets. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return required(list[Math.floor(this.next() * list.length)], 'something to pick');
  }
}

/** Bytes that do not compress, named by seed and label; the same name gives the same bytes. */
export function bytes(seed: number, label: string, length: number): Buffer {
  const key = createHash('sha256').update(`${seed}/${label}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
