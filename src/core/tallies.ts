import { standingOf } from './algorithms/standing.ts';
import { entitlement } from './entitlement.ts';
import { booksNamed } from './open-counter.ts';
import type { RegionState } from './state.ts';

/** What one limit came to here since the process started; each number only grows. */
export type LimitTally = {
  readonly name: string;
  readonly windowMs: number;
  /** Whether there is a counter for each value of some dimension. */
  readonly isKeyed: boolean;
  readonly permitsAllowed: number;
  readonly permitsDenied: number;
  /** Denied checks, by what was used up: this region's share, or what the whole world may use. */
  readonly deniedByShare: number;
  readonly deniedByWorld: number;
  /** Checks that left less than a fifth of this region's entitlement. */
  readonly nearLimit: number;
  /** Permits found to have been admitted beyond the limit. */
  readonly permitsOver: number;
};

/** Permits of one window, for a key with θ = 0. */
export type ShareOfWindow = {
  /** What this region may use. */
  readonly share: number;
  readonly limit: number;
};

/** What every limit came to, read off what is counted anyway: for those who look often. */
export function* talliesOf(state: RegionState): Generator<LimitTally> {
  for (const { limit, tally } of state.books.values()) {
    const { denied } = tally;
    yield {
      name: limit.name,
      windowMs: limit.windowMs,
      isKeyed: Object.values(limit.spec.dimensions).includes('*'),
      permitsAllowed: tally.permitsAllowed,
      permitsDenied: tally.permitsDenied,
      deniedByShare: denied.get('region_share_exhausted') ?? 0,
      deniedByWorld: (denied.get('global_limit_exceeded') ?? 0) + (denied.get('concurrency_exceeded') ?? 0),
      nearLimit: tally.nearLimit,
      permitsOver: tally.permitsOver,
    };
  }
}

/** What this region may use of a limit's current window; nothing when there is no such limit. */
export function shareOf(state: RegionState, name: string): ShareOfWindow {
  const books = booksNamed(state, name);
  if (books === undefined) return { share: 0, limit: 0 };
  const { limit } = books;
  const standing = standingOf(state, limit, limit.windows.idAt(state.wallMs));
  const share = Math.floor(entitlement(standing, { key: '', hash: 0 }) / limit.unitsPerPermit);
  return { share, limit: limit.spec.limit };
}
