/** The official format of encrypted settings and states. The command line reads and writes settings by it too. */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { EngineError } from './errors';
import { isObject, Value } from './values';

const derive = promisify(pbkdf2);
const ITERATIONS = 1_000_000;
const VERIFIER = 'pulumi';
const keys = new Map<string, Promise<Buffer>>();

function keyFor(passphrase: string, salt: Buffer): Promise<Buffer> {
  const id = `${salt.toString('base64')} ${passphrase}`;
  let key = keys.get(id);
  if (key === undefined) {
    // Deriving takes a quarter of a second, and one process opens the same stack many times.
    key = derive(passphrase, salt, ITERATIONS, 32, 'sha256');
    keys.set(id, key);
  }
  return key;
}

function seal(key: Buffer, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString('base64')}:${data.toString('base64')}`;
}

function unseal(key: Buffer, sealed: string): string {
  const [version, nonce, data] = sealed.split(':');
  if (version !== 'v1' || nonce === undefined || data === undefined)
    throw new EngineError('an encrypted value is not in the v1 format.');
  const bytes = Buffer.from(data, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'));
  decipher.setAuthTag(bytes.subarray(bytes.length - 16));
  return decipher.update(bytes.subarray(0, bytes.length - 16)).toString('utf8') + decipher.final('utf8');
}

/** Makes a new salt text (`v1:salt:verifier`) for a stack. */
export async function newSalt(passphrase: string): Promise<string> {
  const salt = randomBytes(8);
  return `v1:${salt.toString('base64')}:${seal(await keyFor(passphrase, salt), VERIFIER)}`;
}

/**
 * Encrypts and decrypts with one passphrase and salt, in the official passphrase format.
 * A text that was seen before keeps its ciphertext, so that a state does not change for nothing.
 */
export class Crypter {
  private readonly sealed = new Map<string, string>();
  private constructor(
    private readonly key: Buffer,
    readonly salt: string,
  ) {}

  /** Opens a salt text; a wrong passphrase is an error. */
  static async open(passphrase: string, salt: string): Promise<Crypter> {
    const [version, own, ...verifier] = salt.split(':');
    if (version !== 'v1' || own === undefined || verifier.length !== 3)
      throw new EngineError('The encryption salt of the stack is not in the v1 format.');
    const key = await keyFor(passphrase, Buffer.from(own, 'base64'));
    let opened: string;
    try {
      opened = unseal(key, verifier.join(':'));
    } catch {
      throw new EngineError('The passphrase is incorrect: it does not open this stack.');
    }
    if (opened !== VERIFIER) throw new EngineError('The passphrase is incorrect: it does not open this stack.');
    return new Crypter(key, salt);
  }

  /** Encrypts a text (a config value is the bare string, a property its JSON text). */
  encrypt(text: string): string {
    let sealed = this.sealed.get(text);
    if (sealed === undefined) {
      sealed = seal(this.key, text);
      this.sealed.set(text, sealed);
    }
    return sealed;
  }

  /** Decrypts a text made by `encrypt` or by the official CLI. */
  decrypt(sealed: string): string {
    let text: string;
    try {
      text = unseal(this.key, sealed);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError('An encrypted value does not open with this passphrase.');
    }
    this.sealed.set(text, sealed);
    return text;
  }
}

/** A configuration value with what is sealed in it opened, and whether anything was. */
export function decrypted(value: Value, decrypt: (text: string) => string): { value: Value; secret: boolean } {
  if (isObject(value)) {
    if (typeof value.secure === 'string' && Object.keys(value).length === 1)
      return { value: decrypt(value.secure), secret: true };
    const members = Object.entries(value).map(([key, child]) => [key, decrypted(child, decrypt)] as const);
    return {
      value: Object.fromEntries(members.map(([key, child]) => [key, child.value])),
      secret: members.some(([, child]) => child.secret),
    };
  }
  if (Array.isArray(value)) {
    const items = value.map((child) => decrypted(child, decrypt));
    return { value: items.map((item) => item.value), secret: items.some((item) => item.secret) };
  }
  return { value, secret: false };
}
