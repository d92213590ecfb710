import type { RegionId, VoteTable } from '../../crdt/index.ts';
import { type Cluster, type Seat, seatOf } from './cluster.ts';
import { thetaOf } from './counter.ts';
import { amountOf, burstOf, type Limit } from './limit.ts';
import type { Version } from './version.ts';
import { trancheEpoch } from './window.ts';

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
  return Array.from({ length: limit.windows.tranches }, (_, index) => {
    const epoch = trancheEpoch(limit.windows, windowId, index);
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

/** A key, with the hash that gives it its offset. */
export type HashedKey = { readonly key: string; readonly hash: number };

/**
 * What a region may use of a window, for one key. It only ever grows as more votes and adoptions become known.
 *
 * Source: protocol.md §2 and §7, `ent_j(e) = min over u of floor_j + [own]·(leased_j + ⌊Σ leased_fenced · w_j / (S − w_fenced)⌋)`,
 * summed over tranches; the floor belongs to the first tranche, the leased part is spread evenly over all.
 */
export function entitlement(standing: WindowStanding, key: HashedKey): number {
  const { tranches, afterEpoch, uptoEpoch } = standing;
  let sum = 0;
  for (let index = 0; index < tranches.length; index += 1) {
    const tranche = tranches[index];
    if (tranche === undefined || tranche.epoch > uptoEpoch) break;
    if (tranche.epoch > afterEpoch) sum += leastOf(tranche.terms, index, standing, key);
  }
  return sum;
}

/**
 * What of a bucket's burst goes with a share of what one epoch mints, in units: as large a part. The shares of an epoch sum to no more than it
 * mints, so the parts sum to no more than the burst.
 */
export function capacity({ tranches }: WindowStanding, { key }: HashedKey, share: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { terms } of tranches) {
    for (const { limit } of terms) {
      const amount = amountOf(limit, key);
      const burst = burstOf(limit, key) * limit.unitsPerPermit;
      // The whole for the whole, where division might lose a unit.
      const part = share >= amount ? burst : Math.floor(burst * (share / amount));
      least = Math.min(least, amount === 0 ? 0 : part);
    }
  }
  return least === Number.POSITIVE_INFINITY ? 0 : least;
}

function leastOf(terms: readonly Term[], index: number, standing: WindowStanding, key: HashedKey): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < terms.length; at += 1) {
    const term = terms[at];
    if (term !== undefined) least = Math.min(least, partOf(term, index, standing, key));
  }
  return least === Number.POSITIVE_INFINITY ? 0 : least;
}

/** What one version gives of tranche `index`. */
function partOf(term: Term, index: number, standing: WindowStanding, key: HashedKey): number {
  const { limit, cluster, seat, owned, fenced } = term;
  const of = standing.tranches.length;
  const amount = amountOf(limit, key.key);
  // A bucket's units are so fine that who gets the odd one is a matter of turns, the same for all keys.
  const theta = thetaOf(limit.isBucket ? standing.windowId : key.hash, cluster.weightSum);
  const base = baseOf(cluster, seat, amount, theta);
  const leased = leasedOf(limit, base);
  const floor = index === 0 ? base - leased : 0;
  if (!owned) return floor;
  const own = floor + slice(leased, index, of);
  if (fenced.length === 0) return own;
  let others = 0;
  let weight = 0;
  for (const other of fenced) {
    others += slice(leasedOf(limit, baseOf(cluster, other, amount, theta)), index, of);
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
  if (inVersion?.id !== limit.id) return undefined;
  return {
    limit: inVersion,
    cluster: inVersion.cluster,
    seat: seatOf(inVersion.cluster, region),
    owned: version.members.has(region) && owns(version, votes, region, epoch),
    fenced: inVersion.cluster.seats.filter(
      (seat) => seat.region !== region && isFenced(version, votes, seat.region, epoch),
    ),
  };
}
