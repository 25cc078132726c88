/** Plain Markdown: what the generated documents are made of. */

/** First line of every generated document. */
export const NOTICE = '<!-- Written by `fleet docs` from the declaration. Change that, and run it again. -->';

/** One document: its title, and paragraphs, tables and sections below it. */
export const page = (title: string, ...parts: string[]): string => `${[NOTICE, `# ${title}`, ...parts].join('\n\n')}\n`;

export const section = (title: string, ...parts: string[]): string => [`## ${title}`, ...parts].join('\n\n');

export const subsection = (title: string, ...parts: string[]): string => [`### ${title}`, ...parts].join('\n\n');

/** A cell ends at a bar and a row at a line break, whatever is written in it. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');

/** A table; with no rows the sentence that says so. */
export function table(head: string[], rows: string[][], none = 'None.'): string {
  if (!rows.length) return none;
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

export const list = (items: string[]): string => items.map((item) => `- ${item}`).join('\n');

export const numbered = (items: string[]): string => items.map((item, index) => `${index + 1}. ${item}`).join('\n');

export const code = (text: string, language = ''): string => `\`\`\`${language}\n${text}\n\`\`\``;

export const mono = (text: string): string => `\`${text}\``;

/** Words in a row: `a`, `a and b`, `a, b and c`. */
export function words(items: string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Whole seconds in hours or minutes where they come out even: 900 → `15 min`, 90 → `90 s`. */
export function duration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
