import { type ActorId, regionOf } from '../../crdt/index.ts';
import type { Books } from './books.ts';
import { seatOf } from './cluster.ts';
import { type Counter, thetaOf } from './counter.ts';
import { claimedUpTo, isBarred } from './cover.ts';
import { bookGift } from './durability.ts';
import { baseOf, type HashedKey, owns } from './entitlement.ts';
import { amountOf, type Limit } from './limit.ts';
import { WHOLE_KEY } from './match-key.ts';
import { openCounter } from './open-counter.ts';
import type { RegionState } from './state.ts';
import { trancheEpoch } from './window.ts';

/** Thousandths: what a transfer of a whole limit is counted in, of the giver's base of every key. */
const WHOLE = 1_000;

/** Part of the shares that follows demand; the rest stays with the weights, for keys whose demand is elsewhere. */
const FOLLOWS = 0.7;

/** Less than this part of a limit is not worth moving. */
const LEAST_PART = 0.05;

/** Units of a base, on average, below which rounding would take too large a part. */
const LEAST_UNITS = 20;

/** Permits in a window below which demand says too little about where the next key will be asked for. */
const LEAST_PERMITS = 20;

/**
 * What transfers of the whole limit brought an actor of one key in a window, less what they took. Receivers round down and givers up; and
 * where versions differ receivers go by the least base and givers by the greatest, so that what is taken is never less than what is brought.
 */
export function wholeNet(
  state: RegionState,
  { limit, whole }: { readonly limit: Limit; readonly whole: Counter },
  key: HashedKey,
  actor: ActorId,
): number {
  let net = 0;
  const gave = partsGiven(state, whole, actor);
  if (gave > 0) net -= Math.ceil((bases(state, limit, key, actor).most * gave) / WHOLE);
  for (const donor of whole.rights?.donors() ?? []) {
    const part = donor === actor ? 0 : (whole.rights?.given(donor, actor) ?? 0);
    if (part > 0) net += Math.floor((bases(state, limit, key, donor).least * Math.min(part, WHOLE)) / WHOLE);
  }
  return net;
}

/** The counter of a window that holds transfers of the whole limit, if there are any. */
export function wholeOf(books: Books, windowId: number): Counter | undefined {
  return books.counters.find(windowId, WHOLE_KEY);
}

/**
 * Moves a part of every key's share of coming windows to where the limit as a whole is asked for: what is cold has no demand of its own
 * to go by. Only of windows in which nothing was given away yet, while one version stands and this region owns the window.
 *
 * Source: protocol.md §5, *Standing shares*, cold keys.
 */
export function settleWhole(state: RegionState, books: Books, windowId: number): void {
  if (books.wholeSettled >= windowId) return;
  const { limit } = books;
  if (!limit.isWindowed || limit.windows.tranches > 1 || limit.perValue.length === 0) return;
  if (limit.spec.shares === 'static' || state.versions.length > 1) return;
  // Rounding costs each key a unit or two: of few units that is most of them.
  if (limit.limit < LEAST_UNITS * limit.cluster.seats.length) return;
  const epoch = trancheEpoch(limit.windows, windowId, 0);
  if (epoch <= claimedUpTo(state, limit) || isBarred(state, limit, windowId)) return;
  if (!owns(state.current, state.votes, state.region, epoch)) return;
  books.wholeSettled = windowId;
  if (hasGiven(books, windowId)) return;
  const parts = partsToGive(state, books);
  if (parts.size === 0) return;
  const counter = openCounter(state, books, windowId, WHOLE_KEY);
  if (counter === undefined) return;
  for (const [recipient, permits] of parts) bookGift(state, { books, counter, recipient, permits });
  books.tally.wholesGiven += 1;
}

/** Thousandths of the own base, by who is to have them. */
function partsToGive(state: RegionState, { limit, demand }: Books): Map<ActorId, number> {
  const parts = new Map<ActorId, number>();
  const { weightSum } = limit.cluster;
  const weight = seatOf(limit.cluster, state.region).weight / weightSum;
  const peers = [...state.peers.values()].flatMap(({ region, status, actor, demand: told }) =>
    status === 'up' && actor !== undefined
      ? [
          {
            actor,
            demand: told.get(limit.name) ?? 0,
            weight: seatOf(limit.cluster, region).weight / weightSum,
          },
        ]
      : [],
  );
  const own = demand.perSecond();
  const all = peers.reduce((sum, peer) => sum + peer.demand, own);
  if (weight === 0 || (all * limit.windowMs) / 1_000 < LEAST_PERMITS) return parts;
  const target = (share: { readonly demand: number; readonly weight: number }) =>
    (FOLLOWS * share.demand) / all + (1 - FOLLOWS) * share.weight;
  const excess = weight - target({ demand: own, weight });
  const short = peers.map((peer) => ({ actor: peer.actor, part: Math.max(0, target(peer) - peer.weight) }));
  const shortAll = short.reduce((sum, { part }) => sum + part, 0);
  if (excess < LEAST_PART || shortAll < LEAST_PART) return parts;
  const given = Math.min(excess, shortAll) / weight;
  for (const { actor, part } of short) {
    const permille = Math.floor((WHOLE * given * part) / shortAll);
    if (permille > 0) parts.set(actor, permille);
  }
  return parts;
}

/** Whether something of a window was given away already: then there may be keys of which too little is left. */
function hasGiven({ counters }: Books, windowId: number): boolean {
  for (const { booked } of counters.window(windowId)?.values() ?? []) if (booked !== undefined) return true;
  return false;
}

function partsGiven(state: RegionState, whole: Counter, actor: ActorId): number {
  const gifts = actor === state.actor ? (whole.booked ?? []) : (whole.rights?.gifts(actor) ?? []);
  let sum = 0;
  for (const [, part] of gifts) sum += part;
  return Math.min(sum, WHOLE);
}

/** The least and the most that the versions which count make of an actor's base of a key. */
function bases(state: RegionState, limit: Limit, key: HashedKey, actor: ActorId) {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const version of state.versions) {
    const known = version.limits.get(limit.name);
    if (known?.id !== limit.id) continue;
    const { cluster } = known;
    const theta = thetaOf(key.hash, cluster.weightSum);
    const base = baseOf(cluster, seatOf(cluster, regionOf(actor)), amountOf(known, key.key), theta);
    least = Math.min(least, base);
    most = Math.max(most, base);
  }
  return { least: Number.isFinite(least) ? least : 0, most };
}
