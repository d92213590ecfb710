import type { RegionId, VoteTable } from '../../crdt/index.ts';
import type { Cluster, Seat } from './cluster.ts';
import type { Limit } from './limit.ts';
import { trancheCount, trancheEpoch } from './window.ts';

/** What the votes say of one tranche, for the region that asks. */
export type TrancheStanding = {
  readonly epoch: number;
  /** The asking region is known to own its leased units. */
  readonly owned: boolean;
  /** Seats other than the asking region's that are known to be fenced. */
  readonly fenced: readonly Seat[];
};

/** Whether `region` is known to own its leased units of `epoch`. */
export function owns(cluster: Cluster, votes: VoteTable, region: RegionId, epoch: number): boolean {
  return votes.count(region, epoch, 'OWN') >= cluster.ownVotes;
}

/** Whether `region` is known to be fenced in `epoch`: the others own its leased units together. */
export function isFenced(cluster: Cluster, votes: VoteTable, region: RegionId, epoch: number): boolean {
  return cluster.seats.length > 1 && votes.count(region, epoch, 'FENCE') >= cluster.fenceVotes;
}

/** A window as far as a region may use it: what the votes say of its tranches, and which of them count. */
export type WindowStanding = {
  readonly limit: Limit;
  readonly windowId: number;
  readonly tranches: readonly TrancheStanding[];
  /** Tranches up to this epoch may have been claimed by a dead life, and are not claimed again. */
  readonly afterEpoch: number;
  /** Tranches beyond this epoch are not released yet. */
  readonly uptoEpoch: number;
};

/** What the votes say of every tranche of a window, in order. */
export function standings(
  cluster: Cluster,
  votes: VoteTable,
  region: RegionId,
  { limit, windowId }: { readonly limit: Limit; readonly windowId: number },
): TrancheStanding[] {
  return Array.from({ length: trancheCount(limit.windowMs) }, (_, index) => {
    const epoch = trancheEpoch(limit.windowMs, windowId, index);
    return {
      epoch,
      owned: owns(cluster, votes, region, epoch),
      fenced: cluster.seats.filter(
        (seat) => seat.region !== region && isFenced(cluster, votes, seat.region, epoch),
      ),
    };
  });
}

/** What the weights give a seat of `permits`, for the key whose offset is `theta`: whole units that sum to `permits` over all seats. */
export function baseOf(cluster: Cluster, seat: Seat, permits: number, theta: number): number {
  const sum = cluster.weightSum;
  return (
    Math.floor((permits * (seat.below + seat.weight) + theta) / sum) -
    Math.floor((permits * seat.below + theta) / sum)
  );
}

/** The part of a base that can be given to others once its region is fenced. */
export function leasedOf(limit: Limit, base: number): number {
  return base - Math.ceil((base * (1_000 - limit.spec.reclaimPermille)) / 1_000);
}

/**
 * What a seat may use of a window, for the key whose offset is `theta`. It only ever grows as more votes become known.
 *
 * Source: protocol.md §2, `ent_j(e) = floor_j + [own]·(leased_j + ⌊Σ leased_fenced · w_j / (S − w_fenced)⌋)`, summed over tranches;
 * the floor belongs to the first tranche, the leased part is spread evenly over all.
 */
export function entitlement(cluster: Cluster, seat: Seat, standing: WindowStanding, theta: number): number {
  const { limit, tranches } = standing;
  const base = baseOf(cluster, seat, limit.limit, theta);
  const leased = leasedOf(limit, base);
  let sum = 0;
  for (let index = 0; index < tranches.length; index += 1) {
    const tranche = tranches[index];
    if (tranche === undefined || tranche.epoch > standing.uptoEpoch) break;
    if (tranche.epoch <= standing.afterEpoch) continue;
    if (index === 0) sum += base - leased;
    if (!tranche.owned) continue;
    sum += slice(leased, index, tranches.length);
    if (tranche.fenced.length > 0) sum += fencedExtra(cluster, seat, standing, { theta, index });
  }
  return sum;
}

function fencedExtra(
  cluster: Cluster,
  seat: Seat,
  { limit, tranches }: WindowStanding,
  { theta, index }: { readonly theta: number; readonly index: number },
): number {
  let leased = 0;
  let weight = 0;
  for (const other of tranches[index]?.fenced ?? []) {
    leased += slice(leasedOf(limit, baseOf(cluster, other, limit.limit, theta)), index, tranches.length);
    weight += other.weight;
  }
  const left = cluster.weightSum - weight;
  return left > 0 ? Math.floor((leased * seat.weight) / left) : 0;
}

/** Part `index` of `permits` cut into `of` parts that sum to it. */
function slice(permits: number, index: number, of: number): number {
  if (of === 1) return permits;
  return Math.floor((permits * (index + 1)) / of) - Math.floor((permits * index) / of);
}
