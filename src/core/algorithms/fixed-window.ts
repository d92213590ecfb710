import { EPOCH_MS } from '../../bounds.ts';
import { invariant } from '../../invariant.ts';
import type { Books, OpenWindow } from '../books.ts';
import { type Counter, changed, hashedKey, thetaOf } from '../counter.ts';
import { assumedUse, claimedUpTo, isBarred, mayClaim } from '../cover.ts';
import { entitlement, type HashedKey, type WindowStanding } from '../entitlement.ts';
import { type Limit, permitsOf } from '../limit.ts';
import type { RegionState } from '../state.ts';
import { wholeNet, wholeOf } from '../whole-limit.ts';
import type { Algorithm, Weighed } from './algorithm.ts';
import { standingOf } from './standing.ts';

/**
 * Fixed windows and quotas: what is used of a window comes off the rights to that window, and the next one begins anew.
 *
 * Source: protocol.md §2, *Admit*, and §4.
 */
export const fixedWindow: Algorithm = {
  weigh(state, { books, key, permits }) {
    const open = usableWindow(state, books);
    const { windowId, standing, whole } = open;
    const counter = open.counters.get(key);
    const isBarredNow = isBarred(state, books.limit, windowId);
    const own = isBarredNow ? 0 : entitledTo(open, counter ?? hashedKey(key));
    const entitled = isBarredNow || counter === undefined ? own : own + counter.moved;
    const used = isBarredNow ? 0 : usedOf(state, standing, key, counter);
    const moved = whole === undefined ? 0 : movedWith(state, standing, key, whole);
    const known = counter === undefined ? 0 : counter.known();
    return {
      books,
      key,
      permits,
      windowId,
      counter,
      entitled: entitled + moved,
      remaining: entitled - used + moved,
      globalRemaining: Math.max(0, permitsOf(books.limit, key) - known),
      otherwise: 0,
      delayMs: 0,
      before: 0,
      denial: undefined,
      outrun: false,
    };
  },
  spend() {},
  retryAfterMs(state, weighed) {
    const { limit } = weighed.books;
    if (weighed.permits > permitsOf(limit, weighed.key)) return Number.POSITIVE_INFINITY;
    const freeMs = releasedMs(state, weighed) ?? nextWindowMs(state, limit);
    return mayBeBrought(state, weighed) ? Math.min(freeMs, BROUGHT_MS) : freeMs;
  },
  resetAtMs(_state, { books, windowId }) {
    return books.limit.windows.endMs(windowId);
  },
  refund(state, { books, key, permits }, windowId) {
    const current = usableWindow(state, books);
    if (windowId !== undefined && windowId !== current.windowId) return 0;
    const counter = current.counters.get(key);
    const returned = counter?.giveBack(permits) ?? 0;
    if (counter !== undefined && returned > 0 && counter.published > 0) changed(books, counter);
    return returned;
  },
};

/** In how many milliseconds quota is here that others hold and that a denial asks for: round trips, and whoever asks at the same time. */
const BROUGHT_MS = 1_000;

/** Whether the denial asks for quota that others are thought to have. */
function mayBeBrought({ peers }: RegionState, { books, denial }: Weighed): boolean {
  if (denial !== 'region_share_exhausted' || books.limit.spec.shares === 'static') return false;
  for (const { status } of peers.values()) if (status === 'up') return true;
  return false;
}

/** The window that is current, looked up anew only when it, the epoch or the votes have changed. */
function usableWindow(state: RegionState, books: Books): OpenWindow {
  const { open, limit } = books;
  // The stamp changes with the epoch, and windows are whole epochs.
  if (open !== undefined && open.stamp === state.stamp) return open;
  const windowId = limit.windows.idAt(state.wallMs);
  const counters = books.counters.window(windowId);
  invariant(counters !== undefined, 'the current window is open');
  const standing = standingOf(state, limit, windowId);
  const whole = wholeOf(books, windowId);
  const byTheta = noEntitlements(standing, open?.byTheta);
  books.open = { windowId, standing, counters, whole, stamp: state.stamp, byTheta };
  return books.open;
}

