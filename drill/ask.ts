/** One request in JSON to an API of the drill's cloud. */

/** The answer's body; any answer but a success is an error. */
export async function ask<T = any>(
  url: string,
  { token, method = 'GET', body }: { token?: string; method?: string; body?: unknown } = {},
): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`the cloud answered ${answer.status} to ${method} ${new URL(url).pathname}: ${text.slice(0, 200)}`);
  return (text ? JSON.parse(text) : {}) as T;
}
