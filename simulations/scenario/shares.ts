import type { RegionId } from '../../crdt/index.ts';
import { EPOCH_MS } from '../../src/bounds.ts';
import { standingOf } from '../../src/core/algorithms/standing.ts';
import { seatMembers } from '../../src/core/cluster.ts';
import { hashedKey } from '../../src/core/counter.ts';
import { entitlement, type Term } from '../../src/core/entitlement.ts';
import { compileLimit, type Limit } from '../../src/core/limit.ts';
import { booksNamed } from '../../src/core/open-counter.ts';
import type { RegionState } from '../../src/core/state.ts';
import type { Configuration } from '../../src/core/version.ts';
import { epochOf, trancheEpoch } from '../../src/core/window.ts';

/** What a region may use of a key now, in permits. */
export type Share = {
  /** By the weights and the votes. */
  readonly entitled: number;
  /** With what it was given, less what it gave. */
  readonly held: number;
};

/** The share of a region of one key, by its own clock; undefined where the region does not know the limit. */
export function shareOf(state: RegionState, limitName: string, key: string): Share | undefined {
  const books = booksNamed(state, limitName);
  if (books === undefined) return undefined;
  const { limit, counters } = books;
  const windowId = limit.windows.idAt(state.wallMs);
  const entitled = entitlement(standingOf(state, limit, windowId), hashedKey(key));
  const moved = counters.find(windowId, key)?.moved ?? 0;
  return { entitled: inPermits(limit, entitled), held: inPermits(limit, Math.max(0, entitled + moved)) };
}

/** Whose share of what is looked at, and when. */
export type About = {
  readonly configuration: Configuration;
  readonly limit: string;
  readonly key: string;
  readonly wallMs: number;
};

/** What a region is entitled to when it owns its share and `lost` are known to be fenced; undefined where there is no such limit. */
export function wholeShare(
  region: RegionId,
  lost: readonly RegionId[],
  { configuration, limit: name, key, wallMs }: About,
): number | undefined {
  const limit = limitIn(configuration, name);
  const seat = limit?.cluster.seats.find((candidate) => candidate.region === region);
  if (limit === undefined || seat === undefined) return undefined;
  const { cluster, windows } = limit;
  const fenced = cluster.seats.filter((other) => other !== seat && lost.includes(other.region));
  const term: Term = { limit, cluster, seat, owned: true, fenced };
  const windowId = windows.idAt(wallMs);
  const tranches = Array.from({ length: windows.tranches }, (_, index) => ({
    epoch: trancheEpoch(windows, windowId, index),
    terms: [term],
  }));
  const standing = { limit, windowId, tranches, afterEpoch: Number.NEGATIVE_INFINITY };
  const uptoEpoch = Math.max(epochOf(wallMs), windows.tranchesAhead ? (tranches.at(-1)?.epoch ?? 0) : 0);
  return inPermits(limit, entitlement({ ...standing, uptoEpoch }, hashedKey(key)));
}

/** A limit as operators had written it; undefined where there is none of that name. */
export function limitIn(configuration: Configuration, name: string): Limit | undefined {
  let limits = compiled.get(configuration);
  if (limits === undefined) {
    const cluster = seatMembers(configuration.members);
    limits = new Map(configuration.limits.map((spec) => [spec.name, compileLimit(spec, cluster)]));
    compiled.set(configuration, limits);
  }
  return limits.get(name);
}

const compiled = new WeakMap<Configuration, ReadonlyMap<string, Limit>>();

/** Buckets count in fine parts of permits, and by the epoch. */
function inPermits({ isBucket, unitsPerPermit, windowMs }: Limit, units: number): number {
  return isBucket ? (units * windowMs) / EPOCH_MS / unitsPerPermit : units;
}
