import type { Decision, Verdict } from '../../core/decision.ts';
import type { Limit } from '../../core/limit.ts';
import type { Random } from '../../ports.ts';
import { RATE_LIMIT_ITEMS_MAX } from './bounds.ts';

/** The largest Integer of structured fields (RFC 9651 §3.3.1). */
const INTEGER_MAX = 999_999_999_999_999;

/** Most of the extra wait that spreads callers who were all denied at once, as a part of the wait. */
const JITTER_PART = 0.1;

/** The parts of a limit's field items that never change. */
type Items = { readonly policy: string; readonly available: string };

const itemsOf = new WeakMap<Limit, Items>();

/**
 * The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11 §3): one item per matched limit, the most restrictive
 * first; `q` is the global quota and `w` the window in seconds.
 */
export function policyField(decision: Decision): string {
  return listed(decision, (verdict) => items(verdict.limit).policy);
}

/**
 * The value of `RateLimit` (§4), items in the same order: `r` is what this region may still spend, and `t` the seconds for which no
 * more than that can be used: until the window ends, or, for a limit that denied, until the same request could pass.
 */
export function availableField(decision: Decision, wallMs: number): string {
  return listed(decision, (verdict) => {
    const waitMs = verdict.allowed ? verdict.resetAtMs - wallMs : verdict.retryAfterMs;
    return `${items(verdict.limit).available}${integer(Math.floor(verdict.remaining))};t=${seconds(waitMs)}`;
  });
}

/**
 * The value of `Retry-After` in seconds: never earlier than the moment at which every limit that denied could let the same request
 * pass, which is the `t` of its `RateLimit` item, and up to a tenth later. Undefined when no waiting helps.
 */
export function retryAfterField(decision: Decision, random: Random): string | undefined {
  let waitMs = decision.verdict?.retryAfterMs ?? 0;
  for (const verdict of decision.verdicts)
    if (!verdict.allowed) waitMs = Math.max(waitMs, verdict.retryAfterMs);
  return Number.isFinite(waitMs) ? seconds(waitMs * (1 + JITTER_PART * random())) : undefined;
}

function listed(decision: Decision, item: (verdict: Verdict) => string): string {
  const { verdict: first, verdicts } = decision;
  if (first === undefined) return '';
  let field = item(first);
  if (verdicts.length <= 1) return field;
  let count = 1;
  for (const verdict of verdicts) {
    if (verdict.limit === first.limit || count >= RATE_LIMIT_ITEMS_MAX) continue;
    field += `, ${item(verdict)}`;
    count += 1;
  }
  return field;
}

function items(limit: Limit): Items {
  const known = itemsOf.get(limit);
  if (known !== undefined) return known;
  const name = structuredString(limit.spec.name);
  const made = {
    policy: `${name};q=${integer(limit.spec.limit)};w=${Math.max(1, Number(seconds(limit.spec.windowMs)))}`,
    available: `${name};r=`,
  };
  itemsOf.set(limit, made);
  return made;
}

/** A String of structured fields (RFC 9651 §3.3.3), which knows printable ASCII only; anything else becomes a question mark. */
function structuredString(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`;
}

function integer(value: number): string {
  return String(Math.min(INTEGER_MAX, Math.max(0, value)));
}

function seconds(milliseconds: number): string {
  return integer(Math.ceil(milliseconds / 1000));
}
