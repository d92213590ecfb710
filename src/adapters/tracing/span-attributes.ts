import type { Attributes } from '@opentelemetry/api';
import type { Decision } from '../../core/decision.ts';

/**
 * What a span says of a decision. Keys and dimensions are left out, as they name callers. A request that was denied is marked by
 * `headgate.throttled`, and is no error: a limit did what it is for.
 */
export function attributesOf({
  allowed,
  reason,
  verdict,
  verdicts,
  delayMs,
  degraded,
}: Decision): Attributes {
  const outcome = { 'headgate.outcome': allowed ? 'allowed' : 'denied', 'headgate.reason': reason };
  if (verdict === undefined) return { ...outcome, 'headgate.throttled': false };
  const { limit, remaining, globalRemaining, retryAfterMs } = verdict;
  return {
    ...outcome,
    'headgate.throttled': !allowed,
    'headgate.limit': limit.name,
    'headgate.algorithm': limit.spec.algorithm,
    'headgate.remaining': remaining,
    'headgate.global_remaining': globalRemaining,
    'headgate.degraded': degraded,
    ...(verdicts.length > 1 && { 'headgate.limits': verdicts.map((each) => each.limit.name) }),
    ...(delayMs > 0 && { 'headgate.delay_ms': delayMs }),
    ...(!allowed && Number.isFinite(retryAfterMs) && { 'headgate.retry_after_ms': retryAfterMs }),
  };
}
