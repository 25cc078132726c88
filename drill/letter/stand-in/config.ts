/** `pulumi config set` and `rm` as the official CLI writes them: text as it is given; below a `--path` what looks like a number or a boolean becomes one. */

type Container = Record<string, unknown> | unknown[];

/** The value of a setting after `config set --path`: a key of the whole, then what leads into it. */
export function setPath(current: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const container = containerFor(current, key);
  const inner = (container as Record<string | number, unknown>)[key];
  (container as Record<string | number, unknown>)[key] = setPath(inner, rest, value);
  return container;
}

/** What has another shape is written over at the top, as the CLI does; JSON text is text to it. */
function containerFor(current: unknown, key: string | number): Container {
  const isList = typeof key === 'number';
  if (typeof current === 'object' && current !== null && Array.isArray(current) === isList) {
    if (isList && key > (current as unknown[]).length) throw new Error('array index out of range');
    return structuredClone(current) as Container;
  }
  return isList ? [] : {};
}

/** What a plain value below a path is stored as. */
export function coerced(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^[+-]?\d+$/.test(value) && !(value.length > 1 && value.startsWith('0')) && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value;
}

/** `a.b[0]["c.d"]` as its parts. */
export function parsePath(text: string): Array<string | number> {
  const parts: Array<string | number> = [];
  let rest = text;
  while (rest) {
    const found = /^\[(\d+)\]|^\["((?:[^"\\]|\\.)*)"\]|^\.?([^.[\]]+)/.exec(rest);
    if (!found) throw new Error(`invalid config key path "${text}"`);
    const [whole, index, quoted, name] = found;
    parts.push(index !== undefined ? Number(index) : (quoted?.replace(/\\(.)/g, '$1') ?? name ?? ''));
    rest = rest.slice(whole.length);
  }
  return parts;
}

/** The value after `config rm`, which takes the whole setting away where no path leads into it. */
export function withoutPath(current: unknown, path: readonly (string | number)[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof current !== 'object' || current === null) return undefined;
  const container = structuredClone(current) as Record<string | number, unknown>;
  if (rest.length) container[key] = withoutPath(container[key], rest);
  else if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
  return container;
}
