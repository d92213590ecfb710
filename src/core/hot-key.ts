import type { RegionId } from '../../crdt/index.ts';
import { HOT_KEYS_PER_LIMIT_MAX, SPARSE_PATIENCE_MS_MIN, TICK_MS } from '../bounds.ts';
import { sumAt } from './algorithms/summed.ts';
import type { Books } from './books.ts';
import type { Counter } from './counter.ts';
import { Demand } from './demand.ts';
import type { Instant } from './instant.ts';
import { isSparse } from './limit.ts';
import type { RegionState } from './state.ts';

/** Offered permits a second in a peer, as it last said. */
export type ToldDemand = { readonly perSecond: number; readonly atMonoMs: number };

/** A key worth following: it has used a good part of its share here, was denied here, or is wanted by a peer. */
export type HotKey = {
  readonly key: string;
  readonly demand: Demand;
  /** Permits that were asked for and refused. */
  readonly refused: Demand;
  readonly theirs: Map<RegionId, ToldDemand>;
  /** Permits left below which quota is asked for: what could be spent before an answer comes. */
  pullBelow: number;
  /** Waiting to be looked at by the next tick. */
  wanting: boolean;
  /** Denied here since the last look. */
  denied: boolean;
  askedMonoMs: number;
  /** Demand as peers were last told, and when. */
  toldPerSecond: number;
  toldMonoMs: number;
  /** The newest window for which this region's standing share has been settled. */
  settledWindow: number;
};

/** The hot key of that name, made when there is room; undefined when the limit has too many already. */
export function heat(state: RegionState, books: Books, key: string, counter?: Counter): HotKey | undefined {
  let hot = books.hot.get(key);
  if (hot === undefined) {
    if (books.hot.size >= HOT_KEYS_PER_LIMIT_MAX) return undefined;
    hot = newHotKey(state, books, key, counter);
    books.hot.set(key, hot);
  }
  if (counter !== undefined) counter.hot = hot;
  return hot;
}

/** Puts a hot key on the list of those that the next tick looks at. */
export function want(books: Books, hot: HotKey, denied: boolean): void {
  if (denied) hot.denied = true;
  if (hot.wanting) return;
  hot.wanting = true;
  books.wanting.push(hot);
}

/** Takes what was offered into the averages, and lets go of keys that nobody asks for any more. */
export function foldHotKeys(state: RegionState, books: Books, at: Instant): void {
  const aheadSeconds = (longestRoundTripMs(state) + TICK_MS) / 1_000;
  for (const [key, hot] of books.hot) {
    if (books.limit.windows.leading > 0) {
      hot.demand.offer((sumAt(state, books, key).own * hot.demand.sinceFoldMs(at.monoMs)) / 1_000);
    }
    hot.demand.fold(at.monoMs);
    hot.refused.fold(at.monoMs);
    const ahead = 2 * hot.demand.perSecond() * aheadSeconds;
    hot.pullBelow = ahead + 2 * Math.sqrt(ahead) + 1;
    if (isCold(books, hot, at)) coolDown(books, key);
  }
}

/** The longest round trip to a peer that is up, in milliseconds. */
export function longestRoundTripMs(state: RegionState): number {
  let longest = 0;
  for (const peer of state.peers.values()) {
    if (peer.status === 'up' && peer.roundTripMs !== undefined) longest = Math.max(longest, peer.roundTripMs);
  }
  return longest;
}

/** What a peer wants of a key, in permits a second, if it said so lately. */
export function toldDemand(hot: HotKey, peer: RegionId, at: Instant): number | undefined {
  const told = hot.theirs.get(peer);
  return told === undefined || at.monoMs - told.atMonoMs > TOLD_DEMAND_HOLDS_MS ? undefined : told.perSecond;
}

/** How long a peer's word on its demand holds, in milliseconds; it repeats it every second while the key is hot. */
const TOLD_DEMAND_HOLDS_MS = 5_000;

/** Permits that would be asked for in one window, below which a key is cold. */
const COLD_BELOW_PERMITS_A_WINDOW = 0.05;

function newHotKey(state: RegionState, books: Books, key: string, counter: Counter | undefined): HotKey {
  const { windows } = books.limit;
  const sinceWindowMs = state.wallMs - windows.startMs(windows.idAt(state.wallMs));
  const sinceMs =
    counter === undefined ? TICK_MS : Math.min(sinceWindowMs, state.monoMs - state.startedMonoMs);
  const patienceMs = isSparse(books.limit, key)
    ? Math.max(SPARSE_PATIENCE_MS_MIN, 2 * books.limit.windowMs)
    : undefined;
  const fromMonoMs = state.monoMs - Math.max(1, sinceMs);
  const demand = new Demand(fromMonoMs, patienceMs);
  demand.offer(counter?.mine ?? 0);
  return {
    key,
    demand,
    refused: new Demand(fromMonoMs, patienceMs),
    theirs: new Map(),
    pullBelow: 1,
    wanting: false,
    denied: false,
    askedMonoMs: Number.NEGATIVE_INFINITY,
    toldPerSecond: 0,
    toldMonoMs: Number.NEGATIVE_INFINITY,
    settledWindow: Number.NEGATIVE_INFINITY,
  };
}

function isCold(books: Books, hot: HotKey, at: Instant): boolean {
  if (hot.wanting) return false;
  const perSecond = Math.max(hot.demand.perSecond(), hot.refused.perSecond());
  if (perSecond * books.limit.windowMs >= COLD_BELOW_PERMITS_A_WINDOW * 1_000) return false;
  for (const { atMonoMs } of hot.theirs.values())
    if (at.monoMs - atMonoMs <= TOLD_DEMAND_HOLDS_MS) return false;
  return true;
}

function coolDown(books: Books, key: string): void {
  books.hot.delete(key);
  for (const [, counters] of books.counters.windows()) {
    const counter = counters.get(key);
    if (counter !== undefined) counter.hot = undefined;
  }
}
