import {
  type ActorId,
  actorId,
  type Digest,
  type LedgerId,
  type RegionId,
  VoteTable,
} from '../../crdt/index.ts';
import { JOURNALED_WINDOW_MS_MIN, SENT_HEARTBEATS_REMEMBERED, VOTES_RESERVED_EPOCHS } from '../bounds.ts';
import { invariant } from '../invariant.ts';
import { openBooksOfAll } from './apply.ts';
import type { Books } from './books.ts';
import type { Seat, Timing } from './cluster.ts';
import type { Counter } from './counter.ts';
import { claimedUpTo, mayClaim } from './cover.ts';
import { DomainMatcher } from './domains.ts';
import { type Commit, type PendingGift, recover } from './durability.ts';
import type { Instant } from './instant.ts';
import type { Recovery } from './journal.ts';
import type { Lease } from './leases.ts';
import type { LimitSpec, Member } from './limit.ts';
import { type Peer, strangerPeer } from './peer.ts';
import type { SnapshotCursor } from './replicate.ts';
import {
  adoptedAt,
  type Configuration,
  compileVersion,
  seatIn,
  type Version,
  type VersionId,
} from './version.ts';
import { epochOf, type Windows } from './window.ts';

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
  /** The shortest windows that are journaled, in milliseconds; `JOURNALED_WINDOW_MS_MIN` unless said otherwise. */
  readonly journaledWindowMsMin?: number;
  /** Needed where several processes take turns to be this member. */
  readonly turn?: Turn;
};

/**
 * One process's turn to be a member. Whoever comes next learns from the medium they share how far each turn reached, so that nobody has to
 * know whether the process before is dead: it may do nothing in an epoch that its turn does not reach.
 */
export type Turn = {
  /** Greater than that of every turn before. */
  readonly incarnation: number;
  /** The last epoch that this turn reaches, until it is extended. */
  readonly upTo: number;
  /** The last epoch that an earlier turn may have claimed anything of; undefined where the member had none. */
  readonly claimedBefore: number | undefined;
};

