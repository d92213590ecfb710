import type { RegionId } from '../../crdt/index.ts';
import type { JournalRecord } from './journal.ts';
import type { Member } from './limit.ts';
import type { Message } from './messages.ts';

/** Something an operator may want to know of, as it happens. */
export type Report =
  | { readonly event: 'peer_up'; readonly peer: RegionId }
  | { readonly event: 'peer_suspected'; readonly peer: RegionId; readonly silentMs: number }
  | { readonly event: 'peer_restarted'; readonly peer: RegionId; readonly incarnation: number }
  | { readonly event: 'region_fenced'; readonly peer: RegionId; readonly epoch: number }
  | { readonly event: 'region_owns_again'; readonly peer: RegionId; readonly epoch: number }
  | {
      readonly event: 'vote_conflict';
      readonly voter: RegionId;
      readonly subject: RegionId;
      readonly epoch: number;
    }
  | { readonly event: 'sit_out_over'; readonly epoch: number }
  | { readonly event: 'unknown_member'; readonly peer: RegionId }
  | { readonly event: 'version_learned'; readonly number: number; readonly publisher: RegionId }
  | { readonly event: 'cluster_not_new'; readonly peer: RegionId }
  | { readonly event: 'version_refused'; readonly publisher: RegionId; readonly unsettled: number }
  | { readonly event: 'version_current'; readonly number: number; readonly publisher: RegionId }
  | { readonly event: 'informed'; readonly by: RegionId }
  | { readonly event: 'configuration_differs'; readonly peer: RegionId }
  | { readonly event: 'superseded'; readonly incarnation: number };

/** What the core asks its driver to do. */
export type Effect =
  | { readonly kind: 'send'; readonly to: RegionId | 'all'; readonly message: Message }
  /** Write these down, and come back with an event of kind `durable` and this token when they cannot be lost any more. */
  | { readonly kind: 'persist'; readonly token: number; readonly records: readonly JournalRecord[] }
  | { readonly kind: 'report'; readonly report: Report }
  /** These are the other members now; the transport should reach them and nobody else. */
  | { readonly kind: 'meet'; readonly members: readonly Member[] }
  /** A newer process has this member's name: only one life at a time may vote and admit. */
  | { readonly kind: 'stop' };
