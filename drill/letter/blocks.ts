/**
 * Commands in documents. A block of code is preceded by a comment that is not shown: `<!-- letter: NAME; … -->` for one that is run, with what is
 * so before it and what must be seen after it, or `<!-- not in the letter: WHY -->` for one that is not.
 */

export interface Block {
  document: string;
  /** Line of the first command, for people. */
  line: number;
  name: string;
  /** Whole commands; a line that ends with a backslash goes on. */
  commands: string[];
  /** What happens before it, in the words of `events.ts`. */
  after?: string;
  /** Where it is run; at the operator's desk without it. */
  at?: string;
  /** Texts that the output must hold. */
  sees: string[];
  /** Exit code of the last command. */
  exit: number;
}

export interface Skipped {
  document: string;
  line: number;
  why: string;
}

export interface Marked {
  blocks: Block[];
  skipped: Skipped[];
  /** Lines at which a block begins that no comment speaks of. */
  unmarked: number[];
}

const COMMENT = /^\s*<!-- (letter|not in the letter): (.*?) -->\s*$/;

/** The blocks of code in a Markdown text, below the headings named, or in all of it. */
export function blocksIn(document: string, text: string, headings?: string[]): Marked {
  const marked: Marked = { blocks: [], skipped: [], unmarked: [] };
  let inside = headings === undefined;
  let comment: RegExpExecArray | null = null;
  let last = -1;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (index <= last) continue;
    const [, title] = /^## (.*)$/.exec(line) ?? [];
    if (headings && title !== undefined) inside = headings.includes(title);
    if (!inside) continue;
    if (COMMENT.test(line)) {
      comment = COMMENT.exec(line);
      continue;
    }
    const code = codeAt(lines, index);
    if (code) {
      const [, kind, words = ''] = comment ?? [];
      if (!kind) marked.unmarked.push(code.first + 1);
      else if (kind === 'letter') marked.blocks.push(blockOf(document, code.first + 1, words, code.lines));
      else marked.skipped.push({ document, line: code.first + 1, why: words });
      last = code.last;
    }
    if (line.trim()) comment = null;
  }
  return marked;
}

/** A fenced block, or one that is indented below a paragraph or an item of a list. */
function codeAt(lines: string[], index: number): { first: number; last: number; lines: string[] } | undefined {
  const lineAt = (at: number) => lines[at] ?? '';
  if (/^\s*```/.test(lineAt(index))) {
    const end = lines.findIndex((line, at) => at > index && /^\s*```/.test(line));
    return { first: index + 1, last: end, lines: lines.slice(index + 1, end).map((line) => line.trimEnd()) };
  }
  const indent = /^( {4,})\S/.exec(lineAt(index))?.[1];
  // What goes on after an item's own line is text.
  if (!indent || (lineAt(index - 1).trim() !== '' && !COMMENT.test(lineAt(index - 1)))) return undefined;
  const isIndented = (at: number) => lineAt(at).startsWith(indent);
  let last = index;
  while (isIndented(last + 1) || (lineAt(last + 1).trim() === '' && isIndented(last + 2))) last++;
  return { first: index, last, lines: lines.slice(index, last + 1).map((line) => line.slice(indent.length)) };
}

function blockOf(document: string, line: number, words: string, lines: string[]): Block {
  const [name = '', ...rest] = words.split(/;\s+/);
  const block: Block = { document, line, name, commands: commandsIn(lines), sees: [], exit: 0 };
  for (const part of rest) {
    const [, key, value = ''] = /^(after|at|sees|exit): (.*)$/.exec(part) ?? [];
    if (key === 'sees') block.sees.push(value);
    else if (key === 'exit') block.exit = Number(value);
    else if (key === 'after' || key === 'at') block[key] = value;
    else throw new Error(`${document}:${line}: the letter does not know "${part}"; it knows after, at, sees and exit`);
  }
  return block;
}

function commandsIn(lines: string[]): string[] {
  const commands: string[] = [];
  let open = false;
  for (const line of lines.filter((one) => one.trim() && !one.trim().startsWith('#'))) {
    if (open) commands[commands.length - 1] += `\n${line}`;
    else commands.push(line);
    open = line.endsWith('\\');
  }
  return commands;
}
