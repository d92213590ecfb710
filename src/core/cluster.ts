import type { RegionId } from '../../crdt/index.ts';
import { invariant } from '../invariant.ts';
import type { Member } from './limit.ts';

/** Times and reaches of the protocol, in milliseconds unless named otherwise. Members may differ in all but `lookaheadEpochs`. */
export type Timing = {
  readonly heartbeatMs: number;
  readonly suspicionMs: number;
  readonly deltaMs: number;
  /** For keys that are running out. */
  readonly urgentDeltaMs: number;
  readonly digestMs: number;
  readonly snapshotMs: number;
  /** H: how far ahead a member may vote. */
  readonly lookaheadEpochs: number;
  /** How far ahead a member may fence. */
  readonly fenceLookaheadEpochs: number;
  /** How far an earlier life's clock may have been ahead of this one's. */
  readonly clockSlackEpochs: number;
};

/** The defaults of protocol.md §10. */
export const DEFAULT_TIMING: Timing = {
  heartbeatMs: 250,
  suspicionMs: 1_500,
  deltaMs: 100,
  urgentDeltaMs: 50,
  digestMs: 2_000,
  snapshotMs: 60_000,
  lookaheadEpochs: 3,
  fenceLookaheadEpochs: 2,
  clockSlackEpochs: 2,
};

/** A member with its place on the line from 0 to the sum of weights, where systematic rounding cuts bases. */
export type Seat = { readonly region: RegionId; readonly weight: number; readonly below: number };

/** Who votes and who holds which weight. */
export type Cluster = {
  readonly seats: readonly Seat[];
  readonly weightSum: number;
  /** OWN votes that make a region an owner: `a = max(0, ceil(n/2) − 1)`, of the others. */
  readonly ownVotes: number;
  /** FENCE votes that fence a region: `f = n − a`; with `a` more than the others there are, so both cannot happen. */
  readonly fenceVotes: number;
};

/** The seat of a region; one without weight where it has none. */
export function seatOf({ seats }: Cluster, region: RegionId): Seat {
  for (const seat of seats) if (seat.region === region) return seat;
  return { region, weight: 0, below: 0 };
}

/** The same members with other weights, where these leave some member a share. */
export function reweigh(cluster: Cluster, weights: Readonly<Record<string, number>>): Cluster {
  const members = cluster.seats.map(({ region }) => ({
    region,
    weight: Object.hasOwn(weights, region) ? (weights[region] ?? 0) : 0,
  }));
  return members.some(({ weight }) => weight > 0) ? seatMembers(members) : cluster;
}

/** Seats the members in alphabetical order, so that every member cuts shares alike. Weights are non-negative integers, not all 0. */
export function seatMembers(members: readonly Member[]): Cluster {
  const seats: Seat[] = [];
  let below = 0;
  for (const { region, weight } of [...members].sort((a, b) => (a.region < b.region ? -1 : 1))) {
    invariant(Number.isSafeInteger(weight) && weight >= 0, `the weight of ${region} is a whole number`);
    seats.push({ region, weight, below });
    below += weight;
  }
  invariant(below > 0, 'some member has a share');
  invariant(new Set(seats.map((seat) => seat.region)).size === seats.length, 'members have different names');
  const ownVotes = Math.max(0, Math.ceil(seats.length / 2) - 1);
  return { seats, weightSum: below, ownVotes, fenceVotes: seats.length - ownVotes };
}
