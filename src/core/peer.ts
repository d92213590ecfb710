import type { ActorId, LedgerId, RegionId } from '../../crdt/index.ts';
import type { PeerStatus } from './view.ts';

/** What one region knows of another member. Monotonic times are this process's own. */
export type Peer = {
  readonly region: RegionId;
  /** When it became known as a member. */
  readonly metMonoMs: number;
  status: PeerStatus;
  incarnation: number;
  ledger: LedgerId | undefined;
  /** The writer that the peer's present life is. */
  actor: ActorId | undefined;
  /** Newest heartbeat. */
  sequence: number;
  epoch: number;
  sitsUntil: number;
  heardMonoMs: number;
  /** The peer's epoch in the newest heartbeat that proved two-way contact, and when that came. */
  provenEpoch: number;
  provenMonoMs: number;
  /** Proofs of two-way contact in a row, since the peer was last suspected. */
  goodHeartbeats: number;
  everSuspected: boolean;
  roundTripMs: number | undefined;
  clockSkewMs: number | undefined;
  demand: ReadonlyMap<string, number>;
  /** Every epoch up to here is closed for this region's votes about the peer. */
  votedUpTo: number;
  fenced: boolean;
  deltaSequence: number;
  deltasReceived: number;
  stale: boolean;
  syncLatencyMs: number | undefined;
  snapshotMonoMs: number | undefined;
  repairedEntries: number;
  answeredMonoMs: number;
  /** It knows all versions that may be stable; and it knows the same versions as this region. */
  informed: boolean;
  agrees: boolean;
  /** It means something else by a version that both know: it cannot be worked with. */
  differs: boolean;
};

/** A peer of which nothing has been heard; votes about it up to `votedUpTo` may have been cast by an earlier life. */
export function strangerPeer(region: RegionId, votedUpTo: number, metMonoMs: number): Peer {
  return {
    region,
    metMonoMs,
    status: 'unheard',
    incarnation: 0,
    ledger: undefined,
    actor: undefined,
    sequence: 0,
    epoch: 0,
    sitsUntil: 0,
    heardMonoMs: Number.NEGATIVE_INFINITY,
    provenEpoch: 0,
    provenMonoMs: Number.NEGATIVE_INFINITY,
    goodHeartbeats: 0,
    everSuspected: false,
    roundTripMs: undefined,
    clockSkewMs: undefined,
    demand: new Map(),
    votedUpTo,
    fenced: false,
    deltaSequence: 0,
    deltasReceived: 0,
    stale: false,
    syncLatencyMs: undefined,
    snapshotMonoMs: undefined,
    repairedEntries: 0,
    answeredMonoMs: Number.NEGATIVE_INFINITY,
    informed: false,
    agrees: false,
    differs: false,
  };
}