/** Room for entitlements by θ, where that is all they depend on: no key has an amount of its own, and all versions cut it by the same weights. */
function noEntitlements({ tranches }: WindowStanding, before: Float64Array | undefined) {
  const sum = tranches[0]?.terms[0]?.cluster.weightSum ?? 0;
  for (const { terms } of tranches)
    for (const { limit, cluster } of terms)
      if (limit.overrides !== undefined || cluster.weightSum !== sum) return undefined;
  if (sum > THETAS_REMEMBERED_MAX) return undefined;
  return (before?.length === sum ? before : new Float64Array(sum)).fill(Number.NaN);
}

/** Weights whose sum is greater are shares of keys that few have in common: nothing would be gained by remembering them. */
const THETAS_REMEMBERED_MAX = 1_024;

/** What a key is entitled to in the current window, transfers not counted. */
function entitledTo({ standing, byTheta }: OpenWindow, key: HashedKey): number {
  if (byTheta === undefined) return entitlement(standing, key);
  const theta = thetaOf(key.hash, byTheta.length);
  const known = byTheta[theta] ?? Number.NaN;
  if (!Number.isNaN(known)) return known;
  const entitled = entitlement(standing, key);
  byTheta[theta] = entitled;
  return entitled;
}

/** What transfers of the whole limit bring this region of a key, less what they take. */
export function movedWith(
  state: RegionState,
  { limit, windowId }: WindowStanding,
  key: string,
  whole: Counter,
): number {
  return isBarred(state, limit, windowId)
    ? 0
    : wholeNet(state, { limit, whole }, hashedKey(key), state.actor);
}

/** What a key is entitled to in one window here, and what of that is left: entitlement + transfers in − transfers out − used. */
export function remainingOf(
  state: RegionState,
  standing: WindowStanding,
  key: string,
  counter: Counter | undefined,
): { readonly entitled: number; readonly remaining: number } {
  if (isBarred(state, standing.limit, standing.windowId)) return { entitled: 0, remaining: 0 };
  const entitled = entitlement(standing, counter ?? hashedKey(key)) + (counter?.moved ?? 0);
  return { entitled, remaining: entitled - usedOf(state, standing, key, counter) };
}

/** What this ledger has used of a key and not got back, or must be assumed to have. */
function usedOf(
  state: RegionState,
  { limit, windowId }: WindowStanding,
  key: string,
  counter: Counter | undefined,
): number {
  if (counter !== undefined) return counter.spent;
  return state.recovered ? assumedUse(state, limit, windowId, hashedKey(key)) : 0;
}

/** Milliseconds until so much more of the current window is released that the permits fit; undefined where that will not be, as far as is known. */
function releasedMs(state: RegionState, { books, key, counter, permits }: Weighed): number | undefined {
  const { limit } = books;
  const { standing } = usableWindow(state, books);
  if (standing.tranches.length === 1 || isBarred(state, limit, standing.windowId)) return undefined;
  const coming = asOwnedAs(state, standing);
  for (const { epoch } of coming.tranches) {
    if (epoch <= state.epoch) continue;
    const { remaining } = remainingOf(state, { ...coming, uptoEpoch: epoch }, key, counter);
    if (remaining >= permits) return epoch * EPOCH_MS - state.wallMs;
  }
  return undefined;
}

/** Of tranches to come that the votes say nothing of yet it is hoped that they are owned, where the newest is. */
function asOwnedAs(state: RegionState, standing: WindowStanding): WindowStanding {
  const newest = standing.tranches.findLast(({ epoch }) => epoch <= state.epoch);
  const owned = newest?.terms.every((term) => term.owned) ?? false;
  const tranches = standing.tranches.map(({ epoch, terms }) => ({
    epoch,
    terms: terms.map((term) => (epoch > state.epoch ? { ...term, owned: term.owned || owned } : term)),
  }));
  return { ...standing, tranches };
}

/** Milliseconds until the next window that this region may claim. */
function nextWindowMs(state: RegionState, limit: Limit): number {
  const { windows } = limit;
  const next = windows.endMs(windows.idAt(state.wallMs));
  const claimed = mayClaim(state) ? claimedUpTo(state, limit) : state.epoch;
  if (claimed < state.epoch) return next - state.wallMs;
  // The first window that begins after what may have been claimed.
  const claimable = windows.endMs(windows.idAt((claimed + 1) * EPOCH_MS - 1));
  return Math.max(next, claimable) - state.wallMs;
}
