import { computed, signal } from '@preact/signals';
import type { Frame, Rates } from '../watch/frame.ts';
import type { RecentRates } from '../watch/snapshot.ts';

/** Seconds that charts show at most, and at least, so that a page that was just opened is not empty. */
const SECONDS_SHOWN_MAX = 120;
const SECONDS_SHOWN_MIN = 30;

/** One second of every limit. */
export type Sample = {
  readonly atMs: number;
  readonly rates: Readonly<Record<string, Rates>>;
  /** Permits that each region may use, by limit and region; absent where only rates are known. */
  readonly shares: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** The last two minutes, oldest first; with gaps where nothing was heard. */
export const samples = signal<readonly Sample[]>([]);

/** What charts show, in milliseconds: as much as is known. */
export const spanMs = computed(() => {
  const { value } = samples;
  const knownMs = (value.at(-1)?.atMs ?? 0) - (value[0]?.atMs ?? 0);
  return Math.min(SECONDS_SHOWN_MAX, Math.max(SECONDS_SHOWN_MIN, Math.floor(knownMs / 1_000))) * 1_000;
});

/** Adds one second. */
export function remember({ atMs, limits }: Frame): void {
  const rates = Object.fromEntries(
    limits.flatMap(({ name, rates }) => (rates === undefined ? [] : [[name, rates]])),
  );
  const shares = Object.fromEntries(
    limits.flatMap(({ name, shares }) =>
      shares === undefined
        ? []
        : [[name, Object.fromEntries(shares.byRegion.map(({ region, share }) => [region, share]))]],
    ),
  );
  add([{ atMs, rates, shares }]);
}

/** Adds what a node remembers of the time before. */
export function rememberRecent(recent: readonly RecentRates[]): void {
  add(
    recent.map(({ atMs, limits }) => ({
      atMs,
      shares: {},
      rates: Object.fromEntries(
        Object.entries(limits).map(([name, [offered, admitted, denied]]) => [
          name,
          { offered, admitted, denied },
        ]),
      ),
    })),
  );
}

/** What was known of a second already stays: it says more. */
function add(newer: readonly Sample[]): void {
  const known = new Map(newer.map((sample) => [sample.atMs, sample]));
  for (const sample of samples.peek()) known.set(sample.atMs, sample);
  const all = [...known.values()].sort((a, b) => a.atMs - b.atMs);
  const sinceMs = (all.at(-1)?.atMs ?? 0) - (SECONDS_SHOWN_MAX + 5) * 1_000;
  samples.value = all.filter(({ atMs }) => atMs >= sinceMs);
}
