import { WindowCounters } from '../../crdt/index.ts';
import { Counter } from './counter.ts';
import type { Reason } from './decision.ts';
import { Demand } from './demand.ts';
import type { WindowStanding } from './entitlement.ts';
import type { Outlook } from './holdings.ts';
import type { HotKey } from './hot-key.ts';
import type { Instant } from './instant.ts';
import type { Limit } from './limit.ts';
import type { Override } from './overrides.ts';
import { epochOf } from './window.ts';

/** What one limit's checks came to since the process started; each number only grows. */
export type Tally = {
  readonly allowed: Map<Reason, number>;
  readonly denied: Map<Reason, number>;
  permitsAllowed: number;
  permitsDenied: number;
  nearLimit: number;
  permitsGiven: number;
  /** Windows of which a part of every key's share was given away. */
  wholesGiven: number;
  permitsReceived: number;
  /** Transfers booked and received, requests for quota made, and those of others of which nothing could be given. */
  readonly transfers: { given: number; received: number; asked: number; refused: number };
  /** Counters that were forgotten: their window has closed, or their bucket is full again. */
  keysForgotten: number;
  /** Permits found, after merging, to have been admitted beyond the limit: never any in strict mode. */
  permitsOver: number;
  /** Permits admitted without being counted, because this region could not decide. */
  permitsUncounted: number;
};

/** The current window of a limit, looked up once and kept while its id and the votes behind it stand. */
export type OpenWindow = {
  readonly windowId: number;
  readonly standing: WindowStanding;
  readonly counters: Map<string, Counter>;
  /** Where transfers of the whole limit are, if there are any. */
  readonly whole: Counter | undefined;
  /** The state's stamp when this was made. */
  readonly stamp: number;
  /** Entitlements that were worked out since then, by θ, NaN where none was: all that they depend on. Undefined where that is not so. */
  readonly byTheta: Float64Array | undefined;
};

/** What a decision that rests on several windows, or on what others used, needs to know of a key. In units. */
export type Sum = {
  /** The books' revision when this was made. */
  readonly revision: number;
  /** The least that this region is entitled to in the windows that count. */
  readonly cap: number;
  /** What this region has used and not got back in the windows that count. */
  own: number;
  /** What it has used, got back or not. */
  used: number;
  /** The same of all, as far as is known, with what is assumed of those that cannot be heard. */
  known: number;
};

/** What is in a key's bucket here, at a moment. */
export type Level = {
  units: number;
  atMs: number;
  /** What epochs were thought to mint when somebody was told to wait for it. */
  promised?: ReadonlyMap<number, number>;
};

/** One limit with everything that is counted under it. */
export type Books = {
  /** As the current version has it. */
  limit: Limit;
  readonly counters: WindowCounters<Counter>;
  /** Counters whose own row the peers have not heard of. */
  readonly changed: Counter[];
  readonly demand: Demand;
  readonly hot: Map<string, HotKey>;
  /** Hot keys that the next tick looks at. */
  wanting: HotKey[];
  /** Members' outlooks on windows, kept while the votes behind them stand. */
  readonly outlooks: Map<number, { readonly stamp: number; readonly members: readonly Outlook[] }>;
  readonly tally: Tally;
  open: OpenWindow | undefined;
  /** The newest window of which the whole limit's share has been settled. */
  wholeSettled: number;
  /** What the votes say of windows, kept while they stand. */
  readonly standings: Map<number, { readonly stamp: number; readonly standing: WindowStanding }>;
  /** Sums that were asked for since the state's stamp last changed. */
  readonly sums: { stamp: number; readonly byKey: Map<string, Sum> };
  /** Changes whenever something is learnt from others that sums or levels rest on. */
  revision: number;
  /** Buckets that are not known to be as full as if nobody had ever asked. */
  readonly levels: Map<string, Level>;
  /**
   * What is in buckets that nobody asks for, by the override that they come under, with a key of that kind: all of them have the same, so that
   * it is followed once for all.
   */
  readonly unasked: Map<Override | undefined, Level & { readonly key: string }>;
  /** The walk round the levels, to find those that need not be remembered. */
  sweep: Iterator<string> | undefined;
  /** From this epoch on the rates are those of now. */
  ratesSinceEpoch: number;
  /** Wall milliseconds at which these books were opened. */
  readonly openedMs: number;
};

/** Opens the books of a limit. */
export function openBooks(limit: Limit, { monoMs, wallMs }: Instant): Books {
  return {
    limit,
    counters: new WindowCounters((windowId, key) => new Counter(windowId, key)),
    changed: [],
    demand: new Demand(monoMs),
    hot: new Map(),
    wanting: [],
    outlooks: new Map(),
    tally: {
      allowed: new Map(),
      denied: new Map(),
      permitsAllowed: 0,
      permitsDenied: 0,
      nearLimit: 0,
      permitsGiven: 0,
      wholesGiven: 0,
      permitsReceived: 0,
      transfers: { given: 0, received: 0, asked: 0, refused: 0 },
      keysForgotten: 0,
      permitsOver: 0,
      permitsUncounted: 0,
    },
    open: undefined,
    wholeSettled: Number.NEGATIVE_INFINITY,
    standings: new Map(),
    sums: { stamp: -1, byKey: new Map() },
    revision: 0,
    levels: new Map(),
    unasked: new Map(),
    sweep: undefined,
    ratesSinceEpoch: epochOf(wallMs),
    openedMs: wallMs,
  };
}
