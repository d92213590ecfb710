import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type ChannelCredentials,
  Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { onTestFinished } from 'vitest';
import type { Refused } from '../../src/access/refusals.ts';
import type { Token } from '../../src/access/token.ts';
import { GrpcServer } from '../../src/adapters/grpc/server.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import type { Coordinator, Log, RecordSpan, SecureIdentity } from '../../src/ports.ts';
import { limitSpec, World } from '../world.ts';

/** What Envoy's users write: a limit for each tenant, and a stricter one for each path of a tenant. Both of 10 s. */
const NESTED_LIMITS: readonly LimitSpec[] = [
  limitSpec({ name: 'per-tenant', resource: 'edge', dimensions: { tenant: '*' }, limit: 20 }),
  limitSpec({ name: 'per-path', resource: 'edge', dimensions: { tenant: '*', path: '*' }, limit: 10 }),
];

export type GrpcServed = {
  readonly server: GrpcServer;
  readonly world: World;
  readonly address: string;
  /** What the server logged: events. */
  readonly logged: string[];
  /** Every decision that was measured. */
  readonly measured: Decision[];
  /** Every caller that was not let in. */
  readonly refused: Refused[];
  /** Asks with the generated client. Rejects with the gRPC error. */
  ask(request: unknown, options?: AskOptions): Promise<Answered>;
};

export type AskOptions = CallOptions & {
  readonly authorization?: string;
  readonly traceparent?: string;
};

/** A response as the generated client gives it, enumerations as names. */
export type Answered = {
  readonly overallCode: string;
  readonly statuses: readonly {
    readonly code: string;
    readonly currentLimit?: Readonly<Record<string, unknown>>;
    readonly limitRemaining: number;
    readonly durationUntilReset?: { readonly seconds: string; readonly nanos: number };
  }[];
  readonly responseHeadersToAdd: readonly { readonly key: string; readonly value: string }[];
  readonly dynamicMetadata?: { readonly fields: Readonly<Record<string, { readonly stringValue: string }>> };
};

export type GrpcServeOptions = {
  readonly limits?: readonly LimitSpec[];
  /** Leaves the server starting. */
  readonly starting?: boolean;
  /** Stands in for the region, where a real one cannot be made to behave so. */
  readonly coordinator?: Partial<Coordinator>;
  readonly ready?: () => boolean;
  readonly recordSpan?: RecordSpan;
  /** Any free one when left out. */
  readonly port?: number;
  readonly tokens?: () => readonly Token[];
  readonly identity?: SecureIdentity;
};

/** Serves the only region of a world, in virtual time at 1 s into a window, over a real socket; stopped when the test ends. */
export async function serveGrpc(options: GrpcServeOptions = {}): Promise<GrpcServed> {
  const members = [{ region: 'us-east', weight: 1 }];
  const world = await World.started({ members, limits: options.limits ?? NESTED_LIMITS });
  world.runToNext(10_000, 1_000);
  const logged: string[] = [];
  const measured: Decision[] = [];
  const refused: Refused[] = [];
  const write = (event: string) => void logged.push(event);
  const log: Log = { info: write, warn: write, error: write };
  const region = world.region('us-east');
  const server = new GrpcServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    region: 'us-east',
    coordinator: {
      check: (request) => options.coordinator?.check?.(request) ?? region.check(request),
      checkAll: (requests) => region.checkAll(requests),
      refund: (request, spentIn) => region.refund(request, spentIn),
      release: (lease) => region.release(lease),
      renew: (lease) => region.renew(lease),
      view: () => region.view(),
      usage: (limit, key) => region.usage(limit, key),
      hotKeys: (query) => region.hotKeys(query),
      explain: (request) => region.explain(request),
      publish: (configuration) => region.publish(configuration),
    },
    clock: world.clock('us-east'),
    random: () => 0,
    log,
    ready: options.ready ?? (() => true),
    recordSpan: options.recordSpan,
    observe: (_milliseconds, decision) => void measured.push(decision),
    ...(options.tokens !== undefined && { tokens: options.tokens }),
    refused: (one) => void refused.push(one),
    identity: options.identity,
  });
  const address = `127.0.0.1:${await server.start()}`;
  if (options.starting !== true) server.serve();
  onTestFinished(() => server.stop());
  const client = clientOf('envoy.service.ratelimit.v3.RateLimitService', address);
  const ask: GrpcServed['ask'] = (request, callOptions) =>
    unary<Answered>(client, 'ShouldRateLimit', request, callOptions);
  return { server, world, address, logged, measured, refused, ask };
}

/** A .proto file, and the folders of what it imports. */
export type ProtoFile = { readonly file: string; readonly folders: readonly string[] };

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What Headgate serves, as it gives it out. */
const OWN: ProtoFile = { file: 'rls.proto', folders: [inRoot('src/adapters/grpc/proto')] };

/** The same as Envoy itself defines it. */
export const ENVOYS: ProtoFile = {
  file: 'envoy/service/ratelimit/v3/rls.proto',
  folders: ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((folder) =>
    inRoot(`node_modules/@grpc/grpc-js-xds/deps/${folder}`),
  ),
};

/** A client for `service`, made now from a .proto file. */
export function clientOf(service: string, address: string, file: ProtoFile = OWN): Client {
  return openClient(service, address, { file, channel: credentials.createInsecure() });
}

/** A client for decisions, over the channel that it is given. */
export function rateLimitClient(address: string, channel: ChannelCredentials): Client {
  return openClient('envoy.service.ratelimit.v3.RateLimitService', address, { file: OWN, channel });
}

type Opening = { readonly file: ProtoFile; readonly channel: ChannelCredentials };

function openClient(service: string, address: string, { file: { file, folders }, channel }: Opening): Client {
  const definition = loadSync(file, {
    includeDirs: [...folders],
    enums: String,
    longs: String,
    defaults: true,
  });
  const names = service.split('.');
  let found: unknown = loadPackageDefinition(definition);
  for (const name of names) found = (found as GrpcObject)[name];
  const client = new (found as ServiceClientConstructor)(address, channel);
  onTestFinished(() => client.close());
  return client;
}

/** One call of a method by its name. Rejects with the gRPC error. */
export function unary<T>(
  client: Client,
  method: string,
  request: unknown,
  { authorization, traceparent, ...options }: AskOptions = {},
): Promise<T> {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  type Done = (error: ServiceError | null, answer?: T) => void;
  type Call = (this: Client, ...asked: readonly [unknown, Metadata, CallOptions, Done]) => void;
  const call = (client as unknown as Readonly<Record<string, Call>>)[method];
  return new Promise((resolve, reject) => {
    call?.call(client, request, metadata, options, (error, answer) => {
      if (error !== null || answer === undefined) reject(error ?? new Error(`no ${method}`));
      else resolve(answer);
    });
  });
}

/** Sends bytes as they are, and resolves with the bytes that came back: what any other client would see. */
export function rawCall(address: string, path: string, hex: string): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.from(hex, 'hex'),
      (error, answer) => (error === null ? resolve(answer?.toString('hex') ?? '') : reject(error)),
    );
  });
}

/** One descriptor: its entries as an object, and what else it says. */
export function descriptor(
  entries: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { entries: Object.entries(entries).map(([key, value]) => ({ key, value })), ...more };
}
