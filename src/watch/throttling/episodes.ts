import { QUIET_MS_MAX, QUIET_MS_MIN } from './bounds.ts';
import type { Second } from './seconds.ts';

/** A time in which a limit denied again and again. */
export type Episode = {
  readonly fromMs: number;
  /** The end of its last second with a denial. */
  readonly toMs: number;
  /** Permits. */
  readonly offered: number;
  readonly denied: number;
  /** Part of the denied checks that this region's share denied; the rest met the limit of the whole world. */
  readonly byShare: number;
  readonly offeredPerSecondMax: number;
};

/** How long a limit must be quiet for an episode to be over, in milliseconds: one that denies at the end of each window is throttling all along. */
export function quietMsOf(windowMs: number): number {
  return Math.min(QUIET_MS_MAX, Math.max(QUIET_MS_MIN, 1.5 * windowMs));
}

/** The episodes in a row of seconds, the oldest first. */
export function episodesIn(seconds: readonly Second[], windowMs: number): Episode[] {
  const quietMs = quietMsOf(windowMs);
  const groups: Second[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const second of seconds) {
    if (second.denied <= 0) continue;
    if (second.atMs - lastMs > quietMs) groups.push([]);
    groups.at(-1)?.push(second);
    lastMs = second.atMs;
  }
  return groups.map((denying) => episodeOf(denying, seconds));
}

function episodeOf(denying: readonly Second[], seconds: readonly Second[]): Episode {
  const fromMs = denying[0]?.atMs ?? 0;
  const lastMs = denying.at(-1)?.atMs ?? 0;
  const during = seconds.filter(({ atMs }) => atMs >= fromMs && atMs <= lastMs);
  const byShare = sumOf(denying.map((second) => second.byShare));
  const byWorld = sumOf(denying.map((second) => second.byWorld));
  return {
    fromMs,
    toMs: lastMs + 1_000,
    offered: sumOf(during.map(({ offered }) => offered)),
    denied: sumOf(denying.map(({ denied }) => denied)),
    byShare: byShare + byWorld === 0 ? 0 : byShare / (byShare + byWorld),
    offeredPerSecondMax: Math.max(0, ...during.map(({ offered }) => offered)),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
