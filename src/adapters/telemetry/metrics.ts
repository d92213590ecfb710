import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from '../../core/decision.ts';
import type { SpanLink } from '../../ports.ts';
import { JOURNAL_METRICS } from './journal-table.ts';
import type { MetricRow } from './metric-row.ts';
import { METRICS, type Scene } from './metric-table.ts';

export type MetricsOptions = {
  readonly region: string;
  readonly version: string;
  /** Takes the picture that a scrape shows. */
  readonly look: () => Omit<Scene, 'unlimited' | 'admittedDegraded'>;
};

/** Seconds; a decision is made in memory, so the finest buckets are microseconds, and the coarsest say that something is very wrong. */
const CHECK_BUCKETS = [0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];

/**
 * The metrics of one process in Prometheus' text format. Most are read off the region's own state when they are scraped, so that
 * they cost a decision nothing.
 */
export class Metrics {
  readonly #look: MetricsOptions['look'];
  readonly #registry = new Registry();
  readonly #checkDuration: Histogram;
  readonly #rows: Rows<Scene>;
  readonly #journalRows: Rows<NonNullable<Scene['journal']>>;
  #unlimited = 0;
  #decisions = 0;
  #rejections = 0;
  #responseMs = 0;
  readonly #admittedDegraded = new Map<string, number>();

  constructor({ region, version, look }: MetricsOptions) {
    this.#look = look;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'headgate_build_info',
      help: 'What runs here; always 1',
      labelNames: ['version', 'node', 'region'],
      registers,
    }).set({ version, node: process.versions.node, region }, 1);
    this.#checkDuration = new Histogram({
      name: 'headgate_check_duration_seconds',
      help: "From a request's head to its answer",
      buckets: CHECK_BUCKETS,
      registers,
    });
    this.#rows = registered(METRICS, this.#registry);
    this.#journalRows = look().journal === undefined ? [] : registered(JOURNAL_METRICS, this.#registry);
  }

  /** Notes one decision, the milliseconds from the request's head to the answer, and the span of it where one was recorded. */
  observeCheck(milliseconds: number, decision: Decision, _span?: SpanLink): void {
    this.#checkDuration.observe(milliseconds / 1000);
    this.#decisions += 1;
    this.#responseMs += milliseconds;
    if (!decision.allowed) this.#rejections += 1;
    if (decision.verdict === undefined) this.#unlimited += 1;
    else if (decision.degraded && decision.allowed) this.#noteDegraded(decision);
  }

  /** What all decisions came to; the mean is undefined before the first. */
  figures(): {
    readonly decisions: number;
    readonly rejections: number;
    readonly meanResponseMs: number | undefined;
  } {
    const meanResponseMs = this.#decisions === 0 ? undefined : this.#responseMs / this.#decisions;
    return { decisions: this.#decisions, rejections: this.#rejections, meanResponseMs };
  }

  /** All metrics as they are now. */
  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    const scene = {
      ...this.#look(),
      unlimited: this.#unlimited,
      admittedDegraded: this.#admittedDegraded,
    };
    read(this.#rows, scene);
    if (scene.journal !== undefined) read(this.#journalRows, scene.journal);
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #noteDegraded({ verdicts }: Decision): void {
    for (const { limit } of verdicts)
      this.#admittedDegraded.set(limit.name, (this.#admittedDegraded.get(limit.name) ?? 0) + 1);
  }
}

type Rows<From> = readonly (readonly [MetricRow<From>, Counter | Gauge])[];

function registered<From>(rows: readonly MetricRow<From>[], registry: Registry): Rows<From> {
  return rows.map((row) => {
    const configuration = {
      name: row.name,
      help: row.help,
      labelNames: [...row.labels],
      registers: [registry],
    };
    return [row, row.type === 'counter' ? new Counter(configuration) : new Gauge(configuration)];
  });
}

function read<From>(rows: Rows<From>, from: From): void {
  for (const [row, metric] of rows) {
    metric.reset();
    for (const [values, value] of row.samples(from)) {
      if (row.labels.length === 0) metric.inc(value);
      else metric.inc(Object.fromEntries(row.labels.map((label, at) => [label, values[at] ?? ''])), value);
    }
  }
}
