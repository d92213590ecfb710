import { ASSUMED_COVER_PERMITS_MIN, EPOCH_MS } from '../bounds.ts';
import { seatOf } from './cluster.ts';
import { type Counter, thetaOf } from './counter.ts';
import { baseOf, type HashedKey } from './entitlement.ts';
import { type Limit, permitsOf } from './limit.ts';
import type { RegionState } from './state.ts';
import type { Version } from './version.ts';
import { trancheEpoch } from './window.ts';

/**
 * Whether what is spent under a limit survives a crash. Shorter windows are over before a restart is; buckets begin empty after one, and
 * permits at a time count as taken until all that may be are over.
 */
export function isJournaled(state: RegionState, limit: Limit): boolean {
  if (!state.journaling || limit.isAvailable || limit.windowMs < state.journaledWindowMsMin) return false;
  return limit.isWindowed || limit.spec.algorithm === 'sliding-window';
}

/** The epoch up to which an earlier life may have claimed a limit's tranches without this one knowing how much of them it used. */
export function claimedUpTo(state: RegionState, limit: Limit): number {
  if (!mayClaim(state)) return Number.MAX_SAFE_INTEGER;
  return isJournaled(state, limit) ? state.booksSitUntil : state.sitsUntil;
}

/** Whether this life may claim anything at all: it is the newest, it is its turn, it knows what it goes by, and that is on disk. */
export function mayClaim(state: RegionState): boolean {
  return state.informed && state.lifeRecorded && !state.superseded && state.epoch <= state.turnUpTo;
}

/**
 * Whether nothing at all may be used of a window, transfers included: the ledger was recovered, but not what it had used of this
 * window, so gifts that it may have spent already would be credited to it again.
 */
export function isBarred(state: RegionState, limit: Limit, windowId: number): boolean {
  if (state.superseded || state.epoch > state.turnUpTo) return true;
  if (!state.recovered || isJournaled(state, limit)) return false;
  return isBefore(state, limit, windowId);
}

/**
 * How far a key may be spent without asking the disk: the journal holds at least this much as used, or a recovery assumes it.
 * Decisions never wait for the disk; what is on it stays ahead of them. `otherwise` is what has been spent that a window's own cover
 * does not tell of: in the windows before it, where they count too.
 *
 * Source: protocol.md §6, *Durable books* (hi/lo).
 */
export function coverOf(
  state: RegionState,
  limit: Limit,
  key: HashedKey,
  { counter, otherwise }: { readonly counter: Counter | undefined; readonly otherwise: number },
): number {
  if (!isJournaled(state, limit)) return Number.POSITIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (const version of state.versions)
    least = Math.min(least, unwritten(state, version, limit, key) ?? least);
  return Math.max(counter?.covered ?? 0, least - otherwise);
}

/**
 * What a recovered life must count as used of a key that its journal does not name: up to here nothing was written down. The most of
 * what any version that counts allows, where spending goes by the least: whichever was in force, this is no less.
 */
export function assumedUse(state: RegionState, limit: Limit, windowId: number, key: HashedKey): number {
  if (!state.recovered || !isJournaled(state, limit) || !isBefore(state, limit, windowId)) return 0;
  // Where windows are judged together so is what was not written down: it counts where it counts longest.
  if (!limit.isWindowed && windowId !== lastAssumed(state, limit)) return 0;
  let most = 0;
  for (const version of state.versions) most = Math.max(most, unwritten(state, version, limit, key) ?? 0);
  return most;
}

/** The last window in which something is assumed to be used; it may be to come, for the earlier life's clock may have been ahead. */
export function lastAssumed(state: RegionState, limit: Limit): number {
  if (!state.recovered || limit.isWindowed || !isJournaled(state, limit)) return Number.NEGATIVE_INFINITY;
  return limit.windows.idAt(state.sitsUntil * EPOCH_MS);
}

/** Whether an earlier life may have used a window. */
function isBefore(state: RegionState, { windows }: Limit, windowId: number): boolean {
  return trancheEpoch(windows, windowId, 0) <= state.sitsUntil;
}

/**
 * A quarter of the base, and of a small base all: what a crash may cost a key in the windows that are open, against a write for every key
 * there is, and against denials of bursts that outrun the disk. Undefined where the version has no such limit.
 */
function unwritten(state: RegionState, version: Version, limit: Limit, key: HashedKey): number | undefined {
  const known = version.limits.get(limit.name);
  if (known?.id !== limit.id) return undefined;
  const { cluster } = known;
  const theta = thetaOf(key.hash, cluster.weightSum);
  const base = baseOf(cluster, seatOf(cluster, state.region), permitsOf(known, key.key), theta);
  return Math.max(1, base >> 2, Math.min(base, ASSUMED_COVER_PERMITS_MIN));
}
