import { regionOf } from '../../../crdt/index.ts';
import { EPOCH_MS } from '../../bounds.ts';
import type { Books, Sum } from '../books.ts';
import { type Counter, changed, hashedKey, thetaOf } from '../counter.ts';
import { assumedUse, claimedUpTo, isBarred, lastAssumed, mayClaim } from '../cover.ts';
import { baseOf, entitlement, type HashedKey } from '../entitlement.ts';
import { type Limit, permitsOf } from '../limit.ts';
import type { RegionState } from '../state.ts';
import type { Algorithm, Asked } from './algorithm.ts';
import { standingAt } from './standing.ts';

/**
 * What several windows count for together: sliding windows, permits at one time, and all that goes by what the world is known to have
 * used. By the trailing-minimum rule a unit that stays counted for D windows may be taken while what is counted stays below the least
 * that this region was entitled to in any of the D before; so whatever is counted anywhere at a time is within one window's limit.
 *
 * Source: protocol.md §4.
 */
export const summed: Algorithm = {
  weigh(state, { books, key, permits }) {
    const { limit } = books;
    const sum = sumAt(state, books, key);
    const allowed = permitsOf(limit, key);
    const windowId = limit.windows.idAt(state.wallMs) + limit.windows.leading;
    const counter = books.counters.find(windowId, key);
    const global = Math.max(0, allowed - sum.known);
    return {
      books,
      key,
      permits,
      windowId,
      counter,
      entitled: limit.isAvailable ? allowed : sum.cap,
      remaining: limit.isAvailable ? global : sum.cap - sum.own,
      globalRemaining: global,
      otherwise: sum.used - (counter?.mine ?? 0),
      delayMs: 0,
      before: 0,
      denial: undefined,
      outrun: false,
    };
  },
  spend(state, { books, key, permits }) {
    const sum = sumAt(state, books, key);
    sum.own += permits;
    sum.used += permits;
    sum.known += permits;
  },
  retryAfterMs(state, { books, key, permits }) {
    const { limit } = books;
    if (permits > permitsOf(limit, key)) return Number.POSITIVE_INFINITY;
    // Whoever holds permits may release them at any time.
    if (limit.windows.leading > 0) return Math.max(EPOCH_MS, entitledAgainMs(state, books, { key, permits }));
    if (limit.isWindowed) return limit.windows.endMs(limit.windows.idAt(state.wallMs)) - state.wallMs;
    return freeAgainMs(state, books, { key, permits });
  },
  resetAtMs(state, { books }) {
    const { windows } = books.limit;
    return windows.endMs(windows.idAt(state.wallMs) + windows.trailing);
  },
  refund(state, { books, key, permits }, only) {
    let left = permits;
    // The oldest first: a permit that counts for longer than it was spent denies, one that counts for less would admit.
    for (const windowId of windowsOfUse(state, books)) {
      if (only !== undefined && windowId !== only) continue;
      const counter = books.counters.find(windowId, key);
      if (counter === undefined || left === 0) continue;
      const returned = counter.giveBack(left);
      left -= returned;
      if (returned > 0 && counter.published > 0) changed(books, counter);
    }
    forgetSum(books, key);
    return permits - left;
  },
};

/** Makes the next decision about a key look again. */
export function forgetSum({ sums }: Books, key: string): void {
  sums.byKey.delete(key);
}

/** What is known of a key now; worked out anew when the votes, the epoch or what others used may have changed it. */
export function sumAt(state: RegionState, books: Books, key: string): Sum {
  const { sums } = books;
  if (sums.stamp !== state.stamp) {
    sums.byKey.clear();
    sums.stamp = state.stamp;
  }
  let sum = sums.byKey.get(key);
  if (sum === undefined || sum.revision !== books.revision) {
    sum = sumOf(state, books, key);
    sums.byKey.set(key, sum);
  }
  return sum;
}

function sumOf(state: RegionState, books: Books, key: string): Sum {
  const hashed = hashedKey(key);
  let own = 0;
  let used = 0;
  let known = 0;
  for (const windowId of windowsOfUse(state, books)) {
    const counter = books.counters.find(windowId, key);
    const mine = counter?.spent ?? assumedUse(state, books.limit, windowId, hashed);
    own += mine;
    used += counter?.mine ?? mine;
    known += counter?.known() ?? mine;
  }
  if (!books.limit.isAvailable)
    return { revision: books.revision, cap: capOf(state, books, hashed), own, used, known };
  return { revision: books.revision, cap: 0, own, used, known: known + assumedOf(state, books, hashed) };
}

function capOf(state: RegionState, books: Books, key: HashedKey): number {
  const { windows } = books.limit;
  let cap = Number.POSITIVE_INFINITY;
  const current = windows.idAt(state.wallMs);
  for (let windowId = current - windows.trailing; windowId <= current; windowId += 1)
    cap = Math.min(cap, entitledIn(state, books, windowId, key));
  return cap;
}

/** What this region is entitled to in one window: transfers included, what is used left out. */
function entitledIn(state: RegionState, books: Books, windowId: number, key: HashedKey): number {
  if (isBarred(state, books.limit, windowId)) return 0;
  const moved = books.counters.find(windowId, key.key)?.moved ?? 0;
  return entitlement(standingAt(state, books, windowId), key) + moved;
}

