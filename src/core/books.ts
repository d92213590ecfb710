import { WindowCounters } from '../../crdt/index.ts';
import { Counter } from './counter.ts';
import type { Reason } from './decision.ts';
import { Demand } from './demand.ts';
import type { WindowStanding } from './entitlement.ts';
import type { Outlook } from './holdings.ts';
import type { HotKey } from './hot-key.ts';
import type { Limit } from './limit.ts';

/** What one limit's checks came to since the process started; each number only grows. */
export type Tally = {
  readonly allowed: Map<Reason, number>;
  readonly denied: Map<Reason, number>;
  permitsAllowed: number;
  permitsDenied: number;
  nearLimit: number;
  permitsGiven: number;
  permitsReceived: number;
};

/** The current window of a limit, looked up once and kept while its id and the votes behind it stand. */
export type OpenWindow = {
  readonly standing: WindowStanding;
  readonly counters: Map<string, Counter>;
  /** The state's stamp when this was made. */
  readonly stamp: number;
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
};

/** Opens the books of a limit. */
export function openBooks(limit: Limit, monoMs: number): Books {
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
      permitsReceived: 0,
    },
    open: undefined,
  };
}
