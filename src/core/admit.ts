import { COUNTERS_MAX, OUTRUN_RETRY_MS, URGENT_ONE_IN, WARM_ONE_IN } from '../bounds.ts';
import { invariant } from '../invariant.ts';
import type { Asked, Weighed } from './algorithms/algorithm.ts';
import { algorithmOf } from './algorithms/algorithms.ts';
import type { Books } from './books.ts';
import { type Counter, changed, hashedKey } from './counter.ts';
import { coverOf } from './cover.ts';
import type { CheckRequest, Decision, Reason, Refunded, SpentIn, Verdict } from './decision.ts';
import { topUp } from './durability.ts';
import { type HotKey, heat, want } from './hot-key.ts';
import type { Instant } from './instant.ts';
import { hasRoomForLease, holdLease } from './leases.ts';
import { permitsOf } from './limit.ts';
import { counterKey, isEnforced } from './match.ts';
import { openCounter } from './open-counter.ts';
import { advance, type RegionState } from './state.ts';

/**
 * Decides a request and spends its permits, in one synchronous step, from memory alone: under all matched limits or none.
 * `permits` 0 only peeks. A denial spends nothing.
 *
 * Source: protocol.md §2, *Admit*.
 */
export function admit(state: RegionState, request: CheckRequest, at: Instant): Decision {
  advance(state, at);
  const weighed: Weighed[] = [];
  const disabled = gather(state, request, weighed);
  return conclude(state, weighed, { first: 0, allowed: isAllowed(weighed), disabled });
}

/** Decides several requests as one: all are allowed, or none spends anything. */
export function admitAll(state: RegionState, requests: readonly CheckRequest[], at: Instant): Decision[] {
  advance(state, at);
  const weighed: Weighed[] = [];
  const parts = requests.map((request) => {
    const first = weighed.length;
    return { first, disabled: gather(state, request, weighed), upto: weighed.length };
  });
  const allowed = isAllowed(weighed);
  return parts.map(({ first, upto, disabled }) =>
    conclude(state, weighed.slice(first, upto), { first, allowed, disabled }),
  );
}

/**
 * What would be decided about a request now, by the very rules of admission; nothing is spent, counted, held or asked for. What is left is told
 * as it is, before the request.
 */
export function explain(state: RegionState, request: CheckRequest, at: Instant): Decision {
  advance(state, at);
  const weighed: Weighed[] = [];
  const disabled = gather(state, request, weighed, true);
  const allowed = isAllowed(weighed);
  if (weighed.length === 0) return unmatched(state, allowed, disabled);
  const verdicts = weighed.map((each) => verdictOf(state, each, false));
  const verdict = mostRestrictive(verdicts);
  const delayMs = allowed ? Math.max(...verdicts.map((each) => each.delayMs)) : 0;
  const { wallMs: atMs, degraded } = state;
  return { allowed, reason: verdict.reason, verdict, verdicts, delayMs, lease: undefined, atMs, degraded };
}

/**
 * Gives back permits that were spent under every limit that the request meets; returns how many under each. With `spentIn` they go back to
 * exactly the windows in which they were spent, and nothing to limits and windows that do not count any more.
 */
export function refund(
  state: RegionState,
  request: CheckRequest,
  at: Instant,
  spentIn?: SpentIn,
): Refunded[] {
  advance(state, at);
  const refunded: Refunded[] = [];
  for (const books of state.matcher.candidates(request)) {
    const key = counterKey(books.limit, request);
    // What is held at one time is released by its lease.
    if (key === undefined || books.limit.windows.leading > 0) continue;
    const windowId = spentIn && windowOf(state, books, spentIn);
    if (spentIn !== undefined && windowId === undefined) continue;
    const asked = { books, key, permits: request.permits };
    const permits = algorithmOf(books.limit).refund(state, asked, windowId);
    refunded.push({ limit: books.limit, key, permits });
  }
  return refunded;
}