/** The windows in which something that still counts may have been used, the oldest first. */
export function* windowsOfUse(state: RegionState, { limit }: Books): Generator<number> {
  const { windows } = limit;
  const current = windows.idAt(state.wallMs);
  const first = windows.leading > 0 ? current : current - windows.trailing;
  const last = Math.max(current + windows.leading, lastAssumed(state, limit));
  for (let windowId = first; windowId <= last; windowId += 1) yield windowId;
}

/** What regions that cannot be heard may have used of their base beyond what is known. */
function assumedOf(state: RegionState, books: Books, key: HashedKey): number {
  const { cluster } = books.limit;
  const silent = cluster.seats.filter(
    ({ region }) => region !== state.region && state.peers.get(region)?.status !== 'up',
  );
  if (silent.length === 0) return 0;
  const known = usedByRegion(state, books, key.key);
  const theta = thetaOf(key.hash, cluster.weightSum);
  let assumed = 0;
  for (const seat of silent) {
    const base = baseOf(cluster, seat, permitsOf(books.limit, key.key), theta);
    assumed += Math.max(0, base - (known.get(seat.region) ?? 0));
  }
  return assumed;
}

function usedByRegion(state: RegionState, books: Books, key: string): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const windowId of windowsOfUse(state, books)) {
    const counter: Counter | undefined = books.counters.find(windowId, key);
    for (const [actor] of counter?.theirs() ?? []) {
      const region = regionOf(actor);
      used.set(region, (used.get(region) ?? 0) + (counter?.knownOf(actor) ?? 0));
    }
  }
  return used;
}

/**
 * Milliseconds until so many permits fit beside what still counts then, if nothing else happens. Of windows to come it is only sure that those
 * that are sat out give nothing: for the rest the best is hoped.
 */
function freeAgainMs(state: RegionState, books: Books, { key, permits }: Omit<Asked, 'books'>): number {
  const { limit } = books;
  const { windows } = limit;
  const current = windows.idAt(state.wallMs);
  const assumed = limit.isAvailable ? assumedOf(state, books, hashedKey(key)) : 0;
  const last = Math.max(lastUsable(state, limit), lastAssumed(state, limit)) + windows.trailing + 1;
  for (let windowId = current + 1; windowId < last; windowId += 1) {
    const used = assumed + usedUpTo(state, books, windowId, key);
    if (used + permits <= capAhead(state, books, windowId, key))
      return windows.startMs(windowId) - state.wallMs;
  }
  return windows.startMs(last) - state.wallMs;
}

/** Milliseconds until this region can be entitled to so many permits in all the windows that count; 0 when it is now. */
function entitledAgainMs(state: RegionState, books: Books, { key, permits }: Omit<Asked, 'books'>): number {
  const { limit } = books;
  if (limit.isAvailable) return 0;
  const { windows } = limit;
  const isUsable = lastUsable(state, limit) === windows.idAt(state.wallMs);
  if (isUsable && sumAt(state, books, key).cap >= permits) return 0;
  const hashed = hashedKey(key);
  const first = windows.idAt(state.wallMs) - windows.trailing;
  for (let windowId = lastUsable(state, limit); windowId >= first; windowId -= 1) {
    if (hopedIn(state, books, windowId, hashed) < permits)
      return windows.startMs(windowId + windows.trailing + 1) - state.wallMs;
  }
  return 0;
}

/** What is used now and still counts in a window to come. */
function usedUpTo(state: RegionState, books: Books, windowId: number, key: string): number {
  const { limit, counters } = books;
  const hashed = hashedKey(key);
  let used = 0;
  for (const each of windowsOfUse(state, books)) {
    if (each < windowId - limit.windows.trailing) continue;
    const counter = counters.find(each, key);
    const mine = counter?.spent ?? assumedUse(state, limit, each, hashed);
    used += limit.isAvailable ? (counter?.known() ?? mine) : mine;
  }
  return used;
}

function capAhead(state: RegionState, books: Books, upto: number, key: string): number {
  const { limit } = books;
  let cap = permitsOf(limit, key);
  if (limit.isAvailable) return cap;
  const hashed = hashedKey(key);
  for (let windowId = upto - limit.windows.trailing; windowId <= upto; windowId += 1)
    cap = Math.min(cap, hopedIn(state, books, windowId, hashed));
  return cap;
}

/** What this region is entitled to in a window, or at best will be in one to come. */
function hopedIn(state: RegionState, books: Books, windowId: number, key: HashedKey): number {
  const { limit } = books;
  if (windowId <= limit.windows.idAt(state.wallMs)) return entitledIn(state, books, windowId, key);
  return windowId <= lastUsable(state, limit) ? 0 : permitsOf(limit, key.key);
}

/** The last window of which it is known what this region may use: the current one, or the last that it sits out. */
function lastUsable(state: RegionState, limit: Limit): number {
  const current = limit.windows.idAt(state.wallMs);
  if (!mayClaim(state) || limit.isAvailable) return current;
  return Math.max(current, limit.windows.idAt(claimedUpTo(state, limit) * EPOCH_MS));
}
