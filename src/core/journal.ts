import type { ActorId, LedgerId } from '../../crdt/index.ts';
import type { Configuration, VersionId } from './version.ts';

/** A counter's name, and the epoch from which nobody asks for it any more. */
type Named = {
  /** The limit's id. */
  readonly limit: string;
  readonly windowId: number;
  readonly key: string;
  readonly closesAt: number;
};

/** The ledger may have used up to `permits` of this counter. */
export type SpendRecord = Named & { readonly kind: 'spend'; readonly permits: number };

/** The ledger has given `total` of this counter to `recipient`, ever. */
export type GiftRecord = Named & {
  readonly kind: 'gift';
  readonly recipient: ActorId;
  readonly total: number;
};

/** The versions that count for the member, each with the epoch from which it adopts it; replaces all that was said before. */
export type VersionsRecord = {
  readonly kind: 'versions';
  readonly versions: readonly {
    readonly id: VersionId;
    readonly configuration: Configuration;
    readonly adoptedFrom: number;
  }[];
};

/** What the member's ledger may claim at all; the newest counts. Nothing is claimed before it is on disk. */
export type LifeRecord = {
  readonly kind: 'life';
  /** Epochs up to here may have been claimed by a ledger before this one. */
  readonly sitsUntil: number;
  /** The member knew every version that may be stable. */
  readonly informed: boolean;
};

/** One fact that must survive a crash. Each replaces earlier ones of the same name, and none ever shrinks. */
export type JournalRecord =
  /** The member may have voted about any epoch up to this one. */
  { readonly kind: 'votes'; readonly upTo: number } | SpendRecord | GiftRecord | VersionsRecord | LifeRecord;

/** What an earlier life of this member left: its ledger lives on in the one that recovers it. */
export type Recovery = {
  readonly ledger: LedgerId;
  readonly votesUpTo: number;
  readonly spent: readonly SpendRecord[];
  readonly gifts: readonly GiftRecord[];
  readonly versions: VersionsRecord['versions'];
  /** Undefined when the life ended before it was written: then it had claimed nothing. */
  readonly life: LifeRecord | undefined;
  /** Records of windows that close up to this epoch are gone; ahead of the clock only when that was set back. */
  readonly forgottenUpTo: number;
};
