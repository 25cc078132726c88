/**
 * Property values in the form in which they travel between program and engine: plain JSON, where
 * a one-key-marked object stands for a secret, an asset, an archive or a resource.
 */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type PropertyMap = Record<string, Value>;

export const SIGNATURE = '4dabf18193072939515e22adb298388d';
export const SECRET = '1b47061264138c4ac30d75fd1eb44270';
export const ASSET = 'c44067f5952c0a294b673a41bacd8c17';
export const ARCHIVE = '0def7320c3a5731c473e5ecbe6d01bc7';
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Whether the value is a plain or marked object (not null, not an array). */
export function isObject(value: unknown): value is { [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasSignature(value: unknown, signature: string): value is { [key: string]: Value } {
  return isObject(value) && value[SIGNATURE] === signature;
}

/** Whether the value is wrapped as a secret. */
export const isSecret = (value: unknown): value is { value: Value } => hasSignature(value, SECRET);
/** Whether the value is an asset (one file or text). */
export const isAsset = (value: unknown): value is { [key: string]: Value } => hasSignature(value, ASSET);
/** Whether the value is an archive (a directory or packed file). */
export const isArchive = (value: unknown): value is { [key: string]: Value } => hasSignature(value, ARCHIVE);

/** Wraps a value as secret; a secret stays as it is. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** Applies a function to every direct member of an array or object. */
export function mapChildren(value: Value, f: (child: Value) => Value): Value {
  if (Array.isArray(value)) return value.map(f);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, f(child)]));
  return value;
}

function some(value: Value | undefined, test: (v: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((child) => some(child, test));
  return isObject(value) && Object.values(value).some((child) => some(child, test));
}

/** The value with every secret wrapper taken off, at any depth. */
export function unwrap(value: Value): Value {
  return isSecret(value) ? unwrap(value.value) : mapChildren(value, unwrap);
}

/** A property map with every secret wrapper taken off. */
export function unwrapAll(map: PropertyMap): PropertyMap {
  return unwrap(map) as PropertyMap;
}

/** Whether a secret occurs anywhere in the value. */
export const containsSecret = (value: Value | undefined): boolean => some(value, isSecret);
/** Whether a value that is only known after a step occurs anywhere in it. */
export const containsUnknown = (value: Value | undefined): boolean => some(value, (v) => v === UNKNOWN);

/** Replaces every secret by a fixed word, for output that people read. */
export function mask(value: Value): Value {
  return isSecret(value) ? '[secret]' : mapChildren(value, mask);
}

/** Drops undefined members, which the protocol cannot carry. */
export function compact(map: Record<string, Value | undefined>): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

/**
 * Equality as the engine sees it: a missing key equals null, assets are equal when their hashes
 * are, and a secret equals only a secret.
 */
export function deepEquals(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  if ((isAsset(a) && isAsset(b)) || (isArchive(a) && isArchive(b))) return a.hash === b.hash;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEquals(item, b[i]));
  }
  if (isObject(a)) {
    if (!isObject(b)) return false;
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => deepEquals(a[key], b[key]));
  }
  return a === b;
}
