import type { Decision, LimitedRequest } from './decision.ts';
import { rateLimitFields } from './rate-limit-fields.ts';

/** As much of a limiter as is needed to stand before a server. */
export type Gatekeeper = {
  check(request: LimitedRequest): Decision | Promise<Decision>;
  release(lease: string): Promise<boolean>;
};

/** What stands before a server of a framework whose requests are `Incoming`. */
export type GateOptions<Incoming> = {
  readonly limiter: Gatekeeper;
  /** What a request asks for; undefined lets it pass unlimited. */
  readonly describe: (incoming: Incoming) => LimitedRequest | undefined;
};

/** What becomes of a request: header fields for its answer, and the answer itself where it may not go on. */
export type Passage = {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly refusal: { readonly status: number; readonly type: string; readonly body: string } | undefined;
  /** To be called once the request has been served: gives back what it held meanwhile. */
  readonly leave: () => void;
};

const UNLIMITED: Passage = { fields: [], refusal: undefined, leave() {} };

/** Lets a request pass, after the delay that its limit asks for, or refuses it. Rejects where the request's description is wrong. */
export async function pass<Incoming>(
  { limiter, describe }: GateOptions<Incoming>,
  incoming: Incoming,
): Promise<Passage> {
  const request = describe(incoming);
  if (request === undefined) return UNLIMITED;
  const held = limiter.check(request);
  // What is there at once is not waited for.
  const decision = held instanceof Promise ? await held : held;
  if (decision.allowed && decision.delayMs > 0)
    await new Promise((resolve) => setTimeout(resolve, decision.delayMs));
  const { lease } = decision;
  return {
    fields: rateLimitFields(decision),
    refusal: decision.allowed ? undefined : refusalOf(decision),
    leave: () => {
      if (lease !== undefined) void limiter.release(lease);
    },
  };
}

/** A problem (RFC 9457) of draft-ietf-httpapi-ratelimit-headers-11 §5; 503 where nobody could be asked. */
function refusalOf({ reason, limit, source }: Decision): NonNullable<Passage['refusal']> {
  const isOurs = source === 'fallback';
  const isQuota = reason === 'global_limit_exceeded' || reason === 'concurrency_exceeded';
  const status = isOurs ? 503 : 429;
  const type = isQuota ? 'quota-exceeded' : 'temporary-reduced-capacity';
  const title = isQuota
    ? 'Request cannot be satisfied as assigned quota has been exceeded'
    : 'Request cannot be satisfied due to temporary server capacity constraints';
  return {
    status,
    type: 'application/problem+json',
    body: JSON.stringify({
      type: `https://iana.org/assignments/http-problem-types#${type}`,
      title,
      status,
      reason,
      ...(limit !== undefined && { 'violated-policies': [limit] }),
    }),
  };
}
