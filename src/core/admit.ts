import { COUNTERS_MAX, OUTRUN_RETRY_MS, URGENT_ONE_IN, WARM_ONE_IN } from '../bounds.ts';
import { invariant } from '../invariant.ts';
import { remainingOf, retryAfterMs, usableWindow } from './algorithms/fixed-window.ts';
import type { Books } from './books.ts';
import { type Counter, changed } from './counter.ts';
import { coverOf } from './cover.ts';
import type { CheckRequest, Decision, Reason, Verdict } from './decision.ts';
import { topUp } from './durability.ts';
import { heat, want } from './hot-key.ts';
import type { Instant } from './instant.ts';
import { counterKey } from './match.ts';
import { openCounter } from './open-counter.ts';
import { advance, type RegionState } from './state.ts';

/**
 * Decides a request and spends its permits, in one synchronous step, from memory alone: under all matched limits or none.
 * `permits` 0 only peeks. A denial spends nothing and leaves nothing behind.
 *
 * Source: protocol.md §2, *Admit*.
 */
export function admit(state: RegionState, request: CheckRequest, at: Instant): Decision {
  advance(state, at);
  const matched: Match[] = [];
  let allowed = true;
  let disabled = false;
  for (const books of state.matcher.candidates(request.resource)) {
    const key = counterKey(books.limit, request);
    if (key === undefined) continue;
    if (books.limit.spec.mode === 'disabled') {
      disabled = true;
      continue;
    }
    const match = weigh(state, books, key, { permits: request.permits, room: COUNTERS_MAX - matched.length });
    if (match.denial !== undefined && books.limit.spec.mode === 'enforce') allowed = false;
    matched.push(match);
  }
  if (matched.length === 0) return unmatched(state, disabled);
  const verdicts = matched.map((match) => settle(state, match, request.permits, allowed));
  const verdict = mostRestrictive(verdicts);
  return { allowed, reason: verdict.reason, verdict, verdicts, degraded: state.degraded };
}

/** One matched limit, weighed but not yet spent from. */
type Match = {
  readonly books: Books;
  readonly key: string;
  readonly counter: Counter | undefined;
  readonly entitled: number;
  readonly remaining: number;
  readonly globalRemaining: number;
  readonly denial: Reason | undefined;
  /** Denied only because the journal is behind, for a moment. */
  readonly outrun: boolean;
};

function weigh(
  state: RegionState,
  books: Books,
  key: string,
  { permits, room }: { readonly permits: number; readonly room: number },
): Match {
  const open = usableWindow(state, books);
  const counter = open.counters.get(key);
  const { entitled, remaining } = remainingOf(state, open.standing, key, counter);
  const globalRemaining = Math.max(0, books.limit.limit - (counter === undefined ? 0 : counter.value()));
  let denial: Reason | undefined;
  let isOutrun = false;
  if (remaining < permits) {
    denial = globalRemaining < permits ? 'global_limit_exceeded' : 'region_share_exhausted';
  } else if (counter === undefined && state.counters >= room && permits > 0) {
    denial = 'degraded_closed';
  } else if (permits > 0 && (counter?.mine ?? 0) + permits > coverOf(state, books.limit, key, counter)) {
    denial = outrun(state, books, key, { permits, remaining });
    isOutrun = true;
  }
  return { books, key, counter, entitled, remaining, globalRemaining, denial, outrun: isOutrun };
}

/** A burst has outrun the journal: it is topped up, and the next attempt finds more. */
function outrun(
  state: RegionState,
  books: Books,
  key: string,
  { permits, remaining }: { readonly permits: number; readonly remaining: number },
): Reason {
  const counter = openCounter(state, books, usableWindow(state, books).standing.windowId, key);
  if (counter !== undefined) {
    topUp(state, books, counter, { needed: counter.mine + permits, most: counter.mine + remaining });
  }
  return 'region_share_exhausted';
}

