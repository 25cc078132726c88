/** A tagged template for HTML: whatever is put in is escaped, except what another such template made. */

export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | Part[] | undefined;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(written).join('');
  return part === undefined ? '' : String(part).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** Attributes must be written between double quotes. */
export function markup(fixed: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(fixed.map((text, n) => text + written(parts[n])).join(''));
}
