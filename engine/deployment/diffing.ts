import { parsePath, pathContains } from '../paths';
import { DiffKind, DiffResult } from '../providers/types';
import { containsUnknown, deepEquals, unwrap, Value } from '../values';

/** Whether the difference can only be met by a new resource. */
export function isReplacement(diff: DiffResult): boolean {
  return diff.replaceKeys.length > 0 || Object.values(diff.detailed).some((kind) => kind.endsWith('-replace'));
}

/** Turns differences under the given paths into replacements. */
export function applyReplaceOnChanges(diff: DiffResult, paths: string[], hasInitErrors: boolean): DiffResult {
  const outer = paths.map(parsePath);
  if (!diff.changed) {
    if (!hasInitErrors || !outer.some((path) => pathContains(path, ['#initerror']))) return diff;
    return { ...diff, changed: true, replaceKeys: ['#initerror'] };
  }
  const replaceKeys = new Set(diff.replaceKeys);
  const detailed = Object.entries(diff.detailed).map(([text, kind]): [string, DiffKind] => {
    const path = parsePath(text);
    const [top = ''] = path;
    // The key itself counts as a reason only when a path names it (or all of it), not one below it.
    if (outer.some((each) => pathContains(each, [top]))) replaceKeys.add(String(top));
    const covered = outer.some((each) => pathContains(each, path)) && !kind.endsWith('-replace');
    return [text, covered ? (`${kind}-replace` as DiffKind) : kind];
  });
  return { ...diff, detailed: Object.fromEntries(detailed), replaceKeys: [...replaceKeys] };
}

/** Whether a changed replacement trigger asks for a new resource; having one for the first time does not. */
export function isTriggered(now: Value | undefined, before: Value | undefined): boolean {
  if (containsUnknown(now) || containsUnknown(before)) return true;
  const [a, b] = [unwrap(now ?? null), unwrap(before ?? null)];
  return a !== null && b !== null && !deepEquals(a, b);
}
