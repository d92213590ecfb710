import { hash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { Tracing, type TracingOptions } from '../../src/adapters/tracing/tracing.ts';
import type { Log } from '../../src/ports.ts';
import { eventually } from '../eventually.ts';
import { descriptor, serveGrpc } from './grpc-fixture.ts';
import { ask, serve } from './http-fixture.ts';
import { type Receiver, receiveSpans } from './otlp-receiver.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE_ID}-${PARENT_ID}-01`;
const NOT_SAMPLED = `00-${TRACE_ID}-${PARENT_ID}-00`;

type Started = { readonly tracing: Tracing; readonly logged: string[] };

function tracingTo({ url }: Pick<Receiver, 'url'>, options: Partial<TracingOptions> = {}): Started {
  const logged: string[] = [];
  const write = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  const log: Log = { info: write, warn: write, error: write };
  const tracing = new Tracing({
    sampler: 'parentbased_traceidratio',
    sampleRatio: 1,
    region: 'us-east',
    node: 'us-east-1',
    environment: 'test',
    version: '1.2.3',
    endpoint: url,
    headers: {},
    clock: systemClock,
    log,
    sendEveryMs: 50,
    stopMs: 1_000,
    ...options,
  });
  onTestFinished(() => tracing.stop());
  return { tracing, logged };
}

test('a decision is a span below the caller’s, with limit, outcome and reason, and a throttled one is marked', async () => {
  const receiver = await receiveSpans();
  const { tracing } = tracingTo(receiver, { headers: { 'x-team': 'edge' } });
  const { origin, links } = await serve({ recordSpan: (request) => tracing.record(request) });
  const json = { resource: 'api.orders.create', dimensions: { tenant: 'acme' }, permits: 2 };
  const headers = { traceparent: SAMPLED };
  expect((await ask(`${origin}/check`, { json, headers })).status).toBe(200);
  expect((await ask(`${origin}/check?detail=1`, { json, headers })).status).toBe(429);
  await tracing.stop();
  expect(receiver.spans).toMatchObject([
    {
      name: 'POST /check',
      kind: 2,
      traceId: TRACE_ID,
      parentSpanId: PARENT_ID,
      statusCode: 0,
      attributes: {
        'headgate.region': 'us-east',
        'headgate.limit': 'orders-per-tenant',
        'headgate.outcome': 'allowed',
        'headgate.reason': 'ok',
        'headgate.throttled': false,
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'url.path': '/check',
      },
      resource: {
        'service.name': 'headgate',
        'service.version': '1.2.3',
        'service.instance.id': 'us-east-1',
        'deployment.environment.name': 'test',
        'cloud.region': 'us-east',
      },
    },
    {
      statusCode: 0,
      attributes: {
        'headgate.outcome': 'denied',
        'headgate.throttled': true,
        'headgate.reason': 'region_share_exhausted',
        'http.response.status_code': 429,
      },
    },
  ]);
  const [first] = receiver.spans;
  expect(first?.endMs).toBeGreaterThanOrEqual(first?.startMs ?? Number.POSITIVE_INFINITY);
  expect(links.map((link) => link?.spanId)).toEqual(receiver.spans.map(({ spanId }) => spanId));
  expect(links[0]?.traceId).toBe(TRACE_ID);
  expect(receiver.heads[0]).toMatchObject({ 'x-team': 'edge', path: '/v1/traces' });
  expect(JSON.stringify(receiver.spans)).not.toContain('acme');
});

test('a call of Envoy’s service is a span below the one in its metadata', async () => {
  const receiver = await receiveSpans();
  const { tracing } = tracingTo(receiver);
  const { ask: call } = await serveGrpc({ recordSpan: (request) => tracing.record(request) });
  const request = { domain: 'edge', descriptors: [descriptor({ tenant: 'acme', path: '/' })] };
  await call(request, { traceparent: SAMPLED });
  await tracing.stop();
  expect(receiver.spans).toMatchObject([
    {
      name: 'envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
      traceId: TRACE_ID,
      parentSpanId: PARENT_ID,
      attributes: { 'rpc.system.name': 'grpc', 'headgate.limit': 'per-path', 'headgate.outcome': 'allowed' },
    },
  ]);
});

test('a batch is one span, with one below it for each decision as far as they go, the denied ones first', async () => {
  const receiver = await receiveSpans();
  const { tracing } = tracingTo(receiver);
  const { origin } = await serve({ recordSpan: (request) => tracing.record(request) });
  const one = { resource: 'api.orders.create', dimensions: { tenant: 'acme' } };
  await ask(`${origin}/check/batch`, { json: Array.from({ length: 100 }, () => one) });
  await tracing.stop();
  const [parent] = receiver.spans.filter(({ name }) => name === 'POST /check/batch');
  const decisions = receiver.spans.filter(({ name }) => name === 'decide');
  expect(parent?.attributes).toMatchObject({ 'headgate.batch.size': 100, 'headgate.batch.denied': 98 });
  expect(decisions).toHaveLength(64);
  expect(new Set(decisions.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([parent?.spanId]));
  expect(decisions.every(({ attributes }) => attributes['headgate.throttled'] === true)).toBe(true);
});

test.each([
  ['parentbased_traceidratio', 0, SAMPLED, 1],
  ['parentbased_traceidratio', 1, NOT_SAMPLED, 0],
  ['parentbased_traceidratio', 0, undefined, 0],
  ['parentbased_traceidratio', 1, undefined, 1],
  ['parentbased_traceidratio', 1, '00-zz-broken-01', 1],
  ['traceidratio', 0, SAMPLED, 0],
  ['always_on', 0, NOT_SAMPLED, 1],
  ['always_off', 1, SAMPLED, 0],
  ['parentbased_always_on', 0, undefined, 1],
  ['parentbased_always_off', 1, undefined, 0],
] as const)(
  '%s at %d, asked with traceparent %s, records %d',
  (sampler, sampleRatio, traceparent, expected) => {
    const { tracing } = tracingTo(
      { url: 'http://127.0.0.1:1/v1/traces' },
      { sampler, sampleRatio, stopMs: 0 },
    );
    const about = { 'http.route': '/check' };
    const request = { traceparent, tracestate: undefined, about, name: 'GET /check', durationMs: 1 };
    const link = tracing.record({ ...request, decisions: [] });
    expect(tracing.figures().recorded).toBe(expected);
    expect(link === undefined).toBe(expected === 0);
  },
);

test('a ratio is kept, by the trace’s id, so that every service records the same traces', () => {
  const record = (sampleRatio: number) => {
    const { tracing } = tracingTo(
      { url: 'http://127.0.0.1:1/v1/traces' },
      { sampler: 'traceidratio', sampleRatio, stopMs: 0 },
    );
    const ids = Array.from({ length: 1_000 }, (_, at) => hash('sha256', String(at)).slice(0, 32));
    return ids.filter((id) => {
      const traceparent = `00-${id}-${PARENT_ID}-01`;
      const about = {};
      return tracing.record({
        traceparent,
        tracestate: undefined,
        about,
        name: 'x',
        durationMs: 0,
        decisions: [],
      });
    });
  };
  const [few, more] = [record(0.1), record(0.5)];
  expect(few.length).toBeGreaterThan(50);
  expect(few.length).toBeLessThan(200);
  expect(more.length).toBeGreaterThan(400);
  expect(more).toEqual(expect.arrayContaining(few));
});

test('a collector that refuses, or never answers, loses spans and nothing else', async () => {
  const receiver = await receiveSpans();
  receiver.status = 400;
  const { tracing, logged } = tracingTo(receiver);
  const { origin } = await serve({ recordSpan: (request) => tracing.record(request) });
  for (let at = 0; at < 512; at += 1)
    tracing.record({
      traceparent: undefined,
      tracestate: undefined,
      about: {},
      name: 'x',
      durationMs: 0,
      decisions: [],
    });
  await eventually(() => tracing.figures().failed === 512);
  expect(logged.filter((line) => line.startsWith('spans_not_taken'))).toHaveLength(1);
  receiver.status = 200;
  expect((await ask(`${origin}/check?resource=x`)).status).toBe(200);
  await eventually(() => tracing.figures().sent === 1);
  expect(logged.filter((line) => line.startsWith('spans_taken_again'))).toHaveLength(1);
  receiver.status = undefined;
  expect((await ask(`${origin}/check?resource=x`)).status).toBe(200);
  const began = performance.now();
  await tracing.stop();
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(receiver.spans).toHaveLength(1);
});
