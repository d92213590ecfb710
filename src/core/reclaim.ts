import type { RegionId } from '../../crdt/index.ts';
import { baseOf, leasedOf, type Term, type WindowStanding } from './entitlement.ts';
import { amountOf } from './limit.ts';

/**
 * What a region may use of a window out of the leased units of regions that are fenced, by fenced region, for a key with θ = 0; only those
 * of whom it has something. In permits, with fractions: an owner's extra is rounded down once, for all fenced together.
 *
 * Source: protocol.md §2, the last term of `ent_j(e)`.
 */
export function reclaimed({ limit, tranches, afterEpoch, uptoEpoch }: WindowStanding): Map<RegionId, number> {
  const parts = new Map<RegionId, number>();
  for (const { epoch, terms } of tranches) {
    // While versions change the newest says what they change to.
    const term = terms.at(-1);
    if (term === undefined || !term.owned || epoch <= afterEpoch || epoch > uptoEpoch) continue;
    for (const other of term.fenced) {
      const permits = partOf(term, other) / (tranches.length * limit.unitsPerPermit);
      if (permits > 0) parts.set(other.region, (parts.get(other.region) ?? 0) + permits);
    }
  }
  return parts;
}

/** A fenced seat's leased units, as far as they come to the seat of `term`: by weight among all that are not fenced. */
function partOf({ limit, cluster, seat, fenced }: Term, other: Term['seat']): number {
  const left = cluster.weightSum - fenced.reduce((weight, each) => weight + each.weight, 0);
  if (left <= 0) return 0;
  const leased = leasedOf(limit, baseOf(cluster, other, amountOf(limit, ''), 0));
  return (leased * seat.weight) / left;
}
