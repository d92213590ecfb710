import type { LimitTallies, TargetTally } from './bench-tally.ts';
import { shownCount, shownMs } from './figures.ts';
import { alignedTable } from './table.ts';

/** One coordinator that was asked, and what came of it; or why it was not. */
export type Benched = {
  readonly url: string;
  readonly region: string;
  readonly tally: TargetTally;
  readonly error?: string | undefined;
};

/** What a whole measurement came to. */
export type BenchResult = {
  readonly targets: readonly Benched[];
  readonly limits: LimitTallies;
  /** How long requests were sent, in milliseconds. */
  readonly durationMs: number;
};

const PERCENTS = [50, 90, 99, 99.9] as const;

/** The result for people. */
export function benchText({ targets, limits, durationMs }: BenchResult): string {
  const heading = ['REGION', 'ADDRESS', 'ANSWERS/S', 'ALLOWED', 'DENIED', 'FAILED'];
  const rows = targets
    .filter(({ error }) => error === undefined)
    .map(({ region, url, tally }) => [
      region,
      url,
      shownCount(rateOf(tally, durationMs)),
      shownCount(tally.allowed),
      shownCount(tally.denied),
      shownCount(tally.failed),
      ...PERCENTS.map((percent) => shownMs(tally.percentileMs(percent))),
      shownMs(tally.percentileMs(100)),
    ]);
  const parts: string[] = [];
  if (rows.length > 0)
    parts.push(alignedTable([[...heading, ...PERCENTS.map((percent) => `P${percent}`), 'MOST'], ...rows]));
  if (limits.byName.size > 0) parts.push(limitsTable(limits));
  for (const { url, error, tally } of targets) {
    if (error !== undefined) parts.push(`${url} does not answer: ${error}`);
    for (const [reason, count] of tally.failures)
      parts.push(`${url}: ${shownCount(count)} failed: ${reason}`);
    if (tally.unsent > 0)
      parts.push(`${url} was too slow for the rate: ${shownCount(tally.unsent)} requests were not sent`);
  }
  return parts.join('\n\n');
}

/** The result for scripts. */
export function benchJson({ targets, limits, durationMs }: BenchResult): object {
  return {
    durationMs: Math.round(durationMs),
    targets: targets.map(({ url, region, tally, error }) => ({
      url,
      region,
      ...(error === undefined ? {} : { error }),
      answersPerSecond: rateOf(tally, durationMs),
      allowed: tally.allowed,
      denied: tally.denied,
      failed: tally.failed,
      unsent: tally.unsent,
      failures: Object.fromEntries(tally.failures),
      latencyMs: {
        ...Object.fromEntries(
          PERCENTS.map((percent) => [`p${percent}`, tally.percentileMs(percent) ?? null]),
        ),
        most: tally.percentileMs(100) ?? null,
        histogram: tally.percentilesMs(),
      },
    })),
    limits: [...limits.byName].map(([limit, { quota, windowMs, most, byRegion }]) => ({
      limit,
      quota,
      windowMs,
      mostInOneWindow: most,
      admitted: Object.fromEntries(byRegion),
    })),
  };
}

/** What is known so far, in one line. */
export function progressText({ targets, durationMs }: BenchResult, wholeMs: number): string {
  const each = targets
    .filter(({ error }) => error === undefined)
    .map(({ region, tally }) => {
      const rate = `${shownCount(Math.round(rateOf(tally, durationMs)))}/s`;
      return `${region} ${rate}, ${shownCount(tally.denied)} denied, p99 ${shownMs(tally.percentileMs(99))}`;
    });
  return `${Math.round(durationMs / 1_000)} of ${Math.round(wholeMs / 1_000)} s: ${each.join('; ')}`;
}

function limitsTable(limits: LimitTallies): string {
  const rows = [...limits.byName].map(([name, { quota, windowMs, most, byRegion }]) => [
    name,
    `${shownCount(quota)} in ${shownMs(windowMs)}`,
    shownCount([...byRegion.values()].reduce((sum, permits) => sum + permits, 0)),
    shownCount(most),
    [...byRegion].map(([region, permits]) => `${region} ${shownCount(permits)}`).join(', '),
  ]);
  return alignedTable([['LIMIT', 'ALLOWS', 'ADMITTED', 'MOST IN A WINDOW', 'BY REGION'], ...rows]);
}

function rateOf({ allowed, denied }: TargetTally, durationMs: number): number {
  return durationMs === 0 ? 0 : ((allowed + denied) * 1_000) / durationMs;
}
