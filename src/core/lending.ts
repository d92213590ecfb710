import type { RegionId } from '../../crdt/index.ts';
import { COMMITS_OPEN_MAX, PULL_DONORS_MAX, PULL_WANTS_MAX, TICK_MS } from '../bounds.ts';
import { invariant } from '../invariant.ts';
import type { Books } from './books.ts';
import { bookGift } from './durability.ts';
import type { Effect } from './effects.ts';
import { owns } from './entitlement.ts';
import { type Holding, holdings, transferable } from './holdings.ts';
import { type HotKey, heat, longestRoundTripMs, toldDemand } from './hot-key.ts';
import type { Instant } from './instant.ts';
import { isSparse } from './limit.ts';
import { WHOLE_KEY } from './match-key.ts';
import type { Pull, Want } from './messages.ts';
import { openCounter } from './open-counter.ts';
import type { Peer } from './peer.ts';
import type { RegionState } from './state.ts';
import { spreadUnits } from './unit-wise.ts';
import { waterFill } from './water-fill.ts';
import { settleWhole } from './whole-limit.ts';
import { trancheEpoch } from './window.ts';

/**
 * Asks donors for quota of the keys that run short here: a fair part of what is left in the world, at most one request
 * per round trip and key.
 *
 * Source: protocol.md §5, *Pull*.
 */
export function askForQuota(state: RegionState, at: Instant): Effect[] {
  const wants = new Map<RegionId, Want[]>();
  const pacingMs = longestRoundTripMs(state) + TICK_MS;
  for (const books of state.books.values()) {
    if (books.wanting.length === 0) continue;
    if (!books.limit.isWindowed || hasStaticShares(books)) {
      letGo(books);
      continue;
    }
    const again: HotKey[] = [];
    for (const hot of books.wanting) {
      if (at.monoMs - hot.askedMonoMs < pacingMs || isFull(wants)) {
        again.push(hot);
        continue;
      }
      hot.wanting = false;
      hot.askedMonoMs = at.monoMs;
      askDonors(state, books, hot, { at, wants });
      hot.denied = false;
    }
    books.wanting = again;
  }
  return [...wants].map(([to, all]) => ({ kind: 'send', to, message: { kind: 'pull', wants: all } }));
}

/** Whether the shares of a limit stay where they are: its hot keys are followed for those who look alone. */
function hasStaticShares({ limit }: Books): boolean {
  return limit.spec.shares === 'static';
}

/** Where only coming windows can be given away, or nothing, nobody is asked: donors settle those by the demand that they are told. */
function letGo(books: Books): void {
  for (const hot of books.wanting.splice(0)) {
    hot.wanting = false;
    hot.denied = false;
  }
}

/** Whether some donor is asked for as much as one request holds; the rest waits for the next tick. */
function isFull(wants: ReadonlyMap<RegionId, readonly Want[]>): boolean {
  for (const all of wants.values()) if (all.length >= PULL_WANTS_MAX) return true;
  return false;
}

/** Gives what a peer asks for, as far as this region can spare it. */
export function answerPull(state: RegionState, peer: Peer, message: Pull, at: Instant): void {
  for (const [limit, windowId, key, permits, perSecond, broke] of message.wants) {
    const books = state.books.get(limit);
    if (books === undefined || hasStaticShares(books) || key === WHOLE_KEY) continue;
    if (!isOpenAhead(state, books, windowId)) continue;
    const hot = heat(state, books, key, books.counters.find(windowId, key));
    // Shares of a limit with too many hot keys already stay where they are.
    if (hot === undefined) continue;
    hot.theirs.set(peer.region, { perSecond, atMonoMs: at.monoMs });
    const holds = transferable(state, books, windowId, key);
    const spare = Math.floor(holds - reserve(state, books, windowId, { key, hot, broke, at }));
    // Of few units whoever has nothing gets one, however little there is: it is wanted there now, and here only by chance.
    const few = Math.max(spare, broke ? Math.min(1, Math.floor(holds)) : 0);
    const most = Math.min(spare, Math.max(permits, Math.floor(spare / 2)));
    const amount = isSparse(books.limit, key) ? Math.min(few, permits) : most;
    const given = give(state, books, windowId, { key, peer, permits: amount });
    if (given === 0) books.tally.transfers.refused += 1;
  }
}

