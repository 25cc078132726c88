import type { z } from 'zod';

/** An answer other than 2xx. `code` is DigitalOcean's word or Cloudflare's number. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string | number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export const notFound = () => new ApiError(404, 'not_found', 'The resource you were accessing could not be found.');
export const unprocessable = (message: string) => new ApiError(422, 'unprocessable_entity', message);
export const pendingEvent = () => unprocessable('Droplet already has a pending event.');

const BAD_REQUEST = ['bad_request', 'The request could not be understood.'] as const;
const SERVER_ERROR = ['server_error', 'Unexpected server-side error'] as const;
const WORDS: Record<number, readonly [string, string]> = {
  401: ['unauthorized', 'Unable to authenticate you'],
  403: ['forbidden', 'You are not authorized to perform this operation'],
  404: ['not_found', 'The resource you were accessing could not be found.'],
  409: ['conflict', 'The resource is in use.'],
  412: ['precondition_failed', 'The state of the resource does not allow this.'],
  422: ['unprocessable_entity', 'The request was well-formed but could not be carried out.'],
  429: ['too_many_requests', 'API rate limit exceeded.'],
  503: ['service_unavailable', 'The service is unavailable.'],
};

/** The error of a status for which no handler has more to say (faults, framework errors). */
export function statusError(status: number, message?: string): ApiError {
  const [code, words] = WORDS[status] ?? (status < 500 ? BAD_REQUEST : SERVER_ERROR);
  return new ApiError(status, code, message ?? words);
}

export function digitalOceanBody(error: ApiError, requestId: string): object {
  return { id: String(error.code), message: error.message, request_id: requestId };
}

/** Cloudflare's code of a status, for errors that carry DigitalOcean's word or none. */
const NUMBERS: Record<number, number> = { 401: 10000, 403: 10000, 404: 7003, 429: 971 };

export function cloudflareBody(error: ApiError): object {
  const code = typeof error.code === 'number' ? error.code : (NUMBERS[error.status] ?? 1004);
  return { result: null, success: false, errors: [{ code, message: error.message }], messages: [] };
}

/** Validates a body; the first problem becomes the message of a 422 (or of what `refuse` makes of it). */
export function parseBody<S extends z.ZodType>(
  schema: S,
  body: unknown,
  refuse: (message: string) => ApiError = unprocessable,
): z.infer<S> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: parsed.error.message }] = parsed.error.issues;
  throw refuse(path.length > 0 ? `${path.join('.')}: ${message}` : message);
}
