import { type GateOptions, pass } from './gate.ts';

export type { GateOptions };

type Handler<Rest extends readonly unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * Limits a fetch handler, such as that of a Hono app: `limitFetch(app.fetch, { limiter, describe })`. Sets the `RateLimit` fields, answers 429
 * with a problem and `Retry-After` where a request may not go on, and 503 where nobody could be asked. What a request holds meanwhile is given
 * back when the handler has its response.
 */
export function limitFetch<Rest extends readonly unknown[]>(
  handler: Handler<Rest>,
  options: GateOptions<Request>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { fields, refusal, leave } = await pass(options, request);
    if (refusal !== undefined) {
      const { status, type, body } = refusal;
      return new Response(body, { status, headers: [...fields.map(pair), ['content-type', type]] });
    }
    try {
      return withFields(await handler(request, ...rest), fields);
    } finally {
      leave();
    }
  };
}

function withFields(response: Response, fields: readonly (readonly [string, string])[]): Response {
  if (fields.length === 0) return response;
  // What was fetched from elsewhere cannot be changed.
  const open = new Response(response.body, response);
  for (const [name, value] of fields) open.headers.set(name, value);
  return open;
}

function pair([name, value]: readonly [string, string]): [string, string] {
  return [name, value];
}
