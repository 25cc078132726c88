/** Holds Python files against ruff: `lint-python.mjs [--fix] FILE...`. With --fix they are formatted; what is wrong otherwise is told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';

const { values, positionals } = parseArgs({
  options: { fix: { type: 'boolean', default: false } },
  allowPositionals: true,
});
// Hosts run Debian 12's Python.
const ruff = new Workspace(
  { 'line-length': 120, 'target-version': 'py311', lint: { select: ['E', 'F', 'W', 'B'], ignore: ['E501'] } },
  PositionEncoding.Utf16,
);

for (const file of positionals) {
  const source = readFileSync(file, 'utf8');
  const formatted = ruff.format(source);
  if (values.fix && formatted !== source) writeFileSync(file, formatted);
  const found = ruff
    .check(formatted)
    .map(({ code, message, start_location: { row } }) => `${file}:${row}: ${code} ${message}`);
  if (formatted !== source && !values.fix) found.push(`${file}: not formatted; run npm run format`);
  if (found.length) process.exitCode = 1;
  for (const line of found) process.stdout.write(`${line}\n`);
}
