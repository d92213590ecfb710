import type { Books } from '../books.ts';
import { claimedUpTo } from '../cover.ts';
import { standings, type WindowStanding } from '../entitlement.ts';
import type { Limit } from '../limit.ts';
import type { RegionState } from '../state.ts';
import { termsAt } from '../version.ts';

/** What this region may use of a window, as far as it knows the votes. */
export function standingOf(state: RegionState, limit: Limit, windowId: number): WindowStanding {
  const tranches = standings(state.votes, state.region, { limit, windowId }, (epoch) =>
    termsAt(state.versions, state.region, limit, epoch),
  );
  return { limit, windowId, tranches, afterEpoch: claimedUpTo(state, limit), uptoEpoch: state.epoch };
}

/** The same, worked out anew only when the epoch or the votes have changed. */
export function standingAt(state: RegionState, books: Books, windowId: number): WindowStanding {
  const kept = books.standings.get(windowId);
  if (kept !== undefined && kept.stamp === state.stamp) return kept.standing;
  const standing = standingOf(state, books.limit, windowId);
  books.standings.set(windowId, { stamp: state.stamp, standing });
  return standing;
}
