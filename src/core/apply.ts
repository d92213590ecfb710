import { openBooks } from './books.ts';
import { DomainMatcher } from './domains.ts';
import { strangerPeer } from './peer.ts';
import type { RegionState } from './state.ts';
import { adoptedAt, seatIn, type Version } from './version.ts';
import { neededEpochs } from './window.ts';

/** Brings what follows from the versions up to date: which one is current, whose books are open, who the peers are. */
export function applyVersions(state: RegionState): void {
  meetMembers(state);
  const current = state.versions[adoptedAt(state.versions, state.region, state.epoch)];
  if (current === undefined || current === state.current) return;
  state.current = current;
  state.seat = seatIn(current, state.region);
  openBooksOf(state, current);
}

/** The books of the current limits; those of limits that are gone are kept until their last window closes, for they may come back. */
function openBooksOf(state: RegionState, current: Version): void {
  const kept = new Map(
    [...state.closedBooks, ...state.books].map(([, books]) => [books.limit.id, books] as const),
  );
  state.books.clear();
  state.closedBooks.clear();
  for (const limit of current.limits.values()) {
    const books = kept.get(limit.id) ?? openBooks(limit, state);
    kept.delete(limit.id);
    if (books.limit !== limit) books.ratesSinceEpoch = state.epoch;
    books.limit = limit;
    state.books.set(limit.id, books);
  }
  for (const [id, books] of kept)
    if (books.counters.size > 0) state.closedBooks.set(id, books);
    else state.counters -= books.levels.size;
  state.matcher = new DomainMatcher([...state.books.values()]);
  cutTime(state);
  state.stamp += 1;
}

/**
 * Finds which epochs matter: those of the windows of every limit in the versions that count. One that the current version has let go
 * of may come back while its window is open, and goes by the votes of then.
 */
export function cutTime(state: RegionState): void {
  const limits = [...state.books.values(), ...state.closedBooks.values()].map(({ limit }) => limit);
  for (const version of state.versions) limits.push(...version.limits.values());
  state.windowShapes = [...new Map(limits.map(({ windows }) => [windows.shape, windows])).values()];
  state.neededEpochs = neededEpochs(state.windowShapes, state.wallMs);
}

/** Opens books for the limits of every version that counts, so that what an earlier life wrote down under any of them finds its place. */
export function openBooksOfAll(state: RegionState): void {
  openBooksOf(state, state.current);
  for (const { limits } of state.versions) {
    for (const limit of limits.values()) {
      if (state.books.has(limit.id) || state.closedBooks.has(limit.id)) continue;
      state.closedBooks.set(limit.id, openBooks(limit, state));
    }
  }
}

/** Every member of a version that counts is a peer; about one that is new, votes begin beyond any that could have been cast. */
function meetMembers(state: RegionState): void {
  const members = new Set(state.versions.flatMap(({ cluster }) => cluster.seats.map(({ region }) => region)));
  for (const region of members) {
    if (region === state.region || state.peers.has(region)) continue;
    state.peers.set(region, strangerPeer(region, state.epoch + state.timing.lookaheadEpochs, state.monoMs));
    state.membersChanged = true;
  }
  for (const region of state.peers.keys()) {
    if (members.has(region)) continue;
    state.peers.delete(region);
    state.membersChanged = true;
  }
}
