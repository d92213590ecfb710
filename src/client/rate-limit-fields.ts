import type { Decision, LimitState } from './decision.ts';

/** Limits that the fields name, the most restrictive first: proxies refuse large heads. */
const ITEMS_MAX = 8;

/**
 * The header fields that tell a client what is left: those that the coordinator answered with, where it was asked, else `RateLimit-Policy` and
 * `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11; and `Retry-After` where waiting helps. Names and values.
 */
export function rateLimitFields(decision: Decision): readonly (readonly [name: string, value: string])[] {
  const told = Object.entries(decision.fields);
  if (told.length > 0) return told;
  const fields: [string, string][] = [];
  const { allowed, retryAfterMs } = decision;
  const limits = [...decision.limits].sort((a, b) => a.remaining - b.remaining).slice(0, ITEMS_MAX);
  if (limits.length > 0) {
    fields.push(['RateLimit-Policy', limits.map(policyOf).join(', ')]);
    fields.push(['RateLimit', limits.map(leftOf).join(', ')]);
  }
  if (!allowed && retryAfterMs !== undefined) fields.push(['Retry-After', String(seconds(retryAfterMs))]);
  return fields;
}

function policyOf({ limit, quota, windowMs }: LimitState): string {
  return `${quoted(limit)};q=${quota};w=${Math.max(1, seconds(windowMs))}`;
}

function leftOf({ limit, remaining, resetInMs }: LimitState): string {
  return `${quoted(limit)};r=${Math.floor(remaining)};t=${seconds(resetInMs)}`;
}

/** A String of structured fields (RFC 9651 §3.3.3), which knows printable ASCII only; anything else becomes a question mark. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
