import type { Decision } from '../../core/decision.ts';
import type { Clock, Coordinator, Random } from '../../ports.ts';
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
  /** Takes one measured decision: of a denied request the one that denied it. */
  readonly observe: (milliseconds: number, decision: Decision) => void;
};

/**
 * Decides one request of Envoy's rate limit service, at once and from memory. Throws `HeadgateError` `invalid_request` when it is not one.
 *
 * Source: envoy/service/ratelimit/v3/rls.proto; what it leaves open, as the reference server github.com/envoyproxy/ratelimit does.
 */
export function shouldRateLimit(context: RateLimitContext, request: RateLimitRequest): RateLimitResponse {
  const { region, coordinator, clock, random } = context;
  const started = clock.now();
  const outcome = decideAll(coordinator, asksOf(request));
  const response = responseOf(outcome, { region, wallMs: started.wallMs, random });
  const telling = outcome.answers.find(({ allowed }) => !allowed) ?? outcome.answers[0];
  if (telling !== undefined) context.observe(clock.now().monoMs - started.monoMs, telling.decision);
  return response;
}
