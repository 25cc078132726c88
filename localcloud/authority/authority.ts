import type { KeyPair } from './keys';
import { issue } from './keys';
import { rootOf, type Root } from './trust';

/** Whom hosts of the embedded cloud and the drill's clients trust for names that the cloud plays: its own root, and nobody else does. */
export class Authority {
  private constructor(private readonly pair: KeyPair, private readonly trusted: Root[]) {}

  static async of(pair: KeyPair): Promise<Authority> {
    return new Authority(pair, [await rootOf(pair.certificate)]);
  }

  /** Certificate and key of a TLS server that plays these names. */
  certificateFor(names: string[]): Promise<KeyPair> {
    return issue(this.pair, names);
  }

  roots(): Root[] {
    return this.trusted;
  }

  /** The same as one PEM text, for clients. */
  bundle(): string {
    return this.trusted.map(({ pem }) => `${pem.trim()}\n`).join('');
  }
}
