import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Codec } from '../../transport/codec.ts';
import { anyMessage } from '../transport/messages.ts';
import { grpcCall, protobufBytes } from './http2-bytes.ts';

const EXAMPLES = new URL('../../config/examples/', import.meta.url);

/** Requests that are all in order: to every path that takes anything, in the ways that callers have. */
export function httpRequests(): readonly Buffer[] {
  const check = { resource: 'api.orders.list', dimensions: { tenant: 'acme', user: 'u1' }, permits: 1 };
  const bodies: Readonly<Record<string, unknown>> = {
    '/check': check,
    '/check/batch': { requests: [check, { ...check, permits: 0, requestId: 'r-1' }] },
    '/check/refund': check,
    '/check/release': { lease: 'a'.repeat(32) },
    '/check/renew': { lease: 'a'.repeat(32) },
    '/lease': check,
    '/json': { domain: 'envoy', descriptors: [{ entries: [{ key: 'tenant', value: 'acme' }] }] },
    '/v1/admin/limits': {
      version: 1,
      limits: [{ name: 'x', match: { resource: 'y' }, limit: 1, window: '1s' }],
    },
  };
  const posts = Object.entries(bodies).map(([path, body]) => request(`POST ${path}`, JSON.stringify(body)));
  const gets = [
    'GET /check?resource=api.orders.list&d.tenant=acme&d.user=u1&permits=0&deny_status=403&detail=1',
    'HEAD /check/sub/path?resource=a',
    ...[
      '/health',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/console',
      '/v1/regions',
      '/v1/limits',
      '/v1/report',
    ].map((path) => `GET ${path}`),
    'GET /v1/usage?limit=guarded&key=%5B%22acme%22%5D',
    'GET /v1/hot-keys?limit=guarded&by=denials&count=10',
    'OPTIONS *',
    'DELETE /v1/admin/limits/x',
  ].map((line) => request(line, ''));
  return [...posts, ...gets];
}

/** Calls of every kind to the rate limit service, the health service and reflection. */
export function grpcCalls(): readonly Buffer[] {
  const entry = Buffer.concat([protobufBytes(1, 'tenant'), protobufBytes(2, 'acme')]);
  const rateLimit = Buffer.concat([
    protobufBytes(1, 'envoy'),
    protobufBytes(2, protobufBytes(1, entry)),
    Buffer.from([0x18, 3]),
  ]);
  return [
    grpcCall('/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit', rateLimit),
    grpcCall('/grpc.health.v1.Health/Check', protobufBytes(1, '')),
    grpcCall('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', protobufBytes(7, '*')),
  ];
}

/** Frames of all kinds of messages, signed by a region. */
export function frames(codec: Codec): readonly Buffer[] {
  return fc.sample(anyMessage, { numRuns: 200, seed: 1 }).flatMap((message) => {
    const frame = codec.encode(message);
    return frame === undefined ? [] : [Buffer.from(frame)];
  });
}

/** The files that users copy. */
export function configurations(): readonly Buffer[] {
  return readdirSync(EXAMPLES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(new URL(name, EXAMPLES)));
}

function request(methodAndTarget: string, body: string): Buffer {
  const fields = [
    'host: 127.0.0.1',
    'content-type: application/json',
    'idempotency-key: k1',
    'x-api-key: s',
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ];
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${methodAndTarget} HTTP/1.1\r\n${fields.join('\r\n')}\r\n${length}\r\n${body}`);
}
