import { type RegionId, regionOf } from '../../crdt/index.ts';
import { HOT_KEYS_LISTED_MAX } from '../bounds.ts';
import { algorithmOf } from './algorithms/algorithms.ts';
import { movedWith, remainingOf } from './algorithms/fixed-window.ts';
import { standingOf } from './algorithms/standing.ts';
import { windowsOfUse } from './algorithms/summed.ts';
import type { Books } from './books.ts';
import { baseOf, entitlement, owns } from './entitlement.ts';
import type { HotKey } from './hot-key.ts';
import type { Instant } from './instant.ts';
import { permitsOf } from './limit.ts';
import { booksNamed } from './open-counter.ts';
import type { Peer } from './peer.ts';
import { reclaimed } from './reclaim.ts';
import { sharesOf } from './shares.ts';
import { isSitting, type RegionState } from './state.ts';
import { type Configuration, seatIn } from './version.ts';
import type {
  HotKeyQuery,
  HotKeyView,
  LimitView,
  PeerView,
  RegionView,
  UsageView,
  WindowUsage,
} from './view.ts';
import { wholeOf } from './whole-limit.ts';

/** What operators may see of a region; a copy, made when asked for. */
export function viewOf(state: RegionState, at: Instant): Omit<RegionView, 'inboxDepth' | 'inboxShed'> {
  return {
    region: state.region,
    ledger: state.ledger,
    incarnation: state.incarnation,
    epoch: state.epoch,
    sitsUntil: state.sitsUntil,
    sitting: isSitting(state),
    draining: state.draining,
    degraded: state.degraded,
    owns: owns(state.current, state.votes, state.region, state.epoch),
    weight: state.seat.weight,
    peers: peersOf(state, at),
    limits: [...state.books.values()].map((books) => limitView(state, books)),
    deltasSent: state.sequences.delta,
    version: state.current.id,
    versions: state.versions.map((version) => ({
      id: version.id,
      fingerprint: version.fingerprint,
      adopted: [...version.adopted],
    })),
  };
}

/** The peers alone. */
export function peersOf(state: RegionState, at: Instant): PeerView[] {
  return [...state.peers.values()].map((peer) => peerView(state, peer, at));
}

/** The newest configuration that is known, adopted or not. */
export function newestConfiguration({ versions, current }: RegionState): Configuration {
  return (versions.at(-1) ?? current).configuration;
}

/** A key's counters in the current window and the one before; undefined when there is no such limit. */
export function usageOf(state: RegionState, limitName: string, key: string): UsageView | undefined {
  const books = booksNamed(state, limitName);
  if (books === undefined) return undefined;
  const { windows } = books.limit;
  const current = windows.idAt(state.wallMs);
  return {
    limit: limitName,
    key,
    limitPermits: permitsOf(books.limit, key),
    windows: [current, windows.previous(current)].map((windowId) => windowUsage(state, books, windowId, key)),
  };
}

/** Permits refused a second below which a key is not one that is denied: averages only come near to nothing. */
const REFUSED_PER_SECOND_MIN = 0.001;

/** The hot keys with the most demand, or with the most of it refused, at most `HOT_KEYS_LISTED_MAX`; undefined when there is no such limit. */
export function hotKeysOf(state: RegionState, { limit, by }: HotKeyQuery): readonly HotKeyView[] | undefined {
  const named = limit === undefined ? [...state.books.values()] : [booksNamed(state, limit)];
  const found: HotKeyView[] = [];
  for (const books of named) {
    if (books === undefined) return undefined;
    for (const hot of books.hot.values()) {
      const view = hotKeyView(state, books, hot);
      if (by === 'permits' || view.refused >= REFUSED_PER_SECOND_MIN) found.push(view);
    }
  }
  const rank = by === 'permits' ? 'demand' : 'refused';
  return found.sort((a, b) => b[rank] - a[rank]).slice(0, HOT_KEYS_LISTED_MAX);
}

function hotKeyView(state: RegionState, books: Books, hot: HotKey): HotKeyView {
  const { key, askedMonoMs } = hot;
  const { remaining, globalRemaining } = algorithmOf(books.limit).weigh(state, { books, key, permits: 0 });
  return {
    limit: books.limit.name,
    key,
    demand: hot.demand.perSecond(),
    refused: hot.refused.perSecond(),
    remaining: Math.max(0, remaining),
    globalRemaining: Math.max(0, globalRemaining),
    short: hot.denied || remaining < 1,
    askedAgoMs: Number.isFinite(askedMonoMs) ? state.monoMs - askedMonoMs : undefined,
  };
}

