import type { FastifyRequest } from 'fastify';

function wholeNumber(value: unknown, fallback: number, most: number): number {
  const number = Number(value);
  return Number.isInteger(number) && number >= 1 ? Math.min(number, most) : fallback;
}

/** Absolute address of this API as the caller reached it, for the links in answers. */
export function origin(request: FastifyRequest): string {
  return `http://${request.headers.host ?? 'localhost'}`;
}

/** One page of a DigitalOcean list. Clients derive the page they are on from `prev`, so it is there from page 2 on. */
export function page<T>(request: FastifyRequest, key: string, items: T[]): Record<string, unknown> {
  const query = request.query as Record<string, string>;
  const size = wholeNumber(query.per_page, 20, 200);
  const current = wholeNumber(query.page, 1, Number.MAX_SAFE_INTEGER);
  const last = Math.max(1, Math.ceil(items.length / size));
  const path = request.url.split('?')[0];
  const link = (number: number) =>
    `${origin(request)}${path}?${new URLSearchParams({ ...query, page: String(number), per_page: String(size) })}`;
  const pages: Record<string, string> = {};
  if (current > 1) Object.assign(pages, { first: link(1), prev: link(current - 1) });
  if (current < last) Object.assign(pages, { next: link(current + 1), last: link(last) });
  return {
    [key]: items.slice((current - 1) * size, current * size),
    links: Object.keys(pages).length > 0 ? { pages } : {},
    meta: { total: items.length },
  };
}

/** One page of a Cloudflare list; past the end it is empty, which is the only end that the provider knows. */
export function cloudflarePage<T>(
  request: FastifyRequest,
  items: T[],
  size: number,
  largest: number,
): { result: T[]; result_info: object } {
  const query = request.query as Record<string, string>;
  const perPage = wholeNumber(query.per_page, size, largest);
  const current = wholeNumber(query.page, 1, Number.MAX_SAFE_INTEGER);
  const result = items.slice((current - 1) * perPage, current * perPage);
  return {
    result,
    result_info: {
      page: current,
      per_page: perPage,
      count: result.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / perPage),
    },
  };
}
