import { counter, gauge, type MetricRow, type Sample } from './metric-row.ts';

/** How a region's store is, and what it did since the process started; times are milliseconds. */
export type StoreFigures = {
  readonly up: boolean;
  /** How long the newest answer took; undefined before the first. */
  readonly latencyMs: number | undefined;
  /** What went wrong, by kind: few words, never a message. */
  readonly errors: Readonly<Record<string, number>>;
};

/** Every metric of a region's store; they are there where nodes share one. */
export const STORE_METRICS: readonly MetricRow<StoreFigures>[] = [
  gauge('store_up', [], 'Whether the store of the region answers', ({ up }) => [[[], Number(up)]]),
  gauge('store_latency_seconds', [], 'How long its newest answer took', ({ latencyMs }) =>
    latencyMs === undefined ? [] : [[[], latencyMs / 1_000]],
  ),
  counter('store_errors_total', ['kind'], 'What went wrong with the store, by kind', ({ errors }) =>
    Object.entries(errors).map(([kind, count]): Sample => [[kind], count]),
  ),
];
