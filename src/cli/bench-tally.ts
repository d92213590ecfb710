import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Times are recorded in microseconds. */
const PER_MS = 1_000;

/** Windows of a limit that are counted at one time: answers of one that has just ended may still come. */
const WINDOWS_KEPT = 4;

/** What came of the requests to one coordinator. */
export class TargetTally {
  /** Of answers, from when their request was due; Node's own is an HdrHistogram. */
  readonly times: RecordableHistogram = createHistogram({ lowest: 1, highest: 600_000 * PER_MS, figures: 3 });
  readonly failures = new Map<string, number>();
  allowed = 0;
  denied = 0;
  failed = 0;
  /** Requests that were due while too many waited for an answer already. */
  unsent = 0;

  answered(allowed: boolean, ms: number): void {
    if (allowed) this.allowed += 1;
    else this.denied += 1;
    this.times.record(Math.max(1, Math.round(ms * PER_MS)));
  }

  fail(reason: string): void {
    this.failed += 1;
    // Reasons come from outside: as many as can be shown.
    const known = this.failures.has(reason) || this.failures.size < 10 ? reason : 'other reasons';
    this.failures.set(known, (this.failures.get(known) ?? 0) + 1);
  }

  /** The time in milliseconds within which so many percent of the answers came; undefined when there was none. */
  percentileMs(percent: number): number | undefined {
    return this.times.count === 0 ? undefined : this.times.percentile(percent) / PER_MS;
  }

  /** The whole histogram: milliseconds by percentile. */
  percentilesMs(): Readonly<Record<string, number>> {
    const entries = [...this.times.percentiles].map(
      ([percent, us]) => [String(percent), us / PER_MS] as const,
    );
    return this.times.count === 0 ? {} : Object.fromEntries(entries);
  }
}

/** What was admitted under one limit, by everybody who was asked. */
export type LimitTally = {
  readonly quota: number;
  readonly windowMs: number;
  readonly byRegion: Map<string, number>;
  /** The most that was admitted of one key in one window. */
  most: number;
  readonly windows: Map<number, Map<string, number>>;
};

/** One limit as an answer's `RateLimit-Policy` names it. */
export type Policy = { readonly limit: string; readonly quota: number; readonly windowMs: number };

/** Counts what was admitted, by limit, window and key, in the window of the region's clock at which it says that it decided. */
export class LimitTallies {
  readonly byName = new Map<string, LimitTally>();

  admitted(
    { limit, quota, windowMs }: Policy,
    key: string,
    {
      region,
      decidedAtMs,
      permits,
    }: { readonly region: string; readonly decidedAtMs: number; readonly permits: number },
  ): void {
    let tally = this.byName.get(limit);
    if (tally === undefined) {
      tally = { quota, windowMs, byRegion: new Map(), most: 0, windows: new Map() };
      this.byName.set(limit, tally);
    }
    tally.byRegion.set(region, (tally.byRegion.get(region) ?? 0) + permits);
    const keys = windowOf(tally, Math.floor(decidedAtMs / windowMs));
    const count = (keys.get(key) ?? 0) + permits;
    keys.set(key, count);
    tally.most = Math.max(tally.most, count);
  }
}

function windowOf({ windows }: LimitTally, windowId: number): Map<string, number> {
  let keys = windows.get(windowId);
  if (keys === undefined) {
    keys = new Map();
    windows.set(windowId, keys);
    if (windows.size > WINDOWS_KEPT) windows.delete(Math.min(...windows.keys()));
  }
  return keys;
}

/** The limits that an answer's `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11 §3) names; none in another dialect. */
export function policiesIn(field: string | undefined): Policy[] {
  return [...(field ?? '').matchAll(/"((?:[^"\\]|\\.)*)";q=(\d+);w=(\d+)/g)].map(
    ([, name = '', quota, seconds]) => ({
      limit: name.replaceAll(/\\(.)/g, '$1'),
      quota: Number(quota),
      windowMs: Number(seconds) * 1_000,
    }),
  );
}
