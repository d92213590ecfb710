import type { RegionId } from '../../crdt/index.ts';
import type { Sample } from './meter.ts';
import type { Loss } from './scenario.ts';
import { wholeShare } from './shares.ts';

/** Where nothing happened within this time, and within two windows, it is not that there was no time for it. */
const LONG_ENOUGH_MS = 8_000;
const LONG_ENOUGH_WINDOWS = 2;

/** What is known of a run when it is asked how soon shares moved. */
export type Course = {
  readonly samples: readonly Sample[];
  readonly losses: readonly Loss[];
  readonly startMs: number;
  readonly endMs: number;
  /** The key of each limit whose shares were looked at. */
  readonly favourites: ReadonlyMap<string, string>;
};

/**
 * The longest time after a loss until each of the others was entitled to its part of what the lost leave, in milliseconds; infinite
 * where that never came, undefined where no loss lasted long enough to tell or there was nobody to take over.
 */
export function reclaimMs(course: Course, losses: readonly Loss[]): number | undefined {
  return longest(
    losses.map((loss) => {
      const takers = (sample: Sample) => present(sample, course.losses);
      if (course.samples.every((sample) => !during(sample, loss) || takers(sample).length === 0))
        return undefined;
      return reached(course, loss.atMs, loss.untilMs, (sample) =>
        takers(sample).every((region) => isWhole(sample, region, loss.regions, course)),
      );
    }),
  );
}

/** The longest time after a loss was over until every region was entitled to its own whole share again, in milliseconds. */
export function recoveryMs(course: Course, losses: readonly Loss[]): number | undefined {
  const healed = losses
    .map(({ untilMs }) => untilMs)
    .filter((at) => at < course.endMs && !course.losses.some((loss) => loss.atMs <= at && loss.untilMs > at));
  return longest(
    healed.map((at) =>
      reached(course, at, course.endMs, (sample) =>
        sample.configuration.members.every(({ region }) => isWhole(sample, region, [], course)),
      ),
    ),
  );
}

/** Milliseconds from `atMs` until the shares of every limit were as they should be. */
function reached(
  { samples }: Course,
  atMs: number,
  untilMs: number,
  isGood: (sample: Sample) => boolean,
): number | undefined {
  const times = [...Map.groupBy(samples, ({ limit }) => limit).values()].map((ofLimit) => {
    const within = ofLimit.filter((sample) => sample.atMs > atMs && sample.atMs <= untilMs);
    const found = within.find(isGood);
    if (found !== undefined) return found.atMs - atMs;
    const [{ windowAtMs = 0, windowUntilMs = 0 } = {}] = within;
    const enoughMs = Math.max(LONG_ENOUGH_MS, LONG_ENOUGH_WINDOWS * (windowUntilMs - windowAtMs));
    return untilMs - atMs < enoughMs ? undefined : Number.POSITIVE_INFINITY;
  });
  return longest(times);
}

function during({ atMs }: Sample, loss: Loss): boolean {
  return atMs > loss.atMs && atMs <= loss.untilMs;
}

/** Regions that are not lost at the time of a sample. */
function present(sample: Sample, losses: readonly Loss[]): RegionId[] {
  const lost = losses.filter((loss) => during(sample, loss)).flatMap(({ regions }) => regions);
  return sample.configuration.members.map(({ region }) => region).filter((region) => !lost.includes(region));
}

/** Whether a region is entitled to all that its own votes and the fences around `lost` can give it. */
function isWhole(sample: Sample, region: RegionId, lost: readonly RegionId[], course: Course): boolean {
  const { configuration, limit, atMs } = sample;
  const key = course.favourites.get(limit) ?? '';
  const whole = wholeShare(region, lost, { configuration, limit, key, wallMs: course.startMs + atMs });
  return whole === undefined || (sample.entitled.get(region) ?? 0) >= whole;
}

function longest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