function peerView(state: RegionState, peer: Peer, at: Instant): PeerView {
  const agoMs = (monoMs: number | undefined) =>
    monoMs === undefined || monoMs === Number.NEGATIVE_INFINITY ? undefined : at.monoMs - monoMs;
  return {
    region: peer.region,
    weight: seatIn(state.current, peer.region).weight,
    status: peer.status,
    ledger: peer.ledger,
    lastHeardAgoMs: agoMs(peer.heardMonoMs),
    roundTripMs: peer.roundTripMs,
    clockSkewMs: peer.clockSkewMs,
    syncLatencyMs: peer.syncLatencyMs,
    snapshotAgoMs: agoMs(peer.snapshotMonoMs),
    differs: peer.differs,
    stale: peer.stale,
    owns: owns(state.current, state.votes, peer.region, state.epoch),
    fenced: peer.fenced,
    repairedEntries: peer.repairedEntries,
    deltasReceived: peer.deltasReceived,
  };
}

function limitView(state: RegionState, { limit, counters, demand, tally }: Books): LimitView {
  const windowId = limit.windows.idAt(state.wallMs);
  const standing = standingOf(state, limit, windowId);
  const { cluster } = limit;
  return {
    spec: limit.spec,
    bases: cluster.seats.map((seat) => [seat.region, baseOf(cluster, seat, limit.limit, 0)]),
    entitlement: Math.floor(entitlement(standing, { key: '', hash: 0 }) / limit.unitsPerPermit),
    keys: counters.size,
    demand: demand.perSecond(),
    checks: [
      ...[...tally.allowed].map(([reason, count]) => ({ outcome: 'allowed' as const, reason, count })),
      ...[...tally.denied].map(([reason, count]) => ({ outcome: 'denied' as const, reason, count })),
    ],
    permitsAllowed: tally.permitsAllowed,
    permitsDenied: tally.permitsDenied,
    nearLimit: tally.nearLimit,
    permitsGiven: tally.permitsGiven,
    permitsReceived: tally.permitsReceived,
    transfers: { ...tally.transfers },
    reclaimed: [...reclaimed(standing)],
    keysForgotten: tally.keysForgotten,
    permitsOver: tally.permitsOver,
    permitsUncounted: tally.permitsUncounted,
  };
}

function windowUsage(state: RegionState, books: Books, windowId: number, key: string): WindowUsage {
  const { windows } = books.limit;
  const isCurrent = windowId === windows.idAt(state.wallMs);
  const together = isCurrent ? windowsOfUse(state, books) : [windowId];
  const used = usedByRegion(state, books, together, key);
  const shares = sharesOf(state, books, { windowId, key });
  return {
    windowId,
    startsAtMs: windows.startMs(isCurrent ? windowId - windows.trailing : windowId),
    endsAtMs: windows.endMs(windowId),
    used: [...used.values()].reduce((sum, permits) => sum + permits, 0),
    byRegion: [...used].map(([region, permits]) => ({
      region,
      used: permits,
      share: shares.get(region) ?? 0,
    })),
    entitlement: entitledTo(state, books, windowId, key),
  };
}

function entitledTo(state: RegionState, books: Books, windowId: number, key: string): number {
  const { limit } = books;
  if (!limit.isWindowed || limit.isAvailable)
    return algorithmOf(limit).weigh(state, { books, key, permits: 0 }).entitled;
  const standing = standingOf(state, limit, windowId);
  const { entitled } = remainingOf(state, standing, key, books.counters.find(windowId, key));
  const whole = wholeOf(books, windowId);
  return whole === undefined ? entitled : entitled + movedWith(state, standing, key, whole);
}

/** Every member's use in all its lives, in some windows together. */
function usedByRegion(
  state: RegionState,
  { counters }: Books,
  windowIds: Iterable<number>,
  key: string,
): Map<RegionId, number> {
  const used = new Map<RegionId, number>(state.current.cluster.seats.map((seat) => [seat.region, 0]));
  const add = (region: RegionId, permits: number) => used.set(region, (used.get(region) ?? 0) + permits);
  for (const windowId of windowIds) {
    const counter = counters.find(windowId, key);
    if (counter === undefined) continue;
    add(state.region, counter.spent);
    for (const [actor] of counter.theirs()) add(regionOf(actor), counter.knownOf(actor));
  }
  return used;
}
