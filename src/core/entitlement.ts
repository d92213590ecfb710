import type { RegionId, VoteTable } from '../../crdt/index.ts';
import type { Cluster, Seat } from './cluster.ts';
import { thetaOf } from './counter.ts';
import type { Limit } from './limit.ts';
import { seatIn, type Version } from './version.ts';
import { trancheCount, trancheEpoch } from './window.ts';

/** What one configuration version and the votes say of one tranche, for one region. */
export type Term = {
  readonly limit: Limit;
  readonly cluster: Cluster;
  readonly seat: Seat;
  /** The region is known to own its leased units. */
  readonly owned: boolean;
  /** Other seats that are known to be fenced. */
  readonly fenced: readonly Seat[];
};

/** One tranche: what counts is the least of its terms, one for each version that is not settled. */
export type TrancheStanding = { readonly epoch: number; readonly terms: readonly Term[] };

/** A window as far as a region may use it. */
export type WindowStanding = {
  readonly limit: Limit;
  readonly windowId: number;
  readonly tranches: readonly TrancheStanding[];
  /** Tranches up to this epoch may have been claimed by a dead life, and are not claimed again. */
  readonly afterEpoch: number;
  /** Tranches beyond this epoch are not released yet. */
  readonly uptoEpoch: number;
};

/**
 * Whether `region` is known to own its leased units of `epoch`. Only members of a version vote in it: what makes owning and fencing
 * exclusive is that both count the same few voters.
 */
export function owns(version: Version, votes: VoteTable, region: RegionId, epoch: number): boolean {
  return votes.countAmong(version.members, region, epoch, 'OWN') >= version.cluster.ownVotes;
}

/** Whether `region` is known to be fenced in `epoch`: the others own its leased units together. */
export function isFenced(version: Version, votes: VoteTable, region: RegionId, epoch: number): boolean {
  if (version.members.size < 2) return false;
  return votes.countAmong(version.members, region, epoch, 'FENCE') >= version.cluster.fenceVotes;
}

/** What the votes say of every tranche of a window to `region`, under the versions that count in each tranche's epoch. */
export function standings(
  votes: VoteTable,
  region: RegionId,
  { limit, windowId }: { readonly limit: Limit; readonly windowId: number },
  versionsAt: (epoch: number) => readonly Version[],
): TrancheStanding[] {
  return Array.from({ length: trancheCount(limit.windowMs) }, (_, index) => {
    const epoch = trancheEpoch(limit.windowMs, windowId, index);
    const terms = versionsAt(epoch).flatMap(
      (version) => termOf(version, votes, { region, epoch, limit }) ?? [],
    );
    return { epoch, terms };
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
 * What a region may use of a window, for the key with that hash. It only ever grows as more votes and adoptions become known.
 *
 * Source: protocol.md §2 and §7, `ent_j(e) = min over u of floor_j + [own]·(leased_j + ⌊Σ leased_fenced · w_j / (S − w_fenced)⌋)`,
 * summed over tranches; the floor belongs to the first tranche, the leased part is spread evenly over all.
 */
export function entitlement({ tranches, afterEpoch, uptoEpoch }: WindowStanding, hash: number): number {
  let sum = 0;
  for (let index = 0; index < tranches.length; index += 1) {
    const tranche = tranches[index];
    if (tranche === undefined || tranche.epoch > uptoEpoch) break;
    if (tranche.epoch > afterEpoch) sum += leastOf(tranche.terms, index, tranches.length, hash);
  }
  return sum;
}

function leastOf(terms: readonly Term[], index: number, of: number, hash: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < terms.length; at += 1) {
    const term = terms[at];
    if (term !== undefined) least = Math.min(least, partOf(term, index, of, hash));
  }
  return least === Number.POSITIVE_INFINITY ? 0 : least;
}

/** What one version gives of tranche `index` of `of`. */
function partOf(
  { limit, cluster, seat, owned, fenced }: Term,
  index: number,
  of: number,
  hash: number,
): number {
  const theta = thetaOf(hash, cluster.weightSum);
  const base = baseOf(cluster, seat, limit.limit, theta);
  const leased = leasedOf(limit, base);
  const floor = index === 0 ? base - leased : 0;
  if (!owned) return floor;
  const own = floor + slice(leased, index, of);
  if (fenced.length === 0) return own;
  let others = 0;
  let weight = 0;
  for (const other of fenced) {
    others += slice(leasedOf(limit, baseOf(cluster, other, limit.limit, theta)), index, of);
    weight += other.weight;
  }
  const left = cluster.weightSum - weight;
  return left > 0 ? own + Math.floor((others * seat.weight) / left) : own;
}

/** Part `index` of `permits` cut into `of` parts that sum to it. */
function slice(permits: number, index: number, of: number): number {
  if (of === 1) return permits;
  return Math.floor((permits * (index + 1)) / of) - Math.floor((permits * index) / of);
}

/** Undefined where the version has no such limit: it says nothing of it then. A limit with another window is another limit. */
function termOf(
  version: Version,
  votes: VoteTable,
  { region, epoch, limit }: { readonly region: RegionId; readonly epoch: number; readonly limit: Limit },
): Term | undefined {
  const inVersion = version.limits.get(limit.name);
  if (inVersion === undefined || inVersion.windowMs !== limit.windowMs) return undefined;
  return {
    limit: inVersion,
    cluster: version.cluster,
    seat: seatIn(version, region),
    owned: version.members.has(region) && owns(version, votes, region, epoch),
    fenced: version.cluster.seats.filter(
      (seat) => seat.region !== region && isFenced(version, votes, seat.region, epoch),
    ),
  };
}