/** The window in which permits were spent; undefined where it is none that these books can have counted them in. */
function windowOf(state: RegionState, { limit, openedMs }: Books, spentIn: SpentIn): number | undefined {
  if (!('atMs' in spentIn)) return spentIn.get(limit.id);
  const isCounted = spentIn.atMs >= Math.floor(openedMs) && spentIn.atMs <= state.wallMs;
  return isCounted ? limit.windows.idAt(spentIn.atMs) : undefined;
}

/** Weighs every limit that a request meets; returns whether one of them is disabled. */
function gather(state: RegionState, request: CheckRequest, weighed: Weighed[], onlyLooks = false): boolean {
  let disabled = false;
  for (const books of state.matcher.candidates(request)) {
    const key = counterKey(books.limit, request);
    if (key === undefined) continue;
    if (books.limit.spec.mode === 'disabled') {
      disabled = true;
      continue;
    }
    weighed.push(weigh(state, { books, key, permits: request.permits }, weighed, onlyLooks));
  }
  return disabled;
}

function isAllowed(weighed: readonly Weighed[]): boolean {
  for (const { denial, books, key } of weighed)
    if (denial !== undefined && denial !== 'degraded_open' && isEnforced(books.limit, key)) return false;
  return true;
}

/** Weighs what is asked of one limit; `before` is what is decided together with it. */
export function weigh(
  state: RegionState,
  asked: Asked,
  before: readonly Weighed[],
  onlyLooks = false,
): Weighed {
  const weighed = algorithmOf(asked.books.limit).weigh(state, asked);
  const { books, permits, remaining, globalRemaining } = weighed;
  weighed.before = wantedBefore(before, weighed);
  const wanted = permits + weighed.before;
  const { spec } = books.limit;
  if (permits > 0 && remaining < wanted) {
    weighed.denial = globalRemaining < wanted ? 'global_limit_exceeded' : 'region_share_exhausted';
    if (spec.algorithm === 'concurrency') weighed.denial = 'concurrency_exceeded';
  } else if (permits > 0 && isWithoutRoom(state, weighed, before.length)) {
    weighed.denial = spec.onError === 'open' ? 'degraded_open' : 'degraded_closed';
  } else if (permits > 0 && isBeyondCover(state, weighed, wanted)) {
    weighed.denial = 'region_share_exhausted';
    weighed.outrun = true;
    if (!onlyLooks) topUpFor(state, weighed, wanted);
  }
  return weighed;
}

/** What requests that are decided together with this one want of the same counter. */
function wantedBefore(before: readonly Weighed[], { books, key }: Weighed): number {
  let wanted = 0;
  for (let at = 0; at < before.length; at += 1) {
    const other = before[at];
    if (other?.books === books && other.key === key) wanted += other.permits;
  }
  return wanted;
}

function isWithoutRoom(state: RegionState, { books, counter }: Weighed, others: number): boolean {
  if (books.limit.windows.leading > 0 && !hasRoomForLease(state)) return true;
  // A bucket is remembered besides its counter.
  return counter === undefined && state.counters + 2 * (others + 1) > COUNTERS_MAX;
}

function isBeyondCover(
  state: RegionState,
  { books, key, counter, otherwise }: Weighed,
  wanted: number,
): boolean {
  const cover = coverOf(state, books.limit, counter ?? hashedKey(key), { counter, otherwise });
  return (counter?.mine ?? 0) + wanted > cover;
}

/** A burst has outrun the journal: it is topped up, and the next attempt finds more. */
function topUpFor(
  state: RegionState,
  { books, key, windowId, remaining, otherwise }: Weighed,
  wanted: number,
): void {
  const counter = openCounter(state, books, windowId, key);
  if (counter === undefined) return;
  topUp(state, books, counter, { needed: counter.mine + wanted, most: counter.mine + remaining, otherwise });
}

