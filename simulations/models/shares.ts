import type { RegionId } from '../../crdt/index.ts';
import { seatMembers } from '../../src/core/cluster.ts';
import { keyHash, thetaOf } from '../../src/core/counter.ts';
import { baseOf } from '../../src/core/entitlement.ts';
import type { Member } from '../../src/core/limit.ts';
import type { Counted } from './model.ts';

/**
 * What weights give a region of one counter's limit: whole units, that sum to the limit over all members and are spread over keys. It is
 * the rounding that the production region uses, so that no model loses by a worse one.
 */
export function shareAmong(members: readonly Member[], region: RegionId): (counted: Counted) => number {
  const cluster = seatMembers(members);
  const seat = cluster.seats.find((candidate) => candidate.region === region);
  if (seat === undefined) return () => 0;
  return ({ limit, key }) => baseOf(cluster, seat, limit.limit, thetaOf(keyHash(key), cluster.weightSum));
}
