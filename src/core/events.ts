import type { RegionId } from '../../crdt/index.ts';
import type { Message } from './messages.ts';
import type { Configuration } from './version.ts';

/** What can happen to a region, other than a check. */
export type Event =
  | { readonly kind: 'tick' }
  | { readonly kind: 'message'; readonly from: RegionId; readonly message: Message }
  /** What the effect `persist` with this token asked for is on disk. */
  | { readonly kind: 'durable'; readonly token: number }
  /** An operator changes the limits or the members, for all regions. */
  | { readonly kind: 'publish'; readonly configuration: Configuration }
  /** The region is about to stop: it must not look ready any more. */
  | { readonly kind: 'drain' };
