import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../../ports.ts';

/** What became of spans since the start; those that are neither sent nor failed wait, or were dropped because too many did. */
export type TracingFigures = {
  readonly recorded: number;
  readonly sent: number;
  readonly failed: number;
};

/** Counts what an exporter sends, and says in the log when it begins to fail and when it is well again. */
export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: Log;
  #sent = 0;
  #failed = 0;
  #failing = false;

  constructor(exporter: SpanExporter, log: Log) {
    this.#exporter = exporter;
    this.#log = log;
  }

  counts(): Omit<TracingFigures, 'recorded'> {
    return { sent: this.#sent, failed: this.#failed };
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#note(spans.length, result);
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #note(count: number, { code, error }: ExportResult): void {
    const isFailing = code !== ExportResultCode.SUCCESS;
    if (isFailing) this.#failed += count;
    else this.#sent += count;
    if (isFailing === this.#failing) return;
    this.#failing = isFailing;
    if (isFailing) this.#log.warn('spans_not_taken', { because: error?.message, dropped: count });
    else this.#log.info('spans_taken_again', { failed: this.#failed });
  }
}
