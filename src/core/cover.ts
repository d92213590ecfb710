import { ASSUMED_COVER_PERMITS_MIN, JOURNALED_WINDOW_MS_MIN } from '../bounds.ts';
import { type Counter, keyHash, thetaOf } from './counter.ts';
import { baseOf } from './entitlement.ts';
import type { Limit } from './limit.ts';
import type { RegionState } from './state.ts';
import { seatIn, type Version } from './version.ts';
import { trancheEpoch } from './window.ts';

/** Whether what is spent under a limit survives a crash; shorter windows are over before a restart is. */
export function isJournaled(state: RegionState, limit: Limit): boolean {
  return state.journaling && limit.windowMs >= JOURNALED_WINDOW_MS_MIN;
}

/** The epoch up to which an earlier life may have claimed a limit's tranches without this one knowing how much of them it used. */
export function claimedUpTo(state: RegionState, limit: Limit): number {
  if (!mayClaim(state)) return Number.MAX_SAFE_INTEGER;
  return isJournaled(state, limit) ? state.booksSitUntil : state.sitsUntil;
}

/** Whether this life may claim anything at all: it is the newest, knows what it goes by, and that is on disk. */
export function mayClaim(state: RegionState): boolean {
  return state.informed && state.lifeRecorded && !state.superseded;
}

/**
 * Whether nothing at all may be used of a window, transfers included: the ledger was recovered, but not what it had used of this
 * window, so gifts that it may have spent already would be credited to it again.
 */
export function isBarred(state: RegionState, limit: Limit, windowId: number): boolean {
  if (state.superseded) return true;
  if (!state.recovered || isJournaled(state, limit)) return false;
  return trancheEpoch(limit.windowMs, windowId, 0) <= state.sitsUntil;
}

/**
 * How far a key may be spent without asking the disk: the journal holds at least this much as used, or a recovery assumes it.
 * Decisions never wait for the disk; what is on it stays ahead of them.
 *
 * Source: protocol.md §6, *Durable books* (hi/lo).
 */
export function coverOf(state: RegionState, limit: Limit, key: string, counter: Counter | undefined): number {
  if (!isJournaled(state, limit)) return Number.POSITIVE_INFINITY;
  const hash = counter?.hash ?? keyHash(key);
  let least = Number.POSITIVE_INFINITY;
  for (const version of state.versions)
    least = Math.min(least, unwritten(state, version, limit, hash) ?? least);
  return Math.max(counter?.covered ?? 0, least);
}

/**
 * What a recovered life must count as used of a key that its journal does not name: up to here nothing was written down. The most of
 * what any version that counts allows, where spending goes by the least: whichever was in force, this is no less.
 */
export function assumedUse(state: RegionState, limit: Limit, windowId: number, hash: number): number {
  if (!state.recovered || !isJournaled(state, limit)) return 0;
  if (trancheEpoch(limit.windowMs, windowId, 0) > state.sitsUntil) return 0;
  let most = 0;
  for (const version of state.versions) most = Math.max(most, unwritten(state, version, limit, hash) ?? 0);
  return most;
}

/**
 * A quarter of the base, and of a small base all: what a crash may cost a key in the windows that are open, against a write for every key
 * there is, and against denials of bursts that outrun the disk. Undefined where the version has no such limit.
 */
function unwritten(state: RegionState, version: Version, limit: Limit, hash: number): number | undefined {
  const known = version.limits.get(limit.name);
  if (known?.windowMs !== limit.windowMs) return undefined;
  const { cluster } = version;
  const base = baseOf(cluster, seatIn(version, state.region), known.limit, thetaOf(hash, cluster.weightSum));
  return Math.max(1, base >> 2, Math.min(base, ASSUMED_COVER_PERMITS_MIN));
}
