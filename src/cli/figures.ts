import type { LimitSpec } from '../core/limit.ts';

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** Units of longer times, each up to about a hundred. */
const UNITS = [
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
] as const;

/** A number with separators, and one decimal at most. */
export function shownCount(count: number): string {
  return COUNT.format(count);
}

/** A time that is short or long, in the unit that reads best; `-` where nothing was measured. */
export function shownMs(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '-';
  const size = Math.abs(milliseconds);
  if (size < 10) return `${milliseconds.toFixed(1)} ms`;
  if (size < 1_000) return `${Math.round(milliseconds)} ms`;
  const [unit, unitMs] = UNITS.find(([, ms]) => size < 120 * ms) ?? (['d', 86_400_000] as const);
  return `${COUNT.format(Number((milliseconds / unitMs).toFixed(size < 10_000 ? 1 : 0)))} ${unit}`;
}

/** A part of the whole in percent. */
export function shownShare(share: number): string {
  return `${COUNT.format(share * 100)} %`;
}

/** How much a limit allows over what time, in a few words. */
export function shownAmount({ algorithm, limit, windowMs, period, burst }: LimitSpec): string {
  const count = shownCount(limit);
  if (algorithm === 'concurrency') return `${count} at one time`;
  if (period !== undefined) return `${count} a ${period.unit}`;
  const rate = `${count} in ${shownMs(windowMs)}`;
  return burst === undefined ? rate : `${rate}, bursts of ${shownCount(burst)}`;
}

/** What a limit does with its decisions, and for which part of its keys. */
export function shownMode(limit: Pick<LimitSpec, 'mode' | 'rolloutPermille'> | undefined): string {
  const { mode = 'enforce', rolloutPermille = 1_000 } = limit ?? {};
  return rolloutPermille === 1_000 ? mode : `${mode} for ${shownShare(rolloutPermille / 1_000)}`;
}
