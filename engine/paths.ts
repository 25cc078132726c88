import { EngineError } from './errors';
import { isObject, isSecret, PropertyMap, Value } from './values';

export type Path = (string | number)[];

/** Parses a property path: `a.b[0]["c"]`, `a[*]`, `*`. */
export function parsePath(text: string): Path {
  const path: Path = [];
  let rest = text;
  while (rest !== '') {
    const match = /^\.?([^.[\]]+)|^\[(\d+|\*)\]|^\["((?:[^"\\]|\\.)*)"\]/.exec(rest);
    if (match === null) throw new EngineError(`'${text}' is not a property path.`);
    const [whole, name, index, quoted] = match;
    if (name !== undefined) path.push(name);
    else if (index !== undefined) path.push(index === '*' ? '*' : Number(index));
    else path.push(JSON.parse(`"${quoted}"`) as string);
    rest = rest.slice(whole.length);
  }
  return path;
}

/** Whether `outer` covers `inner`: it is the same path or one above it. */
export function pathContains(outer: Path, inner: Path): boolean {
  return outer.length <= inner.length && outer.every((part, i) => part === '*' || part === inner[i]);
}

function children(value: Value | undefined): Path {
  if (Array.isArray(value)) return value.map((_, index) => index);
  return isObject(value) ? Object.keys(value) : [];
}

function child(value: Value | undefined, part: string | number): Value | undefined {
  if (isSecret(value)) return child(value.value, part);
  if (Array.isArray(value)) return typeof part === 'number' ? value[part] : undefined;
  return isObject(value) && typeof part === 'string' ? value[part] : undefined;
}

function resetAt(path: Path, old: Value | undefined, target: Value): boolean {
  if (isSecret(target)) return resetAt(path, old, target.value);
  const [part, ...rest] = path;
  if (part === undefined) return false;
  const source = isSecret(old) ? old.value : old;
  if (part === '*') {
    const parts = new Set<string | number>([...children(source), ...children(target)]);
    return [...parts].map((each) => resetAt([each, ...rest], source, target)).every(Boolean);
  }
  const before = child(source, part);
  if (rest.length > 0) {
    const now = child(target, part);
    // A path that leads nowhere on both sides has nothing to ignore.
    if (before === undefined && now === undefined) return true;
    return now !== undefined && before !== undefined && resetAt(rest, before, now);
  }
  if (Array.isArray(target)) {
    if (typeof part !== 'number') return false;
    if (before === undefined || part >= target.length) return before === undefined && part >= target.length;
    target[part] = before;
    return true;
  }
  if (!isObject(target) || typeof part !== 'string') return false;
  if (before === undefined) delete target[part];
  else target[part] = before;
  return true;
}

/**
 * Copies old values over the given paths, so that the provider sees no change there.
 * Returns the paths that could not be applied because an element exists on one side only.
 */
export function applyIgnoreChanges(
  inputs: PropertyMap,
  old: PropertyMap,
  ignore: string[],
): { inputs: PropertyMap; invalid: string[] } {
  const copy = structuredClone(inputs);
  const invalid = ignore.filter((text) => !resetAt(parsePath(text), old, copy));
  return { inputs: copy, invalid };
}
