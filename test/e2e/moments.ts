import { eventually } from '../eventually.ts';

/** How late a moment may be noticed, in milliseconds, before the machine counts as too slow to measure anything. */
const LATE_MS = 2_000;

/** The first instant in the future at which a window of this length begins, at least `aheadMs` from now, in wall milliseconds. */
export function nextWindow(windowMs: number, aheadMs = 0): number {
  return Math.ceil((Date.now() + aheadMs) / windowMs) * windowMs;
}

/** Lets the world run until a wall instant, so that what is under way happens. */
export async function until(wallMs: number): Promise<void> {
  const aheadMs = wallMs - Date.now();
  if (aheadMs <= 0) return;
  await eventually(() => Date.now() >= wallMs, { withinMs: aheadMs + LATE_MS, what: 'time passes' });
}

/** The next instant at which a window of this length is `ageMs` old, in wall milliseconds. */
export function nextAge(windowMs: number, ageMs: number): number {
  return Math.ceil((Date.now() - ageMs) / windowMs) * windowMs + ageMs;
}
