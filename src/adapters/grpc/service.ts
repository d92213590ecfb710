import { type Awaitable, andThen } from '../../awaitable.ts';
import type { Decision } from '../../core/decision.ts';
import type { Clock, Coordinator, Random, RecordSpan, SpanLink, TracedRequest } from '../../ports.ts';
import { responseOf } from './answer.ts';
import { asksOf } from './asks.ts';
import { decideAll } from './decide.ts';
import type { RateLimitRequest, RateLimitResponse } from './messages.ts';

/** What deciding needs, however the request came. */
export type RateLimitContext = {
  readonly region: string;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes one measured decision: of a denied request the one that denied it; with the span of it where one was recorded. */
  readonly observe: (milliseconds: number, decision: Decision, span?: SpanLink) => void;
  /** Undefined where requests are not traced. */
  readonly recordSpan?: RecordSpan | undefined;
};

/** How a request came: what its span says of it, and its place in a trace. */
export type Carried = Pick<TracedRequest, 'name' | 'about' | 'traceparent' | 'tracestate'>;

/**
 * Decides one request of Envoy's rate limit service, at once where the coordinator can. Throws `HeadgateError` `invalid_request` when it is not one.
 * `carried` is needed only where requests are traced.
 *
 * Source: envoy/service/ratelimit/v3/rls.proto; what it leaves open, as the reference server github.com/envoyproxy/ratelimit does.
 */
export function shouldRateLimit(
  context: RateLimitContext,
  request: RateLimitRequest,
  carried: Carried | undefined,
): Awaitable<RateLimitResponse> {
  const { region, coordinator, clock, random, recordSpan } = context;
  const started = clock.now();
  return andThen(decideAll(coordinator, asksOf(request)), (outcome) => {
    const response = responseOf(outcome, { region, wallMs: started.wallMs, random });
    const telling = outcome.answers.find(({ allowed }) => !allowed) ?? outcome.answers[0];
    if (telling === undefined) return response;
    const { decision } = telling;
    const durationMs = clock.now().monoMs - started.monoMs;
    const span = carried && recordSpan?.({ ...carried, durationMs, decisions: [decision] });
    context.observe(durationMs, decision, span);
    return response;
  });
}
