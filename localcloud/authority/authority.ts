import { issue, type KeyPair, type Validity } from './keys';
import { rootOf, type Root } from './trust';

/** Whom hosts of the embedded cloud and the drill's clients trust, beside the public ones: the cloud's own root, and those of its ACME server. */
export class Authority {
  private constructor(
    private readonly pair: KeyPair,
    private readonly trusted: Root[],
  ) {}

  /** `issuers` are the roots of the ACME server so far: what they signed may be in a backup. */
  static async of(pair: KeyPair, issuers: string[] = []): Promise<Authority> {
    return new Authority(pair, await Promise.all([pair.certificate, ...issuers].map(rootOf)));
  }

  /** Certificate and key of a TLS server that plays these names. */
  certificateFor(names: string[], validity?: Validity): Promise<KeyPair> {
    return issue(this.pair, names, validity);
  }

  /** Trusts one more root from now on; false when it was trusted already. */
  async learn(pem: string): Promise<boolean> {
    if (this.trusted.some((root) => root.pem === pem)) return false;
    this.trusted.push(await rootOf(pem));
    return true;
  }

  roots(): Root[] {
    return this.trusted;
  }

  /** The same as one PEM text, for clients. */
  bundle(): string {
    return this.trusted.map(({ pem }) => `${pem.trim()}\n`).join('');
  }
}
