import type { RegionId } from '../../../crdt/index.ts';
import { type LimitWindow, totalOf } from '../figures.ts';
import type { Sample } from '../meter.ts';
import type { ScenarioRun } from '../run-scenario.ts';
import { regionsOf } from '../scenario.ts';

/** Fewer windows than these in a run, and what happens inside each of them is shown. */
const WINDOWS_MIN = 10;

/** Points of a curve that shows what happens inside windows. */
const POINTS = 240;

/** One region's permits under a limit: one number for each point in time. */
export type RegionSeries = {
  readonly region: RegionId;
  readonly offered: readonly number[];
  readonly admitted: readonly number[];
  /** What it was entitled to of `LimitSeries.key`, and the same with what was lent to it, less what it lent. */
  readonly share: readonly number[];
  readonly held: readonly number[];
};

/** What happened under one limit over time, in permits. */
export type LimitSeries = {
  readonly limit: string;
  readonly windowMs: number;
  readonly isBucket: boolean;
  /** How many keys were counted under it, and the one whose shares are shown. */
  readonly keys: number;
  readonly key: string;
  /** Whether there is one point for each whole window, or many that say what happened in the window until then. */
  readonly of: 'whole windows' | 'windows so far';
  /** Milliseconds after the start: where a window begins, or a moment. */
  readonly atMs: readonly number[];
  readonly endMs: number;
  readonly offered: readonly number[];
  readonly admitted: readonly number[];
  /** The limit; with many keys, what their limits and what was asked for of each allowed to be admitted. */
  readonly most: readonly number[];
  readonly regions: readonly RegionSeries[];
  readonly windows: readonly LimitWindow[];
};

/** One series for every limit under which anything was asked for. */
export function seriesOf(run: ScenarioRun): LimitSeries[] {
  return run.scenario.plan.limits.flatMap(({ name }) => {
    const key = run.meter.favourites.get(name);
    return key === undefined ? [] : [limitSeries(run, name, key)];
  });
}

type Point = {
  readonly atMs: number;
  readonly window: LimitWindow | undefined;
  readonly offered: ReadonlyMap<RegionId, number>;
  readonly admitted: ReadonlyMap<RegionId, number>;
  readonly entitled: ReadonlyMap<RegionId, number>;
  readonly held: ReadonlyMap<RegionId, number>;
};

function limitSeries(
  { scenario, outcome, figures, meter }: ScenarioRun,
  limit: string,
  key: string,
): LimitSeries {
  const windows = figures.windowsOf(limit);
  const samples = meter.samples.filter((sample) => sample.limit === limit);
  const windowMs = (windows[0]?.untilMs ?? 0) - (windows[0]?.atMs ?? 0);
  const whole = windows.filter(({ atMs, untilMs }) => atMs >= 0 && untilMs <= outcome.virtualMs);
  const isCoarse = whole.length >= WINDOWS_MIN;
  const keys = new Set(
    [...meter.windows.values()].flatMap((one) => (one.limit.name === limit ? [one.key] : [])),
  );
  const points = isCoarse ? wholeWindows(whole, samples) : momentsOf(windows, samples);
  return {
    limit,
    windowMs,
    isBucket: [...meter.windows.values()].some((one) => one.limit.name === limit && one.limit.isBucket),
    keys: keys.size,
    key,
    of: isCoarse ? 'whole windows' : 'windows so far',
    atMs: points.map(({ atMs }) => atMs),
    endMs: isCoarse ? (whole.at(-1)?.untilMs ?? 0) : outcome.virtualMs,
    offered: points.map(({ offered }) => totalOf(offered)),
    admitted: points.map(({ admitted }) => totalOf(admitted)),
    most: points.map(({ window }) => (keys.size > 1 ? window?.possible : window?.most) ?? 0),
    regions: regionsOf(scenario.plan).map((region) => ({
      region,
      offered: points.map(({ offered }) => offered.get(region) ?? 0),
      admitted: points.map(({ admitted }) => admitted.get(region) ?? 0),
      share: points.map(({ entitled }) => entitled.get(region) ?? 0),
      held: points.map(({ held }) => held.get(region) ?? 0),
    })),
    windows,
  };
}

/** One point for each window; its shares are those that regions had at the end of it, by their own clocks. */
function wholeWindows(whole: readonly LimitWindow[], samples: readonly Sample[]): Point[] {
  const shares = new Map<number, { entitled: Map<RegionId, number>; held: Map<RegionId, number> }>();
  for (const sample of samples) {
    for (const [region, windowAtMs] of sample.windowsAtMs) {
      const share = shares.get(windowAtMs) ?? { entitled: new Map(), held: new Map() };
      shares.set(windowAtMs, share);
      share.entitled.set(region, sample.entitled.get(region) ?? 0);
      share.held.set(region, sample.held.get(region) ?? 0);
    }
  }
  return whole.map((window) => {
    const { atMs, offered, admitted } = window;
    const share = shares.get(atMs);
    return { atMs, window, offered, admitted, entitled: share?.entitled ?? NONE, held: share?.held ?? NONE };
  });
}

const NONE: ReadonlyMap<RegionId, number> = new Map();

/** Evenly spaced moments, and every end of a window. */
function momentsOf(windows: readonly LimitWindow[], samples: readonly Sample[]): Point[] {
  const byStart = new Map(windows.map((window) => [window.atMs, window]));
  const stride = Math.ceil(samples.length / POINTS);
  const isEdge = (at: number) =>
    samples[at]?.windowAtMs !== samples[at - 1]?.windowAtMs ||
    samples[at]?.windowAtMs !== samples[at + 1]?.windowAtMs;
  return samples
    .filter((_, at) => at % stride === 0 || isEdge(at))
    .map((sample) => {
      const { atMs, offered, admitted, entitled, held, windowAtMs } = sample;
      const window = byStart.get(windowAtMs);
      return { atMs, offered, admitted, entitled, held, window };
    });
}
