import type { ActorId } from '../../crdt/index.ts';
import type { Books } from './books.ts';
import { type Seat, seatOf } from './cluster.ts';
import { type Counter, hashedKey } from './counter.ts';
import { assumedUse, claimedUpTo, isBarred } from './cover.ts';
import { entitlement, standings, type WindowStanding } from './entitlement.ts';
import type { RegionState } from './state.ts';
import { termsAt } from './version.ts';
import { wholeNet, wholeOf } from './whole-limit.ts';

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
  const hashed = counter ?? hashedKey(key);
  const whole = wholeOf(books, windowId);
  const unopened = (actor: ActorId) =>
    actor === state.actor ? -assumedUse(state, books.limit, windowId, hashed) : 0;
  return outlook(state, books, windowId).map(({ seat, standing, actor }) => ({
    seat,
    rights:
      entitlement(standing, hashed) +
      (counter === undefined ? unopened(actor) : netOf(state, books, counter, actor)) +
      (whole === undefined ? 0 : wholeNet(state, { limit: books.limit, whole }, hashed, actor)),
  }));
}

/** The own transferable rights FR: all tranches up to the lookahead that this region is known to be entitled to. */
export function transferable(state: RegionState, books: Books, windowId: number, key: string): number {
  if (isBarred(state, books.limit, windowId) || owes(books, key)) return 0;
  return holdings(state, books, windowId, key)[0]?.rights ?? 0;
}

/** Whether a bucket has let requests go ahead on what it mints next, which then is not to be given away. */
function owes({ levels }: Books, key: string): boolean {
  return (levels.get(key)?.units ?? 0) < 0;
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
  const members = [of(seatOf(limit.cluster, state.region), state.actor, claimedUpTo(state, limit))];
  for (const peer of state.peers.values()) {
    if (peer.status === 'up' && peer.actor !== undefined) {
      members.push(of(seatOf(limit.cluster, peer.region), peer.actor, peer.sitsUntil));
    }
  }
  books.outlooks.set(windowId, { stamp: state.stamp, members });
  return members;
}

/** What an actor was given less what it gave, and less what it used where that comes off the rights to the window. */
function netOf(state: RegionState, { limit }: Books, counter: Counter, actor: ActorId): number {
  if (actor === state.actor) return limit.isWindowed ? counter.moved - counter.spent : counter.moved;
  const balance = counter.rights?.balance(actor) ?? 0;
  return limit.isWindowed ? balance - counter.knownOf(actor) : balance;
}
