import type { Exemplar } from './exemplar.ts';
import type { MetricRow } from './metric-row.ts';

/** The formats in which metrics are told, by their media types. */
export const FORMATS = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;

export type Format = keyof typeof FORMATS;

/** What a metric is called and what it is. */
export type Heading = { readonly name: string; readonly type: string; readonly help: string };

/**
 * Text of metrics, line by line. prom-client writes one format a registry, and turns names of counters about for good when it writes
 * OpenMetrics; here both come of the same numbers.
 *
 * Source: Prometheus' exposition formats; OpenMetrics 1.0.0.
 */
export class Exposition {
  readonly #format: Format;
  readonly #lines: string[] = [];

  constructor(format: Format) {
    this.#format = format;
  }

  /** Begins a metric: its samples come next. */
  begin({ name, type, help }: Heading): void {
    const isOpen = this.#format === 'openmetrics';
    // OpenMetrics names the family, and only its samples are totals.
    const family = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
    const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    this.#lines.push(
      `# HELP ${family} ${isOpen ? text.replaceAll('"', '\\"') : text}`,
      `# TYPE ${family} ${type}`,
    );
  }

  /** Adds a sample; `labels` are as `labelled` makes them. */
  sample(name: string, labels: string, value: number, exemplar?: Exemplar): void {
    const line = labels === '' ? `${name} ${numeral(value)}` : `${name}{${labels}} ${numeral(value)}`;
    this.#lines.push(
      exemplar === undefined || this.#format === 'prometheus' ? line : line + exemplified(exemplar),
    );
  }

  /** Adds a metric with all its samples. */
  row<Scene>(row: MetricRow<Scene>, scene: Scene): void {
    this.begin(row);
    for (const [values, value, exemplar] of row.samples(scene))
      this.sample(row.name, labelled(row.labels, values), value, exemplar);
  }

  /** All of it. */
  text(): string {
    if (this.#format === 'openmetrics') this.#lines.push('# EOF');
    return `${this.#lines.join('\n')}\n`;
  }
}

/** Labels with their values, as they stand between braces. */
export function labelled(names: readonly string[], values: readonly (string | number)[]): string {
  let text = '';
  for (let at = 0; at < names.length; at += 1)
    text += `${at === 0 ? '' : ','}${names[at]}="${escaped(String(values[at] ?? ''))}"`;
  return text;
}

function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numeral(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function exemplified({ traceId, spanId, value, atMs }: Exemplar): string {
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${numeral(value)} ${atMs / 1_000}`;
}
