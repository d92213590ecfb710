import { type GateOptions, pass } from './gate.ts';

export type { GateOptions };

/** As much of fastify's reply as is needed. */
type Reply = {
  header(name: string, value: string): unknown;
  code(status: number): unknown;
  send(body: string): unknown;
  readonly raw: { readonly destroyed: boolean; once(event: 'close', listener: () => void): unknown };
};

/**
 * A hook for fastify that limits requests: `server.addHook('onRequest', limitFastify({ limiter, describe }))`. Sets the `RateLimit` fields,
 * answers 429 with a problem and `Retry-After` where a request may not go on, and 503 where nobody could be asked.
 */
export function limitFastify<Incoming>(
  options: GateOptions<Incoming>,
): (request: Incoming, reply: Reply) => Promise<unknown> {
  return async (request, reply) => {
    const { fields, refusal, leave } = await pass(options, request);
    for (const [name, value] of fields) reply.header(name, value);
    if (refusal === undefined) {
      // Whoever asked may have gone meanwhile.
      if (reply.raw.destroyed) leave();
      else reply.raw.once('close', leave);
      return undefined;
    }
    reply.code(refusal.status);
    reply.header('content-type', refusal.type);
    reply.send(refusal.body);
    return reply;
  };
}
