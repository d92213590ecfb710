import {
  type ActorId,
  actorId,
  type Digest,
  type LedgerId,
  type RegionId,
  VoteTable,
} from '../../crdt/index.ts';
import { SENT_HEARTBEATS_REMEMBERED } from '../bounds.ts';
import { invariant } from '../invariant.ts';
import { type Books, openBooks } from './books.ts';
import { type Cluster, type Seat, seatMembers, type Timing } from './cluster.ts';
import type { Counter } from './counter.ts';
import { claimedUpTo } from './cover.ts';
import { type Commit, type PendingGift, recover } from './durability.ts';
import type { Instant } from './instant.ts';
import type { Recovery } from './journal.ts';
import { compileLimit, type LimitSpec, type Member } from './limit.ts';
import { type Peer, strangerPeer } from './liveness.ts';
import { Matcher } from './match.ts';
import type { SnapshotCursor } from './replicate.ts';
import { neededEpochs } from './voting.ts';
import { epochOf } from './window.ts';

/** What a region is told when it starts. */
export type RegionSetup = {
  readonly region: RegionId;
  readonly ledger: LedgerId;
  readonly members: readonly Member[];
  readonly limits: readonly LimitSpec[];
  readonly timing: Timing;
  /** The operator attests that no earlier life of this member ever voted or admitted: there is nothing to sit out. */
  readonly newCluster: boolean;
  /** Whether effects of kind `persist` will be carried out; without, nothing survives a crash. */
  readonly journaling?: boolean;
  /** What the journal kept of an earlier life, whose ledger this one then carries on. */
  readonly recovery?: Recovery | undefined;
};

/** All that one region knows. Only `src/core` changes it. */
export type RegionState = {
  readonly region: RegionId;
  readonly ledger: LedgerId;
  readonly actor: ActorId;
  readonly incarnation: number;
  readonly startedMonoMs: number;
  readonly timing: Timing;
  readonly cluster: Cluster;
  readonly seat: Seat;
  readonly votes: VoteTable;
  readonly peers: ReadonlyMap<RegionId, Peer>;
  readonly books: ReadonlyMap<string, Books>;
  readonly matcher: Matcher<Books>;
  /** The different window lengths of the limits, in milliseconds. */
  readonly windowLengths: ReadonlySet<number>;
  /** Old epochs whose votes still matter, because a window that is open rests on them. */
  neededEpochs: ReadonlySet<number>;
  /** Fingerprints of each actor's replicated rows, by the epoch in which their window closes. */
  readonly digests: Map<ActorId, Map<number, Digest>>;
  /** Monotonic time of the newest event. */
  monoMs: number;
  /** Wall time as far as it has come: it never moves back within a run. */
  wallMs: number;
  epoch: number;
  /** Changes whenever an entitlement may have: with the epoch, and with every vote that becomes known. */
  stamp: number;
  /** Epochs up to here may have been claimed by an earlier life. */
  readonly sitsUntil: number;
  readonly journaling: boolean;
  /** The books of an earlier life were taken up. */
  readonly recovered: boolean;
  /** Every epoch up to here may be voted about: the journal says that it may have been. */
  votesReserved: number;
  reservingVotes: boolean;
  /** Counters that need more cover, and transfers that must be on disk before they are told of; both for the next tick. */
  readonly topping: { readonly books: Books; readonly counter: Counter; readonly needed: number }[];
  readonly pendingGifts: PendingGift[];
  readonly commits: { token: number; readonly open: Map<number, Commit> };
  /** Less than the share can be used: some epoch is not owned, or still sat out. */
  degraded: boolean;
  draining: boolean;
  /** A newer process has this name: this one claims, votes and says nothing any more. */
  superseded: boolean;
  counters: number;
  readonly sequences: { heartbeat: number; delta: number };
  /** Monotonic times at which the newest heartbeats left, by sequence number modulo their number. */
  readonly heartbeatsSentMs: Float64Array;
  readonly due: {
    heartbeatMs: number;
    deltaMs: number;
    digestMs: number;
    snapshotMs: number;
    housekeepingEpoch: number;
  };
  /** Some changed counter is running out: the next delta should not wait. */
  urgent: boolean;
  /** Quota was given away: whoever asked for it is waiting to hear. */
  gave: boolean;
  /** The full snapshot that is being sent, and when the last one began. */
  snapshot: SnapshotCursor | undefined;
  snapshotStartedMs: number;
};

