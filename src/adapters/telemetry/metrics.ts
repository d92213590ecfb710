import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Decision, Reason } from '../../core/decision.ts';
import type { SpanLink } from '../../ports.ts';
import { CHECK_DURATION, CheckDurations } from './check-durations.ts';
import type { Exemplar } from './exemplar.ts';
import { Exposition, FORMATS, type Format, type Heading, labelled } from './exposition.ts';
import { fewLimits } from './few-limits.ts';
import { JOURNAL_METRICS } from './journal-table.ts';
import { LIMIT_METRICS } from './limit-table.ts';
import type { MetricRow } from './metric-row.ts';
import { NODE_METRICS } from './node-table.ts';
import { PEER_METRICS } from './peer-table.ts';
import type { Scene, Scraped } from './scene.ts';
import { STORE_METRICS } from './store-table.ts';

export type MetricsOptions = {
  readonly region: string;
  readonly version: string;
  /** Takes the picture that a scrape shows. */
  readonly look: () => Scene;
};

const BUILD_INFO = {
  name: 'headgate_build_info',
  type: 'gauge',
  help: 'What runs here; always 1',
  labels: ['version', 'node_version', 'region'],
} as const;

const REGION_METRICS: readonly MetricRow<Scraped>[] = [...LIMIT_METRICS, ...PEER_METRICS, ...NODE_METRICS];

/** What a metric is called, what it is, how it is labelled, and what it is about. */
export type OwnMetric = Heading & { readonly labels: readonly string[]; readonly group: string };

/** Every metric of Headgate's own. */
export const OWN_METRICS: readonly OwnMetric[] = Object.entries({
  build: [BUILD_INFO],
  checks: [CHECK_DURATION],
  limits: LIMIT_METRICS,
  peers: PEER_METRICS,
  node: NODE_METRICS,
  journal: JOURNAL_METRICS,
  store: STORE_METRICS,
}).flatMap(([group, metrics]) =>
  metrics.map(({ name, type, help, labels }) => ({ name, type, help, labels, group })),
);

/**
 * The metrics of one process. Most are read off the region's own state when they are scraped, so that they cost a decision nothing.
 * What Node says of itself is prom-client's to measure.
 */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #registry = new Registry();
  readonly #durations = new CheckDurations();
  #unlimited = 0;
  #rejections = 0;
  readonly #admittedDegraded = new Map<string, number>();
  /** The newest trace that was denied, by limit and reason. */
  readonly #denied = new Map<string, Map<Reason, Exemplar>>();

  constructor(options: MetricsOptions) {
    this.#options = options;
    collectDefaultMetrics({ register: this.#registry });
  }

  /**
   * Notes one decision, and the milliseconds from the request's head to the answer. A span of it stands for the numbers that it is part of,
   * where OpenMetrics is asked for.
   */
  observeCheck(milliseconds: number, decision: Decision, span?: SpanLink): void {
    const seconds = milliseconds / 1000;
    const exemplar = span && { ...span, value: seconds, atMs: Date.now() };
    this.#durations.observe(seconds, exemplar);
    if (!decision.allowed) {
      this.#rejections += 1;
      if (exemplar !== undefined) this.#noteDenied(decision, exemplar);
    }
    if (decision.verdict === undefined) this.#unlimited += 1;
    else if (decision.degraded && decision.allowed) this.#noteDegraded(decision);
  }

  /** What all decisions came to; the mean is undefined before the first. */
  figures(): {
    readonly decisions: number;
    readonly rejections: number;
    readonly meanResponseMs: number | undefined;
  } {
    const { count, mean } = this.#durations;
    const meanResponseMs = mean === undefined ? undefined : mean * 1000;
    return { decisions: count, rejections: this.#rejections, meanResponseMs };
  }

  /** All metrics as they are now. */
  async scrape(
    format: Format = 'prometheus',
  ): Promise<{ readonly contentType: string; readonly text: string }> {
    const exposition = new Exposition(format);
    const scene = this.#scene();
    this.#tellBuild(exposition);
    this.#durations.write(exposition);
    for (const row of REGION_METRICS) exposition.row(row, scene);
    if (scene.journal !== undefined) for (const row of JOURNAL_METRICS) exposition.row(row, scene.journal);
    if (scene.store !== undefined) for (const row of STORE_METRICS) exposition.row(row, scene.store);
    await this.#tellNode(exposition);
    return { contentType: FORMATS[format], text: exposition.text() };
  }

  #scene(): Scraped {
    const { view, ...rest } = this.#options.look();
    return {
      ...rest,
      view: { ...view, limits: fewLimits(view.limits) },
      unlimited: this.#unlimited,
      admittedDegraded: this.#admittedDegraded,
      denied: this.#denied,
    };
  }

  #tellBuild(exposition: Exposition): void {
    const { region, version } = this.#options;
    exposition.begin(BUILD_INFO);
    const labels = labelled(BUILD_INFO.labels, [version, process.versions.node, region]);
    exposition.sample(BUILD_INFO.name, labels, 1);
  }

  async #tellNode(exposition: Exposition): Promise<void> {
    for (const { name, help, type, values } of await this.#registry.getMetricsAsJSON()) {
      // Its types name this a number, and it is a word.
      exposition.begin({ name, help, type: String(type) });
      for (const { labels, value, ...sample } of values) {
        const told = 'metricName' in sample ? String(sample.metricName ?? name) : name;
        exposition.sample(told, labelled(Object.keys(labels), Object.values(labels).map(String)), value);
      }
    }
  }

  #noteDenied({ verdict, reason }: Decision, exemplar: Exemplar): void {
    if (verdict === undefined) return;
    const { name } = verdict.limit;
    const byReason = this.#denied.get(name) ?? new Map<Reason, Exemplar>();
    this.#denied.set(name, byReason.set(reason, exemplar));
  }

  #noteDegraded({ verdicts }: Decision): void {
    for (const { limit } of verdicts)
      this.#admittedDegraded.set(limit.name, (this.#admittedDegraded.get(limit.name) ?? 0) + 1);
  }
}