type Conclusion = { readonly first: number; readonly allowed: boolean; readonly disabled: boolean };

/** Carries out what was decided. */
function conclude(
  state: RegionState,
  weighed: readonly Weighed[],
  { allowed, disabled }: Conclusion,
): Decision {
  if (weighed.length === 0) return unmatched(state, allowed, disabled);
  let charged: { books: Books; permits: number; counter: Counter }[] | undefined;
  const verdicts: Verdict[] = [];
  let delayMs = 0;
  for (let at = 0; at < weighed.length; at += 1) {
    const each = weighed[at];
    if (each === undefined) continue;
    const { books, permits, denial } = each;
    noteDemand(state, each);
    if (allowed && denial === undefined && permits > 0) {
      const counter = spend(state, each);
      if (books.limit.windows.leading > 0) {
        charged ??= [];
        charged.push({ books, permits, counter });
      }
    }
    const verdict = verdictOf(state, each, allowed);
    if (allowed) delayMs = Math.max(delayMs, verdict.delayMs);
    if (allowed || denial !== undefined) count(verdict, each);
    verdicts.push(verdict);
  }
  const verdict = mostRestrictive(verdicts);
  // Its own limits would have let it pass, but it is decided together with others.
  const reason = !allowed && verdicts.every(passes) ? 'held_back' : verdict.reason;
  const lease = charged === undefined ? undefined : holdLease(state, charged).id;
  return { allowed, reason, verdict, verdicts, delayMs, lease, atMs: state.wallMs, degraded: state.degraded };
}

/** Whether a verdict lets its request pass. */
export function passes({ allowed, reason }: Verdict): boolean {
  return allowed || reason === 'shadow' || reason === 'degraded_open';
}

/** One limit's part; of a denied request, only who denied it counts. */
function verdictOf(state: RegionState, weighed: Weighed, allowed: boolean): Verdict {
  const { books, key, permits, denial, windowId } = weighed;
  const { limit } = books;
  const algorithm = algorithmOf(limit);
  const spent = allowed && denial === undefined ? permits + weighed.before : 0;
  return {
    limit,
    key,
    windowId,
    permits: permitsOf(limit, key),
    allowed: denial === undefined,
    reason: denial === undefined ? 'ok' : reasonOf(weighed, denial),
    remaining: Math.max(0, weighed.remaining - spent),
    globalRemaining: Math.max(0, weighed.globalRemaining - spent),
    resetAtMs: algorithm.resetAtMs(state, weighed),
    retryAfterMs:
      denial === undefined ? 0 : weighed.outrun ? OUTRUN_RETRY_MS : algorithm.retryAfterMs(state, weighed),
    delayMs: denial === undefined ? weighed.delayMs : 0,
  };
}

function reasonOf({ books, key }: Weighed, denial: Reason): Reason {
  return denial !== 'degraded_open' && !isEnforced(books.limit, key) ? 'shadow' : denial;
}

/** Spends what was weighed and found to be there; returns the counter that was charged. */
export function spend(state: RegionState, weighed: Weighed): Counter {
  const { books, key, windowId, permits, otherwise } = weighed;
  const left = weighed.remaining - permits;
  invariant(left >= 0, 'permits are spent only where this region has the right to');
  const spender = weighed.counter ?? openCounter(state, books, windowId, key);
  invariant(spender !== undefined, 'there is room for the counter of a permit that is granted');
  spender.add(permits);
  algorithmOf(books.limit).spend(state, weighed);
  topUp(state, books, spender, { needed: spender.mine, most: spender.mine + left, otherwise });
  tellOf(state, weighed, spender, left);
  return spender;
}

/** A key that has used little of its share is nobody else's business yet: most keys never are. */
function tellOf(state: RegionState, { books, key, entitled }: Weighed, spender: Counter, left: number): void {
  const { isAvailable } = books.limit;
  if (!isAvailable && spender.published === 0 && left > 0 && (entitled - left) * WARM_ONE_IN < entitled)
    return;
  changed(books, spender);
  if (left * URGENT_ONE_IN < entitled) state.urgent = true;
  const hot = spender.hot ?? heat(state, books, key, spender);
  if (hot !== undefined && left < hot.pullBelow) want(books, hot, false);
}

