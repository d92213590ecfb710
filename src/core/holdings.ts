import type { ActorId } from '../../crdt/index.ts';
import type { Books } from './books.ts';
import type { Seat } from './cluster.ts';
import { type Counter, keyHash } from './counter.ts';
import { assumedUse, claimedUpTo, isBarred } from './cover.ts';
import { entitlement, standings, type WindowStanding } from './entitlement.ts';
import type { RegionState } from './state.ts';
import { seatIn, termsAt } from './version.ts';

/** A member that can give or take, with what it is thought to hold of one key in one window. */
export type Holding = {
  readonly seat: Seat;
  /** Entitlement, as far as votes are known here and up to the lookahead, with transfers, less what is known to be used. */
  readonly rights: number;
};

/**
 * What each living member is thought to hold of a key in a window, this region first. Only the own figure is a fact
 * (it is the transferable rights FR of protocol.md §2); the others are as old as the last row heard.
 */
export function holdings(state: RegionState, books: Books, windowId: number, key: string): Holding[] {
  const counter = books.counters.find(windowId, key);
  const hash = counter?.hash ?? keyHash(key);
  const unopened = (actor: ActorId) =>
    actor === state.actor ? -assumedUse(state, books.limit, windowId, hash) : 0;
  return outlook(state, books, windowId).map(({ seat, standing, actor }) => ({
    seat,
    rights:
      entitlement(standing, hash) + (counter === undefined ? unopened(actor) : netOf(state, counter, actor)),
  }));
}

/** The own transferable rights FR: all tranches up to the lookahead that this region is known to be entitled to. */
export function transferable(state: RegionState, books: Books, windowId: number, key: string): number {
  if (isBarred(state, books.limit, windowId)) return 0;
  return holdings(state, books, windowId, key)[0]?.rights ?? 0;
}

/** One member's outlook on a window. */
export type Outlook = { readonly seat: Seat; readonly actor: ActorId; readonly standing: WindowStanding };

function outlook(state: RegionState, books: Books, windowId: number): readonly Outlook[] {
  const cached = books.outlooks.get(windowId);
  if (cached !== undefined && cached.stamp === state.stamp) return cached.members;
  const uptoEpoch = state.epoch + state.timing.lookaheadEpochs;
  const { limit } = books;
  const of = (seat: Seat, actor: ActorId, afterEpoch: number): Outlook => {
    const tranches = standings(state.votes, seat.region, { limit, windowId }, (epoch) =>
      termsAt(state.versions, seat.region, limit, epoch),
    );
    return { seat, actor, standing: { limit, windowId, tranches, afterEpoch, uptoEpoch } };
  };
  const members = [of(state.seat, state.actor, claimedUpTo(state, limit))];
  for (const peer of state.peers.values()) {
    if (peer.status === 'up' && peer.actor !== undefined) {
      members.push(of(seatIn(state.current, peer.region), peer.actor, peer.sitsUntil));
    }
  }
  books.outlooks.set(windowId, { stamp: state.stamp, members });
  return members;
}

function netOf(state: RegionState, counter: Counter, actor: ActorId): number {
  if (actor === state.actor) return counter.moved - counter.mine;
  return (counter.rights?.balance(actor) ?? 0) - counter.row(actor);
}
