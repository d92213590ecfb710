import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import protobuf from 'protobufjs';
import { onTestFinished } from 'vitest';

/** What of OTLP's traces the tests look at, from opentelemetry-proto v1.3; other fields are passed over. */
const TRACES = `syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value {
  string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15; }
`;

/** A span as it arrived. */
export type ReceivedSpan = {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 is unset, 2 an error. */
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
};

/** A collector of the test's own. */
export type Receiver = {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** The header fields of each message. */
  readonly heads: Readonly<Record<string, unknown>>[];
  /** What it answers from now on; `undefined` never answers. */
  status: number | undefined;
};

/** Receives OTLP over HTTP and decodes it; closed when the test ends. */
export async function receiveSpans(): Promise<Receiver> {
  const type = protobuf.parse(TRACES).root.lookupType('ExportTraceServiceRequest');
  const receiver: { url: string } & Receiver = { url: '', spans: [], heads: [], status: 200 };
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    receiver.heads.push({ ...request.headers, path: request.url });
    if (receiver.status === undefined) return;
    if (receiver.status === 200) receiver.spans.push(...spansIn(type, body));
    response.writeHead(receiver.status, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  return receiver;
}

type Value = { readonly [kind: string]: unknown } | undefined;
type KeyValue = { readonly key: string; readonly value: Value };
type Decoded = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly DecodedSpan[] }[];
  }[];
};
type DecodedSpan = {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number };
  readonly attributes: readonly KeyValue[];
};

function spansIn(type: protobuf.Type, body: Buffer): ReceivedSpan[] {
  const options = { longs: String, bytes: String, arrays: true, defaults: true };
  const decoded = type.toObject(type.decode(body), options) as Decoded;
  return decoded.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        kind: span.kind,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        statusCode: span.status?.code ?? 0,
        attributes: record(span.attributes),
        resource: record(resource.attributes),
      })),
    ),
  );
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function record(pairs: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Value): unknown {
  const [kind, held] = Object.entries(value ?? {})[0] ?? [];
  if (kind === 'intValue') return Number(held);
  if (kind === 'arrayValue') return (held as { readonly values: readonly Value[] }).values.map(plain);
  return held;
}