/** All that one region knows. Only `src/core` changes it. */
export type RegionState = {
  readonly region: RegionId;
  readonly ledger: LedgerId;
  readonly actor: ActorId;
  incarnation: number;
  readonly startedMonoMs: number;
  readonly startedWallMs: number;
  readonly timing: Timing;
  /** The versions that count, oldest first; never empty. */
  versions: Version[];
  /** The newest that is adopted by now, and the own seat in it. */
  current: Version;
  seat: Seat;
  /** Every version that may be stable is known here. */
  informed: boolean;
  /** An operator said that the cluster is new, and nothing has shown otherwise. */
  attested: boolean;
  /** No life of this member came before this one, so nothing was ever taken out of its buckets. */
  isFirstLife: boolean;
  /** To be published once this region is informed. */
  heldConfiguration: Configuration | undefined;
  /** A version whose parts are coming in. */
  incoming:
    | { id: VersionId; members: readonly Member[]; retired: readonly RegionId[]; limits: LimitSpec[] }
    | undefined;
  askedVersionMonoMs: number;
  /** Peers whose configuration differs under the same version, as has been reported. */
  readonly complained: Set<RegionId>;
  /** The journal, and the transport, should hear of versions and members. */
  versionsChanged: boolean;
  membersChanged: boolean;
  readonly votes: VoteTable;
  /** The oldest own vote that was cast late, and until when heartbeats tell of it. */
  readonly votesToTell: { from: number; untilMonoMs: number };
  readonly peers: Map<RegionId, Peer>;
  /** Books of the current limits, by the limit's id. */
  readonly books: Map<string, Books>;
  /** Books of limits that are gone, by id, while some window is open. */
  readonly closedBooks: Map<string, Books>;
  matcher: DomainMatcher<Books>;
  /** The different ways in which the limits cut time. */
  windowShapes: readonly Windows[];
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
  sitsUntil: number;
  /** The same for journaled limits: books that were recovered are carried on. */
  booksSitUntil: number;
  /** Beyond this epoch another process may be this member: nothing is claimed there before the turn is extended. */
  turnUpTo: number;
  readonly journaledWindowMsMin: number;
  /** Counts changes of what the ledger may claim; it claims nothing while the newest is not on disk. */
  lifeStamp: number;
  lifeStampSent: number;
  lifeRecorded: boolean;
  /** Some peer has heard this life: a newer one of the same name that it hears later is another process. */
  heardByPeers: boolean;
  readonly journaling: boolean;
  /** The books of an earlier life were taken up. */
  readonly recovered: boolean;
  /** Every epoch up to here may be voted about: the journal says that it may have been. */
  votesReserved: number;
  reservingVotes: boolean;
  /** Counters that need more cover, and transfers that must be on disk before they are told of; both for the next tick. */
  readonly topping: {
    readonly books: Books;
    readonly counter: Counter;
    readonly needed: number;
    readonly most: number;
  }[];
  readonly pendingGifts: PendingGift[];
  readonly commits: { token: number; readonly open: Map<number, Commit> };
  /** Less than the share can be used: some epoch is not owned, or still sat out. */
  degraded: boolean;
  draining: boolean;
  /** A newer process has this name: this one claims, votes and says nothing any more. */
  superseded: boolean;
  counters: number;
  /** Permits that are held until they are released or run out, by the lease that names them. */
  readonly leases: Map<string, Lease>;
  leaseSequence: number;
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
  const { region, timing, recovery } = setup;
  const ledger = recovery?.ledger ?? setup.ledger;
  const epoch = epochOf(at.wallMs);
  const fresh = setup.newCluster && recovery === undefined;
  // Without books of an earlier life, that life may have voted and pre-issued up to H ahead, by a clock that was ahead of ours.
  const dead = fresh ? 0 : Math.max(claimedBefore(setup, epoch), aheadOfUs(setup));
  const versions = recoveredVersions(setup);
  const current = versions[adoptedAt(versions, region, epoch)] ?? versions[0];
  invariant(current !== undefined, 'there is a version to begin with');
  invariant(
    versions.some(({ members }) => members.has(region)),
    `${region} is a member of its own cluster`,
  );
  const state: RegionState = {
    region,
    ledger,
    actor: actorId(region, ledger),
    incarnation: setup.turn?.incarnation ?? Math.floor(at.wallMs),
    startedMonoMs: at.monoMs,
    startedWallMs: at.wallMs,
    timing,
    versions,
    current,
    seat: seatIn(current, region),
    informed:
      fresh ||
      (recovery?.life?.informed === true && carriesVersions(recovery, region)) ||
      current.members.size === 1,
    attested: fresh,
    isFirstLife: fresh,
    ...noVersionsTold(),
    ...nothingUnderWay(),
    votes: new VoteTable(),
    votesToTell: { from: epoch, untilMonoMs: Number.NEGATIVE_INFINITY },
    peers: new Map(),
    books: new Map(),
    closedBooks: new Map(),
    matcher: new DomainMatcher([]),
    windowShapes: [],
    neededEpochs: new Set(),
    digests: new Map(),
    monoMs: at.monoMs,
    wallMs: at.wallMs,
    epoch,
    stamp: 0,
    ...lifeAfter(setup, dead),
    degraded: true,
    draining: false,
    superseded: false,
    counters: 0,
    sequences: { heartbeat: 0, delta: 0 },
    heartbeatsSentMs: new Float64Array(SENT_HEARTBEATS_REMEMBERED).fill(Number.NEGATIVE_INFINITY),
    due: firstDue(timing, at),
  };
  // Books without reserved votes are those of a life that never voted: they tell nothing of the lives before it.
  const closedUpTo = recovery?.votesUpTo || dead;
  for (const peer of new Set(versions.flatMap(({ members }) => [...members]))) {
    if (peer !== region) state.peers.set(peer, strangerPeer(peer, closedUpTo, at.monoMs));
  }
  openBooksOfAll(state);
  if (recovery !== undefined) recover(state, recovery);
  state.closedBooks.forEach(({ counters }, name) => {
    if (counters.size === 0) state.closedBooks.delete(name);
  });
  return state;
}

