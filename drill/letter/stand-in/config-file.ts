/** A stack's file under `pulumi config`: what the stand-in writes, as the official CLI writes it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { Crypter, decrypted, newSalt } from '../../../engine/passphrase';
import { coerced, parsePath, setPath, withoutPath } from './config';

export interface ConfigFile {
  set(key: string, value: string, form: { isPath?: boolean; isSecret?: boolean }): void;
  /** Opened; undefined where it is not set. */
  get(key: string, isPath?: boolean): unknown;
  remove(key: string, isPath?: boolean): void;
}

/** Opens the file, or begins one. */
export async function openConfig(path: string, passphrase: string, project: string): Promise<ConfigFile> {
  const document = parseDocument(existsSync(path) ? readFileSync(path, 'utf8') : '{}');
  const whole = (document.toJS() ?? {}) as { encryptionsalt?: string; config?: Record<string, unknown> };
  const salt = whole.encryptionsalt ?? (await newSalt(passphrase));
  const crypter = await Crypter.open(passphrase, salt);
  const config = whole.config ?? {};
  const save = (name: string) => {
    document.set('encryptionsalt', salt);
    if (!document.has('config')) document.set('config', document.createNode({}));
    if (config[name] === undefined) document.deleteIn(['config', name]);
    else document.setIn(['config', name], document.createNode(config[name]));
    writeFileSync(path, document.toString({ lineWidth: 0 }));
  };
  /** The key as it stands in the file, and what leads into its value. */
  const placeOf = (key: string, isPath = false): { name: string; inner: Array<string | number> } => {
    const [, namespace, rest = ''] = /^(?:([^:]+):)?(.*)$/.exec(key) ?? [];
    const [first, ...inner] = isPath ? parsePath(rest) : [rest];
    return { name: `${namespace ?? project}:${String(first)}`, inner };
  };
  return {
    set(key, value, { isPath, isSecret }) {
      const { name, inner } = placeOf(key, isPath);
      const stored = isSecret ? { secure: crypter.encrypt(value) } : inner.length ? coerced(value) : value;
      const before = config[name];
      config[name] = setPath(before, inner, stored);
      if (!isDeepStrictEqual(before, config[name])) save(name);
    },
    get(key, isPath) {
      const { name, inner } = placeOf(key, isPath);
      const value = decrypted((config[name] ?? null) as Parameters<typeof decrypted>[0], (sealed) =>
        crypter.decrypt(sealed),
      ).value;
      return inner.reduce<unknown>(
        (at, part) => (at as Record<string | number, unknown> | null | undefined)?.[part],
        value ?? undefined,
      );
    },
    remove(key, isPath) {
      const { name, inner } = placeOf(key, isPath);
      config[name] = withoutPath(config[name], inner);
      save(name);
    },
  };
}
