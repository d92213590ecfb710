import type { Decision, Verdict } from '../../core/decision.ts';
import type { Limit } from '../../core/limit.ts';
import type { Random } from '../../ports.ts';
import { RATE_LIMIT_ITEMS_MAX } from './bounds.ts';
import { waitMsOf } from './waiting.ts';

/** The largest Integer of structured fields (RFC 9651 §3.3.1). */
const INTEGER_MAX = 999_999_999_999_999;

/** Most of the extra wait that spreads callers who were all denied at once, as a part of the wait. */
const JITTER_PART = 0.1;

/** The parts of a limit's field items that never change. */
type Items = { readonly quota: string; readonly window: string; readonly available: string };

const itemsOf = new WeakMap<Limit, Items>();

/**
 * The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11 §3): one item per matched limit, the most restrictive
 * first; `q` is the global quota of the key and `w` the window in seconds.
 */
export function policyField(decision: Decision): string {
  return listed(decision, (verdict) => {
    const { quota, window } = items(verdict.limit);
    return `${quota}${integer(verdict.permits)}${window}`;
  });
}

/**
 * The value of `RateLimit` (§4), items in the same order: `r` is what this region may still spend, and `t` the seconds for which no
 * more than that can be used: until the window ends, or, for a limit that denied, until the same request could pass, if it ever can.
 */
export function availableField(decision: Decision, wallMs: number): string {
  return listed(
    decision,
    (verdict) => `${items(verdict.limit).available}${left(verdict)};t=${seconds(resetMsOf(verdict, wallMs))}`,
  );
}

/** The parts of a limit's fields in the older dialects, of the most restrictive limit only, since those have no names. */
export type PlainFields = {
  readonly limit: string;
  readonly remaining: string;
  /** Seconds from now. */
  readonly reset: string;
};

/** What the older dialects say of the most restrictive limit of a decision. */
export function plainFields(verdict: Verdict, wallMs: number): PlainFields {
  return {
    limit: integer(verdict.permits),
    remaining: left(verdict),
    reset: seconds(resetMsOf(verdict, wallMs)),
  };
}

/** The value of `RateLimit-Policy` as draft 06 has it: the quota of each matched limit, without its name. */
export function namelessPolicyField(decision: Decision): string {
  return listed(decision, (verdict) => `${integer(verdict.permits)}${items(verdict.limit).window}`);
}

/**
 * The value of `Retry-After` in seconds: never earlier than the moment at which every limit that denied could let the same request
 * pass, which is the `t` of its `RateLimit` item, and up to a tenth later. Undefined when no waiting helps.
 */
export function retryAfterField(decision: Decision, random: Random): string | undefined {
  const waitMs = waitMsOf(decision);
  return Number.isFinite(waitMs) ? seconds(waitMs * (1 + JITTER_PART * random())) : undefined;
}

function left({ remaining }: Verdict): string {
  return integer(Math.floor(remaining));
}

function resetMsOf({ allowed, resetAtMs, retryAfterMs }: Verdict, wallMs: number): number {
  return allowed || !Number.isFinite(retryAfterMs) ? resetAtMs - wallMs : retryAfterMs;
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
    quota: `${name};q=`,
    window: `;w=${Math.max(1, Number(seconds(limit.spec.windowMs)))}`,
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
