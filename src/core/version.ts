import { fingerprint, type RegionId } from '../../crdt/index.ts';
import { type Cluster, type Seat, seatMembers, seatOf } from './cluster.ts';
import { compileLimit, type Limit, type LimitSpec, type Member } from './limit.ts';

/** What a cluster agrees on: who takes part, with which weight, and the limits. */
export type Configuration = {
  readonly members: readonly Member[];
  readonly limits: readonly LimitSpec[];
  /** Members of earlier versions that have stopped for good, as an operator attests: nobody waits for them to adopt this one. */
  readonly retired: readonly RegionId[];
};

/** Versions are ordered by number, then by the name of the region that published them. */
export type VersionId = readonly [number: number, publisher: RegionId];

/** An immutable configuration, made ready for decisions, and who is known to adopt it from which epoch on. */
export type Version = {
  readonly id: VersionId;
  readonly configuration: Configuration;
  /** Tells whether two members mean the same by the same id. */
  readonly fingerprint: string;
  readonly cluster: Cluster;
  readonly members: ReadonlySet<RegionId>;
  readonly limits: ReadonlyMap<string, Limit>;
  readonly adopted: Map<RegionId, number>;
  /** Peers may hear of the own adoption, and count on it as this region may itself: it cannot be forgotten any more. */
  told: boolean;
};

/** Compiles a configuration. The caller has validated it. */
export function compileVersion(id: VersionId, configuration: Configuration): Version {
  const cluster = seatMembers(configuration.members);
  const text = JSON.stringify([
    configuration.members.map(({ region, weight }) => [region, weight]).sort(),
    configuration.limits.map(canonical),
    [...configuration.retired].sort(),
  ]);
  return {
    id,
    configuration,
    fingerprint: [0, 1].map((seed) => fingerprint(text, seed).toString(16).padStart(8, '0')).join(''),
    cluster,
    members: new Set(cluster.seats.map(({ region }) => region)),
    limits: new Map(configuration.limits.map((spec) => [spec.name, compileLimit(spec, cluster)])),
    adopted: new Map(),
    told: false,
  };
}

/** The same for whatever order the fields were written in. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => [name, canonical(field)]);
}

/** Negative when `a` comes first. */
export function compareVersions([a, aBy]: VersionId, [b, bBy]: VersionId): number {
  return a - b || (aBy < bBy ? -1 : aBy > bBy ? 1 : 0);
}

/** The seat of a region in a version; one without weight where it is no member. */
export function seatIn(version: Version, region: RegionId): Seat {
  return seatOf(version.cluster, region);
}

/** The newest version that `region` is known to have adopted by `epoch`, as an index into `versions`; 0 where there is none. */
export function adoptedAt(versions: readonly Version[], region: RegionId, epoch: number): number {
  for (let at = versions.length - 1; at > 0; at -= 1) {
    if ((versions[at]?.adopted.get(region) ?? Number.POSITIVE_INFINITY) <= epoch) return at;
  }
  return 0;
}

/**
 * The stable version of `epoch`, as an index into `versions`: from the oldest, on to each one that every member of every version in
 * between is known to have adopted by then.
 *
 * Source: protocol.md §7, S(e).
 */
export function stableAt(versions: readonly Version[], epoch: number): number {
  let stable = 0;
  for (let at = 1; at < versions.length; at += 1) {
    if (isAdoptedByAll(versions, stable, at, epoch)) stable = at;
  }
  return stable;
}

/**
 * The versions under which `region` may use a limit's permits of `epoch`: those that count then and know the limit. One that counts and has
 * let go of it leaves nothing. A limit that is newer than all of them goes by the oldest that knows it, the same for every region.
 */
export function termsAt(
  versions: readonly Version[],
  region: RegionId,
  limit: Limit,
  epoch: number,
): readonly Version[] {
  const knows = ({ limits }: Version) => limits.get(limit.name)?.id === limit.id;
  const stable = versions.length === 1 ? 0 : stableAt(versions, epoch);
  const counting = versions.length === 1 ? versions : countingFrom(versions, region, stable, epoch);
  if (counting.every(knows)) return counting;
  const first = versions.findIndex(knows);
  if (first < 0) return [];
  const isGone = counting.some((version, at) => stable + at > first && !knows(version));
  if (isGone) return [];
  const known = counting.filter(knows);
  return known.length > 0 ? known : versions.slice(first, first + 1);
}

/** The versions whose minimum counts for `region`: from the stable one to the newest that it has adopted by `epoch`. */
function countingFrom(
  versions: readonly Version[],
  region: RegionId,
  stable: number,
  epoch: number,
): readonly Version[] {
  return versions.slice(stable, Math.max(stable, adoptedAt(versions, region, epoch)) + 1);
}

function isAdoptedByAll(versions: readonly Version[], stable: number, at: number, epoch: number): boolean {
  const candidate = versions[at];
  // An own adoption that a crash could undo is no ground to use more on.
  if (candidate === undefined || !candidate.told) return false;
  const retired = new Set(versions.slice(at).flatMap(({ configuration }) => configuration.retired));
  for (const { members } of versions.slice(stable, at + 1)) {
    for (const member of members) {
      if (retired.has(member) && !candidate.members.has(member)) continue;
      if ((candidate.adopted.get(member) ?? Number.POSITIVE_INFINITY) > epoch) return false;
    }
  }
  return true;
}
