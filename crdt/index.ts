export { bucketOf, DIGEST_BUCKETS, Digest, fingerprint } from './digest.ts';
export { GrowCounter } from './grow-counter.ts';
export { PnCounter, type PnRow } from './pn-counter.ts';
export {
  type ActorId,
  actorId,
  isActorId,
  isRegionId,
  type LedgerId,
  REGION_ID_CHARS_MAX,
  type RegionId,
  regionOf,
} from './region-id.ts';
export { Rights } from './rights.ts';
export { type Recorded, type Vote, type VoteRun, VoteTable } from './vote-table.ts';
export { WindowCounters } from './window-counters.ts';
