import type { ActorId, LedgerId, RegionId, VoteRun } from '../../crdt/index.ts';
import type { LimitSpec, Member } from './limit.ts';

/**
 * One key's row, written by one actor: all it used in the window, all it gave to each other actor, and all it got back of what it used.
 * Values are absolute and only grow, so rows may arrive twice, late and in any order.
 */
export type Row = readonly [
  key: string,
  windowId: number,
  used: number,
  gifts?: readonly (readonly [recipient: ActorId, total: number])[],
  returned?: number,
];

/** Rows of one actor under one limit, by the limit's id, so that neither name is repeated for every row. */
export type RowGroup = readonly [actor: ActorId, limit: string, rows: readonly Row[]];

/** What a member has heard from another: its newest heartbeat, and how long ago that was when this one left. */
export type Heard = readonly [peer: RegionId, incarnation: number, sequence: number, heldMs: number];

/** Sent every heartbeat interval and when votes change. */
export type Heartbeat = {
  readonly kind: 'heartbeat';
  /** Start of this run in wall milliseconds: of two processes with one name, the older one stops. */
  readonly incarnation: number;
  readonly ledger: LedgerId;
  readonly sequence: number;
  readonly epoch: number;
  readonly wallMs: number;
  /** The sender claims nothing for epochs up to here. */
  readonly sitsUntil: number;
  /** The sender knows every version that may be stable. */
  readonly informed: boolean;
  readonly versions: readonly VersionNotice[];
  readonly heard: readonly Heard[];
  /** Votes of all members about recent epochs, relayed so that partial connectivity is enough. */
  readonly votes: readonly VoteRun[];
  /** Offered permits a second, by limit. */
  readonly demand: readonly (readonly [limit: string, permitsPerSecond: number])[];
};

/** A version that the sender knows: id, fingerprint, and who adopts it from which epoch, unless that is long settled. */
export type VersionNotice = readonly [
  number: number,
  publisher: RegionId,
  fingerprint: string,
  adopted: readonly (readonly [region: RegionId, epoch: number])[],
];

/** A version's content, in parts counted from 0, the last one marked; limits are spread over the parts in order. */
export type VersionMessage = {
  readonly kind: 'version';
  readonly number: number;
  readonly publisher: RegionId;
  readonly members: readonly Member[];
  readonly retired: readonly RegionId[];
  readonly limits: readonly LimitSpec[];
  readonly part: number;
  readonly last: boolean;
};

/** Asks for the content of versions. */
export type AskVersion = {
  readonly kind: 'ask-version';
  readonly versions: readonly (readonly [number: number, publisher: RegionId])[];
};

/** Own rows that changed since the last delta. A gap in `sequence` means that the receiver is stale until the next digest. */
export type Delta = {
  readonly kind: 'delta';
  readonly ledger: LedgerId;
  readonly sequence: number;
  /** When it left, by the sender's clock. */
  readonly wallMs: number;
  readonly groups: readonly RowGroup[];
  /** Offered permits a second of hot keys, where they changed or have not been said for a while. */
  readonly demand: readonly KeyDemand[];
};

/** What is asked for of one key at the sender, in permits a second. */
export type KeyDemand = readonly [limit: string, key: string, permitsPerSecond: number];

/** One key for which the sender asks quota: how much, its own demand in permits a second, and whether it stands at nothing and denies. */
export type Want = readonly [
  limit: string,
  windowId: number,
  key: string,
  permits: number,
  permitsPerSecond: number,
  broke: boolean,
];

/** Asks the receiver for quota. What it can spare comes back in its next delta, as gifts. */
export type Pull = { readonly kind: 'pull'; readonly wants: readonly Want[] };

/** A fingerprint of the sender's own rows as of its delta `sequence`, over windows that close after epoch `closingAfter`. */
export type DigestMessage = {
  readonly kind: 'digest';
  readonly ledger: LedgerId;
  readonly sequence: number;
  readonly closingAfter: number;
  readonly buckets: Uint8Array;
};

/** Asks for the receiver's own rows in these digest buckets. */
export type Ask = { readonly kind: 'ask'; readonly buckets: readonly number[] };

/** Answers an ask, in as many messages as it takes. */
export type Repair = { readonly kind: 'repair'; readonly groups: readonly RowGroup[] };

/** Everything the sender knows, of all actors, with the votes that are still needed; in parts counted from 0, the last one marked. */
export type Snapshot = {
  readonly kind: 'snapshot';
  readonly part: number;
  readonly last: boolean;
  readonly votes: readonly VoteRun[];
  readonly groups: readonly RowGroup[];
};

/** All that regions say to each other. */
export type Message =
  | Heartbeat
  | Delta
  | Pull
  | DigestMessage
  | Ask
  | Repair
  | Snapshot
  | VersionMessage
  | AskVersion;