/** Notes what was asked for, of a key that is hot or has just become so by being denied. */
function noteDemand(state: RegionState, weighed: Weighed): void {
  const { books, key, denial, permits } = weighed;
  if (denial !== undefined && denial !== 'degraded_open' && isEnforced(books.limit, key))
    hotOf(state, weighed)?.refused.offer(permits);
  // What can never be had is no demand that quota could be moved to.
  if (permits <= permitsOf(books.limit, key)) noteOffered(state, weighed, permits);
}

/** The key as one that is hot, which it becomes by being denied; undefined where it is not. */
function hotOf(state: RegionState, { books, key, counter, denial }: Weighed): HotKey | undefined {
  const known = counter === undefined ? books.hot.get(key) : counter.hot;
  return known ?? (denial === undefined ? undefined : heat(state, books, key, counter));
}

/** Notes how many permits were asked for of what was weighed, so that quota moves to where it is wanted. */
export function noteOffered(state: RegionState, weighed: Weighed, permits: number): void {
  const { books, denial } = weighed;
  books.demand.offer(permits);
  const isShort = denial === 'region_share_exhausted' || denial === 'concurrency_exceeded';
  const hot = hotOf(state, weighed);
  if (hot === undefined) return;
  // Of permits at one time the demand is how many are held, which is looked at now and then, and how many more are wanted.
  if (books.limit.windows.leading === 0 || isShort) hot.demand.offer(permits);
  if (isShort) want(books, hot, true);
}

/** The first denial under an enforced limit, else what leaves least; of equals, what is most important. */
export function mostRestrictive(verdicts: readonly Verdict[]): Verdict {
  const [only] = verdicts;
  if (only !== undefined && verdicts.length === 1) return only;
  let chosen: Verdict | undefined;
  for (const verdict of verdicts) {
    if (chosen === undefined || isMoreRestrictive(verdict, chosen)) chosen = verdict;
  }
  invariant(chosen !== undefined, 'a decision rests on at least one verdict');
  return chosen;
}

function isMoreRestrictive(verdict: Verdict, than: Verdict): boolean {
  const difference = restriction(verdict) - restriction(than);
  if (difference !== 0) return difference < 0;
  return (verdict.limit.spec.priority ?? 0) > (than.limit.spec.priority ?? 0);
}

/** Orders verdicts: enforced denials, then shadow denials, then what is left. */
function restriction(verdict: Verdict): number {
  if (verdict.allowed || verdict.reason === 'degraded_open') return verdict.remaining;
  return verdict.reason === 'shadow' ? -1 : -2;
}

function count(
  { reason, remaining }: Verdict,
  { books: { tally }, permits, entitled, denial }: Weighed,
): void {
  if (permits === 0) return;
  const passes = denial === undefined || reason === 'shadow' || reason === 'degraded_open';
  const outcomes = passes ? tally.allowed : tally.denied;
  outcomes.set(reason, (outcomes.get(reason) ?? 0) + 1);
  if (passes) tally.permitsAllowed += permits;
  else tally.permitsDenied += permits;
  if (reason === 'degraded_open') tally.permitsUncounted += permits;
  if (remaining * URGENT_ONE_IN < entitled) tally.nearLimit += 1;
}

function unmatched(state: RegionState, allowed: boolean, disabled: boolean): Decision {
  return {
    allowed,
    reason: !allowed ? 'held_back' : disabled ? 'disabled' : 'no_limit',
    verdict: undefined,
    verdicts: [],
    delayMs: 0,
    lease: undefined,
    atMs: state.wallMs,
    degraded: state.degraded,
  };
}
