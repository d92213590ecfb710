import type { RegionId } from '../../crdt/index.ts';
import { baseOf } from '../core/entitlement.ts';
import type { Version } from '../core/version.ts';
import type { RegionView } from '../core/view.ts';

/** What a node shows of its region before it has heard from whoever speaks for it: what its files say, and that nothing can be granted. */
export function unheardView(region: RegionId, epoch: number, version: Version | undefined): RegionView {
  const members = version?.cluster.seats ?? [];
  const limits = [...(version?.limits.values() ?? [])].map((limit) => ({
    spec: limit.spec,
    bases: limit.cluster.seats.map(
      (seat) => [seat.region, baseOf(limit.cluster, seat, limit.limit, 0)] as const,
    ),
    entitlement: 0,
    keys: 0,
    keysForgotten: 0,
    transfers: { given: 0, received: 0, asked: 0, refused: 0 },
    reclaimed: [],
    demand: 0,
    checks: [],
    permitsAllowed: 0,
    permitsDenied: 0,
    nearLimit: 0,
    permitsGiven: 0,
    permitsReceived: 0,
    permitsOver: 0,
    permitsUncounted: 0,
  }));
  return {
    region,
    ledger: '',
    incarnation: 0,
    epoch,
    sitsUntil: epoch,
    sitting: true,
    draining: false,
    degraded: true,
    owns: false,
    weight: members.find((seat) => seat.region === region)?.weight ?? 0,
    peers: [],
    limits,
    deltasSent: 0,
    version: version?.id ?? [0, ''],
    versions: [],
    inboxDepth: 0,
    inboxShed: 0,
  };
}