function nothingUnderWay() {
  return {
    leases: new Map(),
    leaseSequence: 0,
    urgent: false,
    gave: false,
    snapshot: undefined,
    snapshotStartedMs: Number.NEGATIVE_INFINITY,
  } satisfies Partial<RegionState>;
}

function noVersionsTold() {
  return {
    heldConfiguration: undefined,
    incoming: undefined,
    askedVersionMonoMs: Number.NEGATIVE_INFINITY,
    complained: new Set(),
    versionsChanged: true,
    membersChanged: true,
  } satisfies Partial<RegionState>;
}

/** The last epoch that an earlier life may have claimed, by what it could do before it died or its turn ended. */
function claimedBefore({ timing, turn }: RegionSetup, epoch: number): number {
  return turn?.claimedBefore ?? epoch + timing.lookaheadEpochs + timing.clockSlackEpochs;
}

/** How far the books show that the earlier life's clock was ahead of what the slack allows for; 0 where they do not. */
function aheadOfUs({ recovery, timing }: RegionSetup): number {
  if (recovery === undefined) return 0;
  // What was reserved for votes reaches beyond that life's own epoch by this much.
  const reach = timing.lookaheadEpochs + VOTES_RESERVED_EPOCHS;
  return Math.max(recovery.votesUpTo - reach + timing.lookaheadEpochs, recovery.forgottenUpTo);
}

/** What this life may claim and must write down, when all up to `dead` may have been claimed before it. */
function lifeAfter({ recovery, journaling = false, turn, journaledWindowMsMin }: RegionSetup, dead: number) {
  return {
    turnUpTo: turn?.upTo ?? Number.POSITIVE_INFINITY,
    journaledWindowMsMin: journaledWindowMsMin ?? JOURNALED_WINDOW_MS_MIN,
    sitsUntil: dead,
    booksSitUntil: recovery?.life?.sitsUntil ?? dead,
    lifeStamp: recovery?.life === undefined ? 1 : 0,
    lifeStampSent: 0,
    lifeRecorded: !journaling || recovery?.life !== undefined,
    heardByPeers: false,
    journaling,
    recovered: recovery !== undefined,
    votesReserved: journaling ? (recovery?.votesUpTo ?? 0) : Number.POSITIVE_INFINITY,
    reservingVotes: false,
    topping: [],
    pendingGifts: [],
    commits: { token: 0, open: new Map() },
  } satisfies Partial<RegionState>;
}

function firstDue({ digestMs, snapshotMs }: Timing, { monoMs, wallMs }: Instant): RegionState['due'] {
  return {
    heartbeatMs: monoMs,
    deltaMs: monoMs,
    digestMs: monoMs + digestMs,
    snapshotMs: monoMs + snapshotMs,
    housekeepingEpoch: epochOf(wallMs),
  };
}

/** Whether the books tell which versions to go by: a member that had left must be told anew. */
function carriesVersions(recovery: Recovery | undefined, region: RegionId): recovery is Recovery {
  return (
    recovery?.versions.some(({ configuration }) =>
      configuration.members.some((each) => each.region === region),
    ) ?? false
  );
}

/** The versions that an earlier life went by, or else the one that the region was set up with. */
function recoveredVersions({ region, members, limits, recovery }: RegionSetup): Version[] {
  if (!carriesVersions(recovery, region)) return [compileVersion([0, ''], { members, limits, retired: [] })];
  return recovery.versions.map(({ id, configuration, adoptedFrom }) => {
    const version = compileVersion(id, configuration);
    version.adopted.set(region, adoptedFrom);
    version.told = true;
    return version;
  });
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

/** Lets this process be the member up to an epoch; the medium that whoever comes next asks must say so already. */
export function extendTurn(state: RegionState, upTo: number): void {
  if (upTo <= state.turnUpTo) return;
  state.turnUpTo = upTo;
  state.stamp += 1;
}

/** Whether the region may still not claim the current epoch under some limit. */
export function isSitting(state: RegionState): boolean {
  if (!mayClaim(state)) return true;
  for (const { limit } of state.books.values()) if (claimedUpTo(state, limit) >= state.epoch) return true;
  return false;
}
