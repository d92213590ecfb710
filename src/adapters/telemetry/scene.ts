import type { Reason } from '../../core/decision.ts';
import type { RegionView, UsageView } from '../../core/view.ts';
import type { JournalCounters, TransportCounters } from '../../ports.ts';
import type { Exemplar } from './exemplar.ts';
import type { StoreFigures } from './store-table.ts';

/** What the outside shows of one process at one moment. */
export type Scene = {
  readonly view: RegionView;
  /** The counters of a limit that has one only. */
  readonly usage: (limit: string) => UsageView | undefined;
  readonly transport: TransportCounters;
  /** Whether the medium between the regions is up. */
  readonly transportConnected: boolean;
  /** The same in detail. */
  readonly traffic: {
    /** `peer` is empty where nobody can be named. */
    readonly errors: readonly { readonly peer: string; readonly kind: string; readonly count: number }[];
    readonly deltaBytes: { readonly sent: number; readonly received: number };
  };
  /** What the journal did; undefined where none is kept. */
  readonly journal: JournalCounters | undefined;
  /** How the region's store is; undefined where there is none. */
  readonly store?: StoreFigures | undefined;
  /** How reloads of the configuration's files went; undefined where none are watched. */
  readonly reloads:
    | { readonly succeeded: number; readonly failed: number; readonly problem?: string | undefined }
    | undefined;
  /** Callers that were not let in. */
  /** Requests that were refused because there was too much to do. */
  readonly requestsShed: number;
  readonly refusals: readonly { readonly interface: string; readonly code: string; readonly count: number }[];
  /** What is shown where TLS is spoken. */
  readonly certificates: readonly {
    readonly purpose: string;
    readonly succeeded: number;
    readonly failed: number;
    readonly expiresMs: number;
  }[];
};

/** What is looked at for a scrape: everything at one moment. */
export type Scraped = Scene & {
  /** Decisions that no limit matched. */
  readonly unlimited: number;
  /** Checks that were admitted while the region was degraded, by limit. */
  readonly admittedDegraded: ReadonlyMap<string, number>;
  /** A trace that was denied, by limit and reason. */
  readonly denied: ReadonlyMap<string, ReadonlyMap<Reason, Exemplar>>;
};