/** Spends what the whole decision allows under one limit, and counts it; of a denied request, only who denied it counts. */
function settle(state: RegionState, match: Match, permits: number, allowed: boolean): Verdict {
  const { books, key, denial } = match;
  const spent = allowed && denial === undefined ? permits : 0;
  noteDemand(state, match, permits);
  if (spent > 0) spend(state, match, spent);
  const verdict: Verdict = {
    limit: books.limit,
    key,
    allowed: denial === undefined,
    reason: denial === undefined ? 'ok' : books.limit.spec.mode === 'shadow' ? 'shadow' : denial,
    remaining: Math.max(0, match.remaining - spent),
    globalRemaining: Math.max(0, match.globalRemaining - spent),
    resetAtMs: resetAtMs(state, books),
    retryAfterMs:
      denial === undefined ? 0 : match.outrun ? OUTRUN_RETRY_MS : retryAfterMs(state, books.limit),
  };
  if (allowed || denial !== undefined) count(books, verdict, permits, match);
  return verdict;
}

function spend(
  state: RegionState,
  { books, key, counter, entitled, remaining }: Match,
  permits: number,
): void {
  const spender = counter ?? openCounter(state, books, usableWindow(state, books).standing.windowId, key);
  invariant(spender !== undefined, 'there is room for the counter of a permit that is granted');
  spender.add(permits);
  topUp(state, books, spender, { needed: spender.mine, most: spender.mine + remaining - permits });
  const left = remaining - permits;
  invariant(left >= 0, 'permits are spent only where this region has the right to');
  // A key that has used little of its share is nobody else's business yet: most keys never are.
  if (spender.published === 0 && spender.mine * WARM_ONE_IN < entitled) return;
  changed(books, spender);
  if (left * URGENT_ONE_IN < entitled) state.urgent = true;
  const hot = spender.hot ?? heat(state, books, key, spender);
  if (hot !== undefined && left < hot.pullBelow) want(books, hot, false);
}

/** Notes what was asked for, of a key that is hot or has just become so by being denied. */
function noteDemand(state: RegionState, { books, key, counter, denial }: Match, permits: number): void {
  books.demand.offer(permits);
  const hot =
    counter?.hot ?? (denial === 'region_share_exhausted' ? heat(state, books, key, counter) : undefined);
  if (hot === undefined) return;
  hot.demand.offer(permits);
  if (denial === 'region_share_exhausted') want(books, hot, true);
}

function resetAtMs(state: RegionState, books: Books): number {
  return (usableWindow(state, books).standing.windowId + 1) * books.limit.windowMs;
}

/** The first denial under an enforced limit, else what leaves least. */
function mostRestrictive(verdicts: readonly Verdict[]): Verdict {
  let chosen: Verdict | undefined;
  for (const verdict of verdicts) {
    if (chosen === undefined || restriction(verdict) < restriction(chosen)) chosen = verdict;
  }
  invariant(chosen !== undefined, 'a decision rests on at least one verdict');
  return chosen;
}

/** Orders verdicts: enforced denials, then shadow denials, then what is left. */
function restriction(verdict: Verdict): number {
  if (verdict.allowed) return verdict.remaining;
  return verdict.reason === 'shadow' ? -1 : -2;
}

function count({ tally }: Books, verdict: Verdict, permits: number, { entitled }: Match): void {
  if (permits === 0) return;
  const passes = verdict.allowed || verdict.reason === 'shadow';
  const outcomes = passes ? tally.allowed : tally.denied;
  outcomes.set(verdict.reason, (outcomes.get(verdict.reason) ?? 0) + 1);
  if (passes) tally.permitsAllowed += permits;
  else tally.permitsDenied += permits;
  if (verdict.remaining * URGENT_ONE_IN < entitled) tally.nearLimit += 1;
}

function unmatched(state: RegionState, disabled: boolean): Decision {
  return {
    allowed: true,
    reason: disabled ? 'disabled' : 'no_limit',
    verdict: undefined,
    verdicts: [],
    degraded: state.degraded,
  };
}