/** Creates the state of a region that starts at `at`. */
export function createState(setup: RegionSetup, at: Instant): RegionState {
  const { region, timing, members, recovery, journaling = false } = setup;
  const ledger = recovery?.ledger ?? setup.ledger;
  const cluster = seatMembers(members);
  const seat = cluster.seats.find((candidate) => candidate.region === region);
  invariant(seat !== undefined, `${region} is a member of its own cluster`);
  const epoch = epochOf(at.wallMs);
  // Without books of an earlier life, that life may have voted and pre-issued up to H ahead, by a clock that was ahead of ours.
  const dead = setup.newCluster ? 0 : epoch + timing.lookaheadEpochs + timing.clockSlackEpochs;
  const books = new Map(setup.limits.map((spec) => [spec.name, openBooks(compileLimit(spec), at.monoMs)]));
  const windowLengths = new Set(setup.limits.map((spec) => spec.windowMs));
  const peers = cluster.seats
    .filter((candidate) => candidate.region !== region)
    .map((candidate) => [candidate.region, strangerPeer(candidate, recovery?.votesUpTo ?? dead)] as const);
  const state: RegionState = {
    region,
    ledger,
    actor: actorId(region, ledger),
    incarnation: Math.floor(at.wallMs),
    startedMonoMs: at.monoMs,
    timing,
    cluster,
    seat,
    votes: new VoteTable(),
    peers: new Map(peers),
    books,
    matcher: new Matcher([...books.values()]),
    windowLengths,
    neededEpochs: neededEpochs(windowLengths, at.wallMs),
    digests: new Map(),
    monoMs: at.monoMs,
    wallMs: at.wallMs,
    epoch,
    stamp: 0,
    sitsUntil: dead,
    journaling,
    recovered: recovery !== undefined,
    votesReserved: journaling ? (recovery?.votesUpTo ?? 0) : Number.POSITIVE_INFINITY,
    reservingVotes: false,
    topping: [],
    pendingGifts: [],
    commits: { token: 0, open: new Map() },
    degraded: true,
    draining: false,
    superseded: false,
    counters: 0,
    sequences: { heartbeat: 0, delta: 0 },
    heartbeatsSentMs: new Float64Array(SENT_HEARTBEATS_REMEMBERED).fill(Number.NEGATIVE_INFINITY),
    due: {
      heartbeatMs: at.monoMs,
      deltaMs: at.monoMs,
      digestMs: at.monoMs + timing.digestMs,
      snapshotMs: at.monoMs + timing.snapshotMs,
      housekeepingEpoch: epoch,
    },
    urgent: false,
    gave: false,
    snapshot: undefined,
    snapshotStartedMs: Number.NEGATIVE_INFINITY,
  };
  if (recovery !== undefined) recover(state, recovery);
  return state;
}

/** Moves the region's clock on to `at`; a wall clock that stepped back stands still instead. */
export function advance(state: RegionState, at: Instant): void {
  state.monoMs = at.monoMs;
  if (at.wallMs <= state.wallMs) return;
  state.wallMs = at.wallMs;
  const epoch = epochOf(at.wallMs);
  if (epoch > state.epoch) {
    state.epoch = epoch;
    state.stamp += 1;
  }
}

/** Whether the region may still not claim the current epoch under some limit. */
export function isSitting(state: RegionState): boolean {
  if (state.epoch > state.sitsUntil) return false;
  for (const { limit } of state.books.values()) if (claimedUpTo(state, limit) >= state.epoch) return true;
  return false;
}
