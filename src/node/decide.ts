import { OUTRUN_RETRY_MS } from '../bounds.ts';
import { mostRestrictive, passes } from '../core/admit.ts';
import type { CheckRequest, Decision, Reason, Verdict } from '../core/decision.ts';
import type { Instant } from '../core/instant.ts';
import { type Limit, permitsOf } from '../core/limit.ts';
import { counterKey, isEnforced } from '../core/match.ts';
import { type Held, isGone } from './held.ts';
import type { Shelf, Stock } from './stock.ts';

/** One limit that a request meets, with what is in hand of it. */
type Met = {
  readonly shelf: Shelf;
  readonly key: string;
  readonly permits: number;
  /** What requests before this one, which are decided together with it, want of the same. */
  readonly before: number;
  /** Undefined where there is no room to hold any. */
  readonly held: Held | undefined;
  denial: Reason | undefined;
};

type Part = { readonly met: readonly Met[]; readonly disabled: boolean };

/** What deciding came to: decisions, or what is missing for them. Only the speaker can decide where some limit is not cut into blocks. */
export type Attempt =
  | { readonly kind: 'decided'; readonly decisions: readonly Decision[] }
  | { readonly kind: 'lacking' }
  | { readonly kind: 'uncut' };

/** How it is decided: `isLast` when there is no more time to wait for what is missing, `degraded` when less than the share is at hand. */
export type Manner = { readonly isLast: boolean; readonly degraded: boolean; readonly at: Instant };

/**
 * Decides requests together from the blocks in hand, in one synchronous step: all are allowed, or none spends anything. What the speaker said
 * is gone is denied at once. Where something is merely missing nothing is decided yet, and what is missing is noted; unless this is the
 * last attempt: then each limit's `onError` says what becomes of it.
 */
export function decide(stock: Stock, requests: readonly CheckRequest[], manner: Manner): Attempt {
  stock.advance(manner.at);
  const all: Met[] = [];
  const parts: Part[] = [];
  for (const request of requests) parts.push(meet(stock, request, all));
  if (!manner.isLast && all.some(({ shelf }) => !shelf.isCut)) return { kind: 'uncut' };
  for (const each of all) weigh(each, manner.isLast);
  const isDenied = all.some(deniesAll);
  if (!isDenied && all.some(isLacking)) {
    for (const each of all) if (isLacking(each)) lack(stock, each);
    return { kind: 'lacking' };
  }
  const allowed = !isDenied;
  return { kind: 'decided', decisions: parts.map((part) => conclude(stock, part, { ...manner, allowed })) };
}

/** The limits that a request meets. */
function meet(stock: Stock, request: CheckRequest, all: Met[]): Part {
  const met: Met[] = [];
  let disabled = false;
  for (const shelf of stock.matcher.candidates(request)) {
    const key = counterKey(shelf.limit, request);
    if (key === undefined) continue;
    if (shelf.limit.spec.mode === 'disabled') {
      disabled = true;
      continue;
    }
    const held = shelf.isCut ? stock.open(shelf, key) : undefined;
    let before = 0;
    for (const other of all) if (other.shelf === shelf && other.key === key) before += other.permits;
    const each = { shelf, key, permits: request.permits, before, held, denial: undefined };
    met.push(each);
    all.push(each);
  }
  return { met, disabled };
}

function weigh(met: Met, isLast: boolean): void {
  const { shelf, key, held, permits } = met;
  const wanted = permits + met.before;
  if (permits === 0) return;
  if (held !== undefined && held.permits >= wanted) return;
  const { limit } = shelf;
  if (permits > permitsOf(limit, key)) met.denial = 'global_limit_exceeded';
  else if (held !== undefined && isGone(held, wanted))
    met.denial = globalOf(held) < wanted ? 'global_limit_exceeded' : 'region_share_exhausted';
  else if (held === undefined || isLast)
    met.denial = limit.spec.onError === 'open' ? 'degraded_open' : 'degraded_closed';
}

function deniesAll({ denial, shelf, key }: Met): boolean {
  return denial !== undefined && denial !== 'degraded_open' && isEnforced(shelf.limit, key);
}

/** Whether nothing is known against it, but it is not in hand. */
function isLacking({ denial, held, permits, before }: Met): boolean {
  if (denial !== undefined || held === undefined) return false;
  return permits === 0 ? held.outlook === undefined : held.permits < permits + before;
}

function lack(stock: Stock, { held, permits, before }: Met): void {
  if (held === undefined) return;
  const missing = Math.max(1, permits + before - held.permits);
  stock.lack(held, { missing, needed: Math.max(1, permits) });
}

function conclude(
  stock: Stock,
  { met, disabled }: Part,
  { allowed, degraded, at }: Manner & { readonly allowed: boolean },
): Decision {
  const nothing = { delayMs: 0, lease: undefined, atMs: stock.wallMs, degraded };
  if (met.length === 0) {
    const reason = !allowed ? 'held_back' : disabled ? 'disabled' : 'no_limit';
    return { ...nothing, allowed, reason, verdict: undefined, verdicts: [] };
  }
  const verdicts: Verdict[] = [];
  for (const each of met) {
    const { held, permits, denial } = each;
    if (held !== undefined) {
      stock.touch(held, permits, at.monoMs);
      if (allowed && denial === undefined) held.permits -= permits;
    }
    verdicts.push(verdictOf(each, at));
  }
  const verdict = mostRestrictive(verdicts);
  const reason = !allowed && verdicts.every(passes) ? 'held_back' : verdict.reason;
  return { ...nothing, allowed, reason, verdict, verdicts };
}

function verdictOf({ shelf, key, held, denial }: Met, { wallMs, monoMs }: Instant): Verdict {
  const { limit, windowId } = shelf;
  const inHand = held?.permits ?? 0;
  const outlook = held?.outlook;
  return {
    limit,
    key,
    windowId,
    permits: permitsOf(limit, key),
    allowed: denial === undefined,
    reason: denial === undefined ? 'ok' : reasonOf(limit, key, denial),
    remaining: inHand + (outlook?.remaining ?? 0),
    globalRemaining: inHand + (outlook?.globalRemaining ?? 0),
    resetAtMs: Math.max(outlook?.resetAtMs ?? limit.windows.endMs(windowId), wallMs),
    retryAfterMs: denial === undefined ? 0 : retryAfterMs(limit, held, { denial, monoMs }),
    delayMs: 0,
  };
}

function reasonOf(limit: Limit, key: string, denial: Reason): Reason {
  return denial !== 'degraded_open' && !isEnforced(limit, key) ? 'shadow' : denial;
}

function retryAfterMs(
  limit: Limit,
  held: Held | undefined,
  { denial, monoMs }: { readonly denial: Reason; readonly monoMs: number },
): number {
  if (denial === 'degraded_open' || denial === 'degraded_closed') return OUTRUN_RETRY_MS;
  const told = held?.outlook?.retryAfterMs;
  if (held === undefined || told === undefined) return Number.POSITIVE_INFINITY;
  // It could not pass when the speaker said so; that it was asked for a block may have told less.
  const left = told - (monoMs - held.outlookMonoMs);
  return limit.isWindowed && told === 0 ? OUTRUN_RETRY_MS : Math.max(1, left);
}

function globalOf({ outlook, permits }: Held): number {
  return permits + (outlook?.globalRemaining ?? 0);
}
