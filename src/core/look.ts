import { type RegionId, regionOf } from '../../crdt/index.ts';
import { remainingOf, standingOf } from './algorithms/fixed-window.ts';
import type { Books } from './books.ts';
import type { Counter } from './counter.ts';
import { baseOf, entitlement, owns } from './entitlement.ts';
import type { Instant } from './instant.ts';
import type { Peer } from './peer.ts';
import { isSitting, type RegionState } from './state.ts';
import { type Configuration, seatIn } from './version.ts';
import type { LimitView, PeerView, RegionView, UsageView, WindowUsage } from './view.ts';
import { windowIdOf, windowStartMs } from './window.ts';

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
    peers: [...state.peers.values()].map((peer) => peerView(state, peer, at)),
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

/** The newest configuration that is known, adopted or not. */
export function newestConfiguration({ versions, current }: RegionState): Configuration {
  return (versions.at(-1) ?? current).configuration;
}

/** A key's counters in the current window and the one before; undefined when there is no such limit. */
export function usageOf(state: RegionState, limitName: string, key: string): UsageView | undefined {
  const books = state.books.get(limitName);
  if (books === undefined) return undefined;
  const current = windowIdOf(books.limit.windowMs, state.wallMs);
  return {
    limit: limitName,
    key,
    limitPermits: books.limit.limit,
    windows: [current, current - 1].map((windowId) => windowUsage(state, books, windowId, key)),
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
  const standing = standingOf(state, limit, windowIdOf(limit.windowMs, state.wallMs));
  const { cluster } = state.current;
  return {
    spec: limit.spec,
    bases: cluster.seats.map((seat) => [seat.region, baseOf(cluster, seat, limit.limit, 0)]),
    entitlement: entitlement(standing, 0),
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
  };
}

function windowUsage(
  state: RegionState,
  { limit, counters }: Books,
  windowId: number,
  key: string,
): WindowUsage {
  const counter = counters.find(windowId, key);
  const used = usedByRegion(state, counter);
  return {
    windowId,
    startsAtMs: windowStartMs(limit.windowMs, windowId),
    endsAtMs: windowStartMs(limit.windowMs, windowId + 1),
    used: counter?.value() ?? 0,
    byRegion: [...used].map(([region, permits]) => ({ region, used: permits })),
    entitlement: remainingOf(state, standingOf(state, limit, windowId), key, counter).entitled,
  };
}

/** Every member's use in all its lives. */
function usedByRegion(state: RegionState, counter: Counter | undefined): Map<RegionId, number> {
  const used = new Map<RegionId, number>(state.current.cluster.seats.map((seat) => [seat.region, 0]));
  if (counter === undefined) return used;
  used.set(state.region, counter.mine);
  for (const [actor, count] of counter.theirs())
    used.set(regionOf(actor), (used.get(regionOf(actor)) ?? 0) + count);
  return used;
}
