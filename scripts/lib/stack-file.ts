/** Pulumi.<stack>.yaml: plain and encrypted settings, comments kept, written by rename. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseDocument, type Document } from 'yaml';
import { Crypter, decrypted, newSalt } from '../../engine/passphrase';
import type { Written } from '../../stacks/model/read-settings';
import { NAMESPACE } from '../../stacks/model/settings';
import { UserError } from './errors';

export class StackFile {
  private constructor(
    private readonly path: string,
    private readonly document: Document,
    private readonly crypter: Crypter,
  ) {}

  /** Opens the file, or begins one; a salt is made when there is none. A wrong passphrase is an error. */
  static async open(path: string, passphrase: string): Promise<StackFile> {
    const document = parseDocument(existsSync(path) ? readFileSync(path, 'utf8') : '');
    const [problem] = document.errors;
    if (problem) throw new UserError(`${path} is not valid YAML: ${problem.message.replace(/\n.*/s, '')}`);
    if (document.contents === null) document.contents = document.createNode({}) as never;
    let salt = document.get('encryptionsalt') as string | undefined;
    if (!salt) {
      salt = await newSalt(passphrase);
      document.set('encryptionsalt', salt);
    }
    try {
      return new StackFile(path, document, await Crypter.open(passphrase, salt));
    } catch {
      throw new UserError(
        `The passphrase does not open ${path}.`,
        'Set PULUMI_CONFIG_PASSPHRASE to the passphrase of this stack.',
      );
    }
  }

  /** Whether the key (`namespace:name`) has a value. */
  has(key: string): boolean {
    return this.document.hasIn(['config', key]);
  }

  /** The value as it is written; what is sealed, whole or in part, comes opened. */
  get(key: string): unknown {
    return this.opened(key).value;
  }

  /** Every setting of this program. */
  written(): Written {
    const config = (this.document.toJS() as { config?: Record<string, unknown> | null }).config ?? {};
    const keys = Object.keys(config)
      .filter((key) => key.startsWith(`${NAMESPACE}:`))
      .map((key) => key.slice(NAMESPACE.length + 1));
    return {
      values: Object.fromEntries(keys.map((key) => [key, this.get(`${NAMESPACE}:${key}`)])),
      encrypted: keys.filter((key) => this.opened(`${NAMESPACE}:${key}`).secret),
    };
  }

  /** A value that must be there as text. */
  text(key: string): string {
    const value = this.get(key);
    if (typeof value !== 'string' || value === '')
      throw new UserError(`${key} is not set in ${this.path}.`, 'Run fleet init for the stack.');
    return value;
  }

  setPlain(key: string, value: unknown): void {
    this.ensureConfig();
    this.document.setIn(['config', key], this.document.createNode(value));
  }

  setSecret(key: string, value: string): void {
    this.ensureConfig();
    this.document.setIn(['config', key], this.document.createNode({ secure: this.crypter.encrypt(value) }));
  }

  /** The same under another path, not yet written. */
  copyTo(path: string): StackFile {
    return new StackFile(path, this.document.clone(), this.crypter);
  }

  /** Takes a value out; one that is not there is fine. */
  remove(key: string): void {
    this.document.deleteIn(['config', key]);
  }

  /** Writes the whole file at once, so that a kill leaves the old or the new one. */
  save(): void {
    const next = `${this.path}.new`;
    writeFileSync(next, this.document.toString({ lineWidth: 0 }));
    renameSync(next, this.path);
  }

  private opened(key: string): { value: unknown; secret: boolean } {
    const node = this.document.getIn(['config', key], true) as
      { toJSON(): Parameters<typeof decrypted>[0] } | undefined;
    return decrypted(node?.toJSON() ?? null, (sealed) => this.crypter.decrypt(sealed));
  }

  private ensureConfig(): void {
    const config = this.document.get('config');
    if (config === undefined || config === null) this.document.set('config', this.document.createNode({}));
  }
}