/**
 * Moves the shares of coming windows to where demand is, once per window and key, as soon as this region owns its first epoch:
 * what it holds beyond its fair part goes to those that hold less than theirs.
 *
 * Source: protocol.md §5, *Standing shares*.
 */
export function settleStandingShares(state: RegionState, books: Books, at: Instant): void {
  const { windows } = books.limit;
  // What goes by what is known to be used has no shares.
  if (books.limit.isAvailable || hasStaticShares(books)) return;
  let windowId = windows.next(windows.idAt(state.wallMs));
  for (; isOpenAhead(state, books, windowId); windowId = windows.next(windowId)) {
    if (!isSettled(state, books, windowId)) continue;
    settleWhole(state, books, windowId);
    for (const hot of books.hot.values()) {
      if (hot.settledWindow >= windowId) continue;
      hot.settledWindow = windowId;
      settle(state, books, windowId, { hot, at });
    }
  }
}

/** Whether transfers for a window may be booked: it is open, where that is enough, or begins within the lookahead. */
function isOpenAhead(state: RegionState, { limit, counters }: Books, windowId: number): boolean {
  const current = limit.windows.idAt(state.wallMs);
  if (windowId < current || windowId < counters.lowWater) return false;
  // The current window of what is judged by several, or comes in by the second, has been counted on already.
  if (windowId === current && !limit.isWindowed) return false;
  return trancheEpoch(limit.windows, windowId, 0) <= state.epoch + state.timing.lookaheadEpochs;
}

/** Whether it is time to settle a coming window: its votes are in, or there is no more time to wait for them. */
function isSettled(state: RegionState, { limit }: Books, windowId: number): boolean {
  const epoch = trancheEpoch(limit.windows, windowId, 0);
  if (epoch <= state.epoch + 1) return true;
  for (const region of state.current.members) {
    const peer = state.peers.get(region);
    if (peer !== undefined && peer.status !== 'up') continue;
    if (!owns(state.current, state.votes, region, epoch)) return false;
  }
  return true;
}

type Asking = { readonly at: Instant; readonly wants: Map<RegionId, Want[]> };

function askDonors(state: RegionState, books: Books, hot: HotKey, { at, wants }: Asking): void {
  const windowId = books.limit.windows.idAt(state.wallMs);
  const held = holdings(state, books, windowId, hot.key);
  const own = held[0]?.rights ?? 0;
  // A key that has just become hot is judged by what it did, not by what was seen of it up to the last delta.
  hot.demand.fold(at.monoMs);
  const broke = hot.denied;
  // Of few units one denial must not draw all that others have: the next arrival there would draw them back.
  const sparse = isSparse(books.limit, hot.key);
  const fair = fairParts(state, books, windowId, { hot, held, at });
  const missing = Math.max(Math.ceil((fair[0] ?? 0) - own), broke && own < 1 ? 1 : 0);
  if (missing <= 0) return;
  const donors = held
    .slice(1)
    .map(({ seat, rights }, index) => ({
      seat,
      surplus: broke && (!sparse || missing === 1) ? rights : rights - (fair[index + 1] ?? 0),
    }))
    .filter(({ surplus }) => surplus >= 1)
    .sort((a, b) => b.surplus - a.surplus)
    .slice(0, sparse && missing === 1 ? 1 : PULL_DONORS_MAX);
  const surplus = sum(donors.map((donor) => donor.surplus));
  for (const donor of donors) {
    const permits = Math.ceil((missing * donor.surplus) / surplus);
    const list = wants.get(donor.seat.region) ?? [];
    books.tally.transfers.asked += 1;
    list.push([books.limit.id, windowId, hot.key, permits, hot.demand.perSecond(), broke && own < 1]);
    wants.set(donor.seat.region, list);
  }
}

type Reserving = {
  readonly key: string;
  readonly hot: HotKey;
  readonly broke: boolean;
  readonly at: Instant;
};

/** What a donor keeps: its own need, but no more than its fair part; and only the next round trips' when the asker has nothing. */
function reserve(
  state: RegionState,
  books: Books,
  windowId: number,
  { key, hot, broke, at }: Reserving,
): number {
  const perSecond = hot.demand.perSecond();
  if (broke && !isSparse(books.limit, key))
    return Math.floor((perSecond * 2 * (longestRoundTripMs(state) + TICK_MS)) / 1_000);
  const held = holdings(state, books, windowId, key);
  return Math.ceil(fairParts(state, books, windowId, { hot, held, at })[0] ?? 0);
}

