import { type GateOptions, pass } from './gate.ts';

export type { GateOptions };

/** As much of a response of express, or of `node:http`, as is needed. */
type Response = {
  statusCode: number;
  readonly destroyed: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
  once(event: 'close', listener: () => void): unknown;
};

/**
 * A middleware for express and whatever is built like it: `app.use(limitExpress({ limiter, describe }))`. Sets the `RateLimit` fields, answers
 * 429 with a problem and `Retry-After` where a request may not go on, and 503 where nobody could be asked.
 */
export function limitExpress<Incoming>(
  options: GateOptions<Incoming>,
): (request: Incoming, response: Response, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    pass(options, request).then(({ fields, refusal, leave }) => {
      for (const [name, value] of fields) response.setHeader(name, value);
      if (refusal === undefined) {
        // Whoever asked may have gone meanwhile.
        if (response.destroyed) leave();
        else response.once('close', leave);
        next();
        return;
      }
      response.statusCode = refusal.status;
      response.setHeader('Content-Type', refusal.type);
      response.end(refusal.body);
    }, next);
  };
}
