import { EPOCH_MS } from '../../bounds.ts';
import { invariant } from '../../invariant.ts';
import type { Books, OpenWindow } from '../books.ts';
import { type Counter, keyHash } from '../counter.ts';
import { assumedUse, claimedUpTo, isBarred, mayClaim } from '../cover.ts';
import { entitlement, standings, type WindowStanding } from '../entitlement.ts';
import type { Limit } from '../limit.ts';
import type { RegionState } from '../state.ts';
import { termsAt } from '../version.ts';
import { windowIdOf, windowStartMs } from '../window.ts';

/** The window that is current, looked up anew only when it, the epoch or the votes have changed. */
export function usableWindow(state: RegionState, books: Books): OpenWindow {
  const { open, limit } = books;
  // The stamp changes with the epoch, and windows are whole epochs.
  if (open !== undefined && open.stamp === state.stamp) return open;
  const windowId = windowIdOf(limit.windowMs, state.wallMs);
  const counters = books.counters.window(windowId);
  invariant(counters !== undefined, 'the current window is open');
  books.open = { standing: standingOf(state, limit, windowId), counters, stamp: state.stamp };
  return books.open;
}

/** What this region may use of a window, as far as it knows the votes. */
export function standingOf(state: RegionState, limit: Limit, windowId: number): WindowStanding {
  const tranches = standings(state.votes, state.region, { limit, windowId }, (epoch) =>
    termsAt(state.versions, state.region, limit, epoch),
  );
  return { limit, windowId, tranches, afterEpoch: claimedUpTo(state, limit), uptoEpoch: state.epoch };
}

/** What a key is entitled to here, and what of that is left: entitlement + transfers in − transfers out − used. */
export function remainingOf(
  state: RegionState,
  standing: WindowStanding,
  key: string,
  counter: Counter | undefined,
): { readonly entitled: number; readonly remaining: number } {
  const own = entitlement(standing, counter?.hash ?? keyHash(key));
  const { limit, windowId } = standing;
  if (isBarred(state, limit, windowId)) return { entitled: 0, remaining: 0 };
  if (counter === undefined)
    return { entitled: own, remaining: own - assumedUse(state, limit, windowId, keyHash(key)) };
  const entitled = own + counter.moved;
  return { entitled, remaining: entitled - counter.mine };
}

/** Milliseconds until a request that is denied now could pass: the next window that this region may claim. */
export function retryAfterMs(state: RegionState, limit: Limit): number {
  const next = windowIdOf(limit.windowMs, state.wallMs) + 1;
  const claimed = mayClaim(state) ? claimedUpTo(state, limit) : state.epoch;
  const claimable = windowIdOf(limit.windowMs, (claimed + 1) * EPOCH_MS - 1) + 1;
  return windowStartMs(limit.windowMs, Math.max(next, claimable)) - state.wallMs;
}
