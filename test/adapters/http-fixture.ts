import { onTestFinished } from 'vitest';
import type { Refused } from '../../src/access/refusals.ts';
import type { Token } from '../../src/access/token.ts';
import type { AdminContext } from '../../src/adapters/http/admin-routes.ts';
import type { HeaderDialect } from '../../src/adapters/http/header-dialects.ts';
import { HttpServer } from '../../src/adapters/http/server.ts';
import { FORMATS } from '../../src/adapters/telemetry/exposition.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import type { Gateway } from '../../src/gateway.ts';
import type { Coordinator, Log, RecordSpan, SecureIdentity, SpanLink } from '../../src/ports.ts';
import { AlertLog } from '../../src/watch/alert-log.ts';
import { ThrottlingHistory } from '../../src/watch/throttling/history.ts';
import { Watch } from '../../src/watch/watch.ts';
import { limitSpec, World } from '../world.ts';

/** A per-tenant limit of 5 and a limit of 1,000 on everything, both of 10 s. */
const TWO_LIMITS: readonly LimitSpec[] = [
  limitSpec({ name: 'orders-per-tenant', resource: 'api.orders.*', dimensions: { tenant: '*' }, limit: 5 }),
  limitSpec(),
];

export type Served = {
  readonly server: HttpServer;
  readonly world: World;
  readonly origin: string;
  readonly port: number;
  /** What the server logged: events. */
  readonly logged: string[];
  /** Every decision that was measured. */
  readonly measured: Decision[];
  /** Every caller that was not let in. */
  readonly refused: Refused[];
  /** What listeners are told by; it looks in virtual time. */
  readonly watch: Watch;
  /** The span of each, where one was recorded. */
  readonly links: (SpanLink | undefined)[];
};

export type ServeOptions = {
  readonly limits?: readonly LimitSpec[];
  /** Leaves the server starting. */
  readonly starting?: boolean;
  /** Stands in for the region, where a real one cannot be made to behave so. */
  readonly coordinator?: Partial<Coordinator>;
  readonly random?: () => number;
  readonly headers?: HeaderDialect;
  readonly gateway?: Gateway | undefined;
  readonly throttling?: ThrottlingHistory;
  readonly alerts?: AlertLog;
  readonly tokens?: readonly Token[];
  /** Traces requests: of none that is plain a short cut is taken then. */
  readonly recordSpan?: RecordSpan;
  readonly identity?: SecureIdentity;
  /** Adds what changes limits, which tells what was drained. */
  readonly admin?: (world: World) => AdminContext;
};

/** Serves us-east of three real regions, in virtual time, over a real socket; stopped when the test ends. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const world = await World.started({ limits: options.limits ?? TWO_LIMITS });
  world.runToNext(10_000, 1_000);
  const logged: string[] = [];
  const measured: Decision[] = [];
  const refused: Refused[] = [];
  const links: (SpanLink | undefined)[] = [];
  const write = (event: string) => void logged.push(event);
  const log: Log = { info: write, warn: write, error: write };
  const region = world.region('us-east');
  const throttling = options.throttling ?? new ThrottlingHistory();
  const watch = watchOver(world);
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    region: 'us-east',
    coordinator: {
      check: (request) => options.coordinator?.check?.(request) ?? region.check(request),
      view: () => options.coordinator?.view?.() ?? region.view(),
      checkAll: (requests) => region.checkAll(requests),
      refund: (request, spentIn) =>
        options.coordinator?.refund?.(request, spentIn) ?? region.refund(request, spentIn),
      release: (lease) => options.coordinator?.release?.(lease) ?? region.release(lease),
      renew: (lease) => options.coordinator?.renew?.(lease) ?? region.renew(lease),
      usage: (limit, key) => options.coordinator?.usage?.(limit, key) ?? region.usage(limit, key),
      hotKeys: (query) => options.coordinator?.hotKeys?.(query) ?? region.hotKeys(query),
      explain: (request) => options.coordinator?.explain?.(request) ?? region.explain(request),
      publish: (configuration) => region.publish(configuration),
    },
    clock: world.clock('us-east'),
    random: options.random ?? (() => 0),
    log,
    telemetry: {
      observeCheck: (_milliseconds, decision, span) => {
        measured.push(decision);
        links.push(span);
      },
      scrape: async (format) => ({ contentType: FORMATS[format], text: 'a 1\n' }),
    },
    tokens: () => options.tokens ?? [],
    identity: options.identity,
    refused: (one) => void refused.push(one),
    ...(options.admin !== undefined && { admin: options.admin(world) }),
    reloadProblem: () => undefined,
    transportConnected: () => true,
    throttling,
    alerts: options.alerts ?? new AlertLog('test'),
    listen: (listener) => watch.listen(listener),
    headers: options.headers ?? 'draft-11',
    gateway: options.gateway,
    recordSpan: options.recordSpan,
    version: '0.0.0',
  });
  const { port } = await server.start();
  if (options.starting !== true) server.serve();
  onTestFinished(() => server.stop());
  return { server, world, origin: `http://127.0.0.1:${port}`, port, logged, measured, refused, links, watch };
}

/** Looks at us-east once a second of virtual time. */
function watchOver(world: World): Watch {
  const clock = world.clock('us-east');
  const region = world.region('us-east');
  const watch = new Watch(clock);
  watch.open({
    scene: () => ({
      ...clock.now(),
      view: region.view(),
      transportTrouble: undefined,
      configurationTrouble: undefined,
      decisions: 0,
      responseMs: 0,
    }),
    usage: (limit, key) => region.usage(limit, key),
    hotKeys: (query) => region.hotKeys(query),
  });
  return watch;
}

/** One answer, with its body as JSON where it is some. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly body: any;
};

/** Fetches `url`; an object is posted as JSON, anything else as it is. */
export async function ask(
  url: string,
  init: RequestInit & { readonly json?: unknown } = {},
): Promise<Answer> {
  const { json, ...rest } = init;
  const posted: RequestInit =
    json === undefined
      ? rest
      : {
          method: 'POST',
          ...rest,
          body: JSON.stringify(json),
          headers: { 'content-type': 'application/json', ...rest.headers },
        };
  const response = await fetch(url, posted);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}
