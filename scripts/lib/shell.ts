/** Lines that a shell reads as they are meant, whatever the values hold. */
export function shellVariables(values: Record<string, string>, prefix = ''): string {
  return Object.entries(values)
    .map(([name, value]) => `${prefix}${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
