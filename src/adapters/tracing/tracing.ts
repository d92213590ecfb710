import {
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type TextMapGetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import type { Clock, Log, SpanLink, TracedRequest } from '../../ports.ts';
import {
  DECISION_SPANS_MAX,
  SEND_EVERY_MS,
  SEND_TIMEOUT_MS,
  SPANS_PER_MESSAGE_MAX,
  SPANS_WAITING_MAX,
  STOP_MS,
} from './bounds.ts';
import { CountingExporter, type TracingFigures } from './counting-exporter.ts';
import { type Sampling, samplerOf } from './samplers.ts';
import { attributesOf } from './span-attributes.ts';

export type TracingOptions = Sampling & {
  readonly region: string;
  readonly node: string;
  readonly environment: string;
  readonly version: string;
  /** Where spans are posted; undefined leaves it to the variables of OpenTelemetry. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long spans wait for others to be sent with, and how long a stop waits for the last; in milliseconds. */
  readonly sendEveryMs?: number;
  readonly stopMs?: number;
};

type Carrier = Pick<TracedRequest, 'traceparent' | 'tracestate'>;

const GETTER: TextMapGetter<Carrier> = {
  keys: () => ['traceparent', 'tracestate'],
  get: (carrier, name) => (name === 'traceparent' ? carrier.traceparent : carrier.tracestate),
};

/**
 * Records decisions as spans of OpenTelemetry and sends them to a collector (OTLP over HTTP), in batches and in the background. What a
 * collector does not take in time is dropped and counted; nothing waits for it. Made only where tracing is switched on.
 */
export class Tracing {
  readonly #options: TracingOptions;
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #exporter: CountingExporter;
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  #recorded = 0;

  constructor(options: TracingOptions) {
    const { endpoint, headers, version, log } = options;
    this.#options = options;
    tellTrouble(log);
    this.#exporter = new CountingExporter(
      new OTLPTraceExporter({
        headers: { ...headers },
        timeoutMillis: SEND_TIMEOUT_MS,
        ...(endpoint !== undefined && { url: endpoint }),
      }),
      log,
    );
    this.#provider = new TracerProvider({
      resource: resourceOf(options),
      sampler: samplerOf(options),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: this.#exporter,
          maxQueueSize: SPANS_WAITING_MAX,
          maxExportBatchSize: SPANS_PER_MESSAGE_MAX,
          scheduledDelayMillis: options.sendEveryMs ?? SEND_EVERY_MS,
          exportTimeoutMillis: SEND_TIMEOUT_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('headgate', version);
  }

  /** Records a request that has just been answered, if its trace is sampled: one span with its decision, or one more for each of a batch. */
  record(request: TracedRequest): SpanLink | undefined {
    const { name, about, decisions, durationMs } = request;
    const parent = this.#propagator.extract(ROOT_CONTEXT, request, GETTER);
    const endTime = this.#options.clock.now().wallMs;
    const startTime = endTime - durationMs;
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, startTime }, parent);
    if (!span.isRecording()) return undefined;
    const { region } = this.#options;
    span.setAttributes(about).setAttribute('headgate.region', region);
    const [only] = decisions;
    if (decisions.length === 1 && only !== undefined) span.setAttributes(attributesOf(only));
    else this.#recordBatch(span, request, { startTime, endTime });
    this.#end(span, endTime);
    return span.spanContext();
  }

  /** What became of spans since the start. */
  figures(): TracingFigures {
    return { recorded: this.#recorded, ...this.#exporter.counts() };
  }

  /** Sends what is left, for as long as that may take, and closes. */
  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const deadline = setTimeout(resolve, this.#options.stopMs ?? STOP_MS);
    const closed = this.#provider.shutdown().catch(() => {});
    await Promise.race([closed, promise]);
    clearTimeout(deadline);
    diag.disable();
  }

  #recordBatch(
    span: Span,
    { decisions }: TracedRequest,
    times: { readonly startTime: number; readonly endTime: number },
  ): void {
    const denied = decisions.filter(({ allowed }) => !allowed).length;
    span.setAttributes({
      'headgate.batch.size': decisions.length,
      'headgate.batch.denied': denied,
      'headgate.throttled': denied > 0,
    });
    const parent = trace.setSpan(ROOT_CONTEXT, span);
    // Those that were denied are what a trace is read for.
    const telling = [...decisions].sort((a, b) => Number(a.allowed) - Number(b.allowed));
    for (const decision of telling.slice(0, DECISION_SPANS_MAX)) {
      const attributes = { ...attributesOf(decision), 'headgate.region': this.#options.region };
      const child = this.#tracer.startSpan('decide', { startTime: times.startTime, attributes }, parent);
      this.#end(child, times.endTime);
    }
  }

  #end(span: Span, endTime: number): void {
    this.#recorded += 1;
    span.end(endTime);
  }
}

/** What all spans have in common: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have the last word. */
function resourceOf({ region, node, environment, version }: TracingOptions) {
  const own = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: 'headgate',
    [ATTR_SERVICE_VERSION]: version,
    [ATTR_SERVICE_INSTANCE_ID]: node,
    [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: environment,
    'cloud.region': region,
  });
  const given = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
  return defaultResource().merge(own).merge(given);
}

/** The library's own words go where ours do; that spans were not taken is told by the exporter. */
function tellTrouble(log: Log): void {
  const say = (message: string) => log.warn('tracing_trouble', { message });
  diag.setLogger({ error: say, warn: say, info: () => {}, debug: () => {}, verbose: () => {} });
  setGlobalErrorHandler(() => {});
}
