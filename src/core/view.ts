import type { LedgerId, RegionId } from '../../crdt/index.ts';
import type { Reason } from './decision.ts';
import type { LimitSpec } from './limit.ts';
import type { VersionId } from './version.ts';

/** `unheard`: not one heartbeat yet; `up`: two-way contact within the suspicion time; `suspected`: not. */
export type PeerStatus = 'unheard' | 'up' | 'suspected';

/** One peer as this region sees it. Times are milliseconds; undefined where nothing was measured yet. */
export type PeerView = {
  readonly region: RegionId;
  readonly weight: number;
  readonly status: PeerStatus;
  readonly ledger: LedgerId | undefined;
  readonly lastHeardAgoMs: number | undefined;
  readonly roundTripMs: number | undefined;
  /** Positive when the peer's clock is ahead. */
  readonly clockSkewMs: number | undefined;
  /** Age of the newest delta when it arrived, by the sender's clock corrected for skew. */
  readonly syncLatencyMs: number | undefined;
  readonly snapshotAgoMs: number | undefined;
  /** It means something else by the same configuration version, and is not listened to. */
  readonly differs: boolean;
  /** A delta is known to be missing and no digest has matched since. */
  readonly stale: boolean;
  /** The peer is known to own its leased units of the current epoch. */
  readonly owns: boolean;
  /** The peer is known to be fenced in the current epoch. */
  readonly fenced: boolean;
  /** Rows that anti-entropy had to mend. */
  readonly repairedEntries: number;
  readonly deltasReceived: number;
};

/** One limit with this region's part in it, in the current window and for keys on average. */
export type LimitView = {
  readonly spec: LimitSpec;
  /** Base share by region for a key with θ = 0. */
  readonly bases: readonly (readonly [region: RegionId, permits: number])[];
  /** What this region may use of the current window, for a key with θ = 0. */
  readonly entitlement: number;
  readonly keys: number;
  /** Offered permits a second here. */
  readonly demand: number;
  readonly checks: readonly {
    readonly outcome: 'allowed' | 'denied';
    readonly reason: Reason;
    readonly count: number;
  }[];
  readonly permitsAllowed: number;
  readonly permitsDenied: number;
  /** Checks that left less than a fifth of this region's entitlement. */
  readonly nearLimit: number;
  /** Permits given to other regions, and received from them. */
  readonly permitsGiven: number;
  readonly permitsReceived: number;
  /** Transfers booked and received, requests for quota made, and those of others of which nothing could be given. */
  readonly transfers: {
    readonly given: number;
    readonly received: number;
    readonly asked: number;
    readonly refused: number;
  };
  /** Part of the entitlement that comes from regions that are fenced, by fenced region. */
  readonly reclaimed: readonly (readonly [region: RegionId, permits: number])[];
  /** Counters that were forgotten: their window has closed, or their bucket is full again. */
  readonly keysForgotten: number;
  /** Permits found, after merging, to have been admitted beyond the limit; never any in strict mode. */
  readonly permitsOver: number;
  /** Permits admitted without being counted, because this region could not decide. */
  readonly permitsUncounted: number;
};

/** A key that is asked for much here, or of which little is left. */
export type HotKeyView = {
  readonly limit: string;
  readonly key: string;
  /** Offered permits a second here, admitted or not. */
  readonly demand: number;
  /** Those of them that were refused, a second. */
  readonly refused: number;
  /** Permits that this region may still spend now, and that the world may as far as this region knows. */
  readonly remaining: number;
  readonly globalRemaining: number;
  /** Nothing is left here, or somebody has just been denied. */
  readonly short: boolean;
  /** Since quota was last asked of others for it; undefined where it never was. */
  readonly askedAgoMs: number | undefined;
};

/** Which hot keys are looked for: those of one limit or all; by what is asked for, or those alone of which something is refused, by how much. */
export type HotKeyQuery = { readonly limit?: string | undefined; readonly by: 'permits' | 'denials' };

/** One configuration version, and who adopts it from which epoch on, as far as this region knows. */
export type VersionView = {
  readonly id: VersionId;
  readonly fingerprint: string;
  readonly adopted: readonly (readonly [region: RegionId, epoch: number])[];
};

/** The whole of one region's state that its operators may ask for. */
export type RegionView = {
  readonly region: RegionId;
  readonly ledger: LedgerId;
  readonly incarnation: number;
  readonly epoch: number;
  readonly sitsUntil: number;
  /** Still sitting out: entitlement is 0. */
  readonly sitting: boolean;
  readonly draining: boolean;
  readonly degraded: boolean;
  /** This region knows that it owns its leased units of the current epoch. */
  readonly owns: boolean;
  readonly weight: number;
  readonly peers: readonly PeerView[];
  readonly limits: readonly LimitView[];
  readonly deltasSent: number;
  /** The configuration version that this region goes by, and all that still count. */
  readonly version: VersionId;
  readonly versions: readonly VersionView[];
  readonly inboxDepth: number;
  readonly inboxShed: number;
};

/** One region's part in a window, as far as it is known here. */
export type RegionUsage = {
  readonly region: RegionId;
  readonly used: number;
  /** Permits that it may use, by votes and transfers up to now; of a bucket, of what one epoch mints. */
  readonly share: number;
};

/** A key's counters in one window. */
export type WindowUsage = {
  readonly windowId: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly used: number;
  readonly byRegion: readonly RegionUsage[];
  readonly entitlement: number;
};

/** A key's counters under one limit, this window first, then the last. */
export type UsageView = {
  readonly limit: string;
  readonly key: string;
  readonly limitPermits: number;
  readonly windows: readonly WindowUsage[];
};