/**
 * What each holder should have of what all hold: first what it is expected to use until the window ends, then room for chance, as far as
 * there is any left. Expectations go by what a member says or, failing that, by nothing; room by twice the standard deviation of
 * arrivals at random. Room comes second, or in scarcity many small claims' room would starve the large one.
 */
function fairParts(
  state: RegionState,
  books: Books,
  windowId: number,
  { hot, held, at }: { readonly hot: HotKey; readonly held: readonly Holding[]; readonly at: Instant },
): number[] {
  const { unitsPerPermit } = books.limit;
  const seconds = secondsOfUse(state, books, windowId);
  const expected = held.map(({ seat }, index) => {
    const perSecond = index === 0 ? hot.demand.perSecond() : (toldDemand(hot, seat.region, at) ?? 0);
    return { wants: perSecond * seconds * unitsPerPermit, weight: Math.max(seat.weight, 1) };
  });
  if (isSparse(books.limit, hot.key)) {
    const wants = expected.map((each) => each.wants);
    return spreadUnits(
      wants,
      held.map(({ rights }) => Math.max(0, Math.floor(rights))),
    );
  }
  const total = sum(held.map(({ rights }) => Math.max(0, rights)));
  const first = waterFill(total, expected);
  const room = expected
    .map(({ wants }) => 2 * Math.sqrt(wants * unitsPerPermit))
    .map((wants) => ({ wants, weight: wants }));
  const second = waterFill(total - sum(first), room);
  return first.map((amount, index) => amount + (second[index] ?? 0));
}

/** For how many seconds of demand the rights to a window are meant. */
function secondsOfUse(state: RegionState, { limit }: Books, windowId: number): number {
  const { windows } = limit;
  // Demand for permits at one time is how many are held, whatever the time.
  if (windows.leading > 0) return 1;
  const startMs = windows.startMs(limit.isWindowed ? windowId : windowId - windows.trailing);
  const fromMs = limit.isWindowed ? Math.max(state.wallMs, startMs) : startMs;
  return Math.max(0, windows.endMs(windowId) - fromMs) / 1_000;
}

function settle(
  state: RegionState,
  books: Books,
  windowId: number,
  { hot, at }: { readonly hot: HotKey; readonly at: Instant },
): void {
  const held = holdings(state, books, windowId, hot.key);
  const total = sum(held.map(({ rights }) => Math.max(0, rights)));
  const fair = fairParts(state, books, windowId, { hot, held, at });
  // What nobody is expected to want stays where the weights put it.
  const idle = total - sum(fair);
  const weights = sum(held.map(({ seat }) => seat.weight)) || 1;
  const target = fair.map((amount, index) => amount + (idle * (held[index]?.seat.weight ?? 0)) / weights);
  const excess = (held[0]?.rights ?? 0) - (target[0] ?? 0);
  const short = held.map(({ rights }, index) => Math.max(0, (target[index] ?? 0) - Math.max(0, rights)));
  const shortAll = sum(short);
  // Where every window is settled anew, what hardly matters is not worth a message.
  const least = books.limit.isWindowed ? 1 : Math.max(1, total / 50);
  if (excess < least || shortAll < 1) return;
  let left = Math.floor(Math.min(excess, shortAll));
  held.forEach(({ seat }, index) => {
    const peer = state.peers.get(seat.region);
    const permits = Math.min(left, Math.round((Math.min(excess, shortAll) * (short[index] ?? 0)) / shortAll));
    if (peer === undefined || permits < 1) return;
    left -= give(state, books, windowId, { key: hot.key, peer, permits });
  });
}

/** Books a transfer to a peer's present life, never more than can be spared for good; returns how much it was. */
function give(
  state: RegionState,
  books: Books,
  windowId: number,
  { key, peer, permits }: { readonly key: string; readonly peer: Peer; readonly permits: number },
): number {
  const amount = Math.min(permits, Math.floor(transferable(state, books, windowId, key)));
  if (amount < 1 || peer.actor === undefined || state.commits.open.size > COMMITS_OPEN_MAX) return 0;
  const counter = openCounter(state, books, windowId, key);
  if (counter === undefined) return 0;
  bookGift(state, { books, counter, recipient: peer.actor, permits: amount });
  invariant(transferable(state, books, windowId, key) >= 0, 'only what is held is given away');
  books.tally.permitsGiven += amount;
  books.tally.transfers.given += 1;
  return amount;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
