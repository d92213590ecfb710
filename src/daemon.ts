import type { AddressInfo } from 'node:net';
import { showLimits } from '../config/limits-form.ts';
import type { Settings } from '../config/settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Codec } from '../transport/codec.ts';
import { Gatekeeper } from './access/gatekeeper.ts';
import { addJsonRoute } from './adapters/grpc/json-route.ts';
import type { GrpcServer } from './adapters/grpc/server.ts';
import type { RateLimitContext } from './adapters/grpc/service.ts';
import { HttpServer, type HttpServerOptions } from './adapters/http/server.ts';
import { systemClock } from './adapters/system/clock.ts';
import { listening } from './adapters/system/listening.ts';
import { systemRandom } from './adapters/system/random.ts';
import { type Reloaded, type ReloadTally, watchConfiguration } from './adapters/system/reload.ts';
import { Turns } from './adapters/system/turns.ts';
import { createLog, type LogOutput } from './adapters/telemetry/log.ts';
import { Metrics } from './adapters/telemetry/metrics.ts';
import { type Administered, openAdministration } from './administrate.ts';
import type { Awaitable } from './awaitable.ts';
import { type Identities, openIdentities } from './identify.ts';
import { lookAround } from './look-around.ts';
import { type Observed, observe } from './observe.ts';
import { type OpenedRegion, openRegion } from './open-region.ts';
import type { Log, Transport } from './ports.ts';
import { codecOf, sealKeysOf } from './regional-transport.ts';
import type { RunningRegion } from './running-region.ts';
import { tapped } from './watch/log-tap.ts';
import { Watch } from './watch/watch.ts';

export type DaemonOptions = {
  /** The operator attests that no earlier life of this member ever voted or admitted, so that it need not sit out. */
  readonly newCluster?: boolean;
  /** Puts something between the region and its transport: tests lose, delay and repeat messages there. */
  readonly wrapTransport?: (transport: Transport) => Transport;
  /** Files whose change is a new configuration for the cluster, and how to read them again. */
  readonly reload?: { readonly files: readonly string[]; readonly load: () => Awaitable<Reloaded> };
  /** Where the log goes; standard output unless told otherwise. */
  readonly logOutput?: LogOutput;
};

/** Why a daemon ended: it was asked to stop, or a newer process with its region's name took over. */
export type Ending = 'stopped' | 'superseded';

/** One running coordinator. */
export type Daemon = {
  /** Where its HTTP interface listens. */
  readonly address: AddressInfo;
  /** The port of its gRPC interface; undefined where there is none. */
  readonly grpcPort: number | undefined;
  readonly log: Log;
  /**
   * Decides on for as long as load balancers are given to notice that it is not ready any more, unless it is to stop at once; then
   * stops accepting, finishes what is in flight, tells the peers what they have not heard, and closes everything.
   * Calling it again waits for the same end, and may hurry it.
   */
  stop(options?: { readonly atOnce?: boolean }): Promise<void>;
  /** Reads the configuration's files and the certificates now, rather than when they are seen to have changed. */
  reload(): void;
  /** Resolves when the daemon has stopped, whoever stopped it. */
  readonly ended: Promise<Ending>;
};

/**
 * Runs a coordinator: the only place where adapters are made and introduced to each other. Resolves once it listens to callers and
 * to its peers; `/health/ready` tells when it decides. Rejects, with everything closed again, when it cannot listen.
 */
export async function startDaemon(settings: Settings, options: DaemonOptions = {}): Promise<Daemon> {
  const watch = new Watch(systemClock);
  const turns = new Turns(systemClock);
  const log = await createWatchedLog(settings, options.logOutput ?? process.stdout, watch);
  const identities = openIdentities(settings, log);
  const codec = codecOf(settings);
  const ended = Promise.withResolvers<Ending>();
  let ending: Ending = 'stopped';
  const onSuperseded = () => {
    ending = 'superseded';
    void stop({ atOnce: true });
  };
  const linked = { log, identity: identities.mesh, codec };
  const opened = await openRegion(settings, { ...options, linked, onSuperseded });
  const { region } = opened;
  const administered = await openAdministration(settings, { region, log });
  const { administration } = administered;
  const gatekeeper = new Gatekeeper(settings.tokens, { clock: systemClock, log });
  const reloading = watchFiles(options, { administration, gatekeeper, codec, log });
  const reloads = reloading?.tally;
  const seen = { ...opened, log, reloads, gatekeeper, identities, turns };
  const metrics = createMetrics(settings, seen);
  const observed = await observe(settings, { ...seen, watch });
  const introduced = { ...seen, metrics, watch, observed };
  watch.open(lookAround(introduced));
  const drain = () => {
    http.drain();
    grpc?.drain();
    region.drain();
  };
  const admin = { administration, showLimits, drain };
  const http = createHttp(settings, introduced, { admin });
  const grpc = await createGrpc(settings, introduced);

  const hurried = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  const stop: Daemon['stop'] = ({ atOnce = false } = {}) => {
    if (atOnce) hurried.resolve();
    stopping ??= (async () => {
      log.info('stopping', { reason: ending });
      http.drain();
      grpc?.drain();
      await until(settings.http.drainNoticeMs, hurried.promise);
      reloading?.stop();
      identities.stop();
      region.drain();
      await Promise.all([http.stop(), grpc?.stop()]);
      await administered.stop();
      await region.stop();
      await observed.stop();
      log.info('stopped');
      ended.resolve(ending);
    })();
    return stopping;
  };

  const { address, grpcPort } = await startAll(settings, { http, grpc, region, administered, observed });
  http.serve();
  grpc?.serve();
  log.info('started', summary(settings, address, grpcPort));
  const reload = () => {
    reloading?.reload();
    identities.reload();
  };
  return { address, grpcPort, log, stop, reload, ended: ended.promise };
}

/** The log, with an ear for what operators want to see as it happens. */
async function createWatchedLog(
  { telemetry, node }: Settings,
  output: LogOutput,
  watch: Watch,
): Promise<Log> {
  const { logLevel: level, logFormat: format } = telemetry;
  return tapped(await createLog({ level, format, region: node.region, output }), (news) => watch.note(news));
}

type Takers = Pick<Administered, 'administration'> & {
  readonly gatekeeper: Gatekeeper;
  readonly codec: Codec;
  readonly log: Log;
};

/** Looks at the files, where there are any, and takes what they newly say to where it counts. */
function watchFiles({ reload }: DaemonOptions, { administration, gatekeeper, codec, log }: Takers) {
  if (reload === undefined) return undefined;
  return watchConfiguration({
    ...reload,
    log,
    take: (configuration) => administration.takeFile(configuration),
    takeTokens: gatekeeper.exchange,
    takeKeys: (keys) => codec.exchange(sealKeysOf(keys)),
  });
}

/** Resolves after some milliseconds, or as soon as `hurried` does. */
async function until(milliseconds: number, hurried: Promise<void>): Promise<void> {
  if (milliseconds === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, hurried]);
  clearTimeout(timer);
}

type Parts = {
  readonly http: HttpServer;
  readonly grpc: GrpcServer | undefined;
  readonly region: RunningRegion;
  readonly administered: Administered;
  readonly observed: Observed;
};

/** Starts to listen to callers and to peers; whatever cannot, closes all of it again, the journal's lock included. */
async function startAll(
  settings: Settings,
  { http, grpc, region, administered, observed }: Parts,
): Promise<{ readonly address: AddressInfo; readonly grpcPort: number | undefined }> {
  const { node, transport } = settings;
  const callers = { purpose: 'callers', setting: 'node.listen', flag: '--node-listen', ...node.listen };
  const peers = { purpose: 'peers', setting: 'transport.mesh.listen', flag: '--transport-mesh-listen' };
  try {
    const address = await listening(callers, () => http.start());
    const gateways = { purpose: 'gateways', setting: 'grpc.listen', flag: '--grpc-listen' };
    const grpcPort =
      grpc && settings.grpc && (await listening({ ...gateways, ...settings.grpc }, () => grpc.start()));
    if (transport.kind === 'nats') await region.start();
    else await listening({ ...peers, ...transport.listen }, () => region.start());
    return { address, grpcPort };
  } catch (error) {
    await Promise.all([http.stop(), grpc?.stop()]);
    await administered.stop();
    await region.stop();
    await observed.stop();
    throw error;
  }
}

/** What the interfaces may ask. */
type Asked = OpenedRegion & {
  readonly log: Log;
  readonly reloads: Readonly<ReloadTally> | undefined;
  readonly metrics: Metrics;
  readonly gatekeeper: Gatekeeper;
  readonly turns: Turns;
  readonly watch: Watch;
  readonly identities: Identities;
  readonly observed: Observed;
};

function createMetrics(
  { node }: Settings,
  {
    region,
    transport,
    diagnosed,
    journal,
    reloads,
    gatekeeper,
    identities,
    turns,
    store,
  }: Omit<Asked, 'metrics' | 'watch' | 'observed'>,
): Metrics {
  const look = () => ({
    view: region.view(),
    usage: (limit: string) => region.books()?.usage(limit, ''),
    transport: transport.counters(),
    transportConnected: transport.connected(),
    traffic: diagnosed.details(),
    journal: journal?.counters(),
    reloads,
    refusals: gatekeeper.counts(),
    certificates: identities.figures(),
    requestsShed: turns.refused(),
    store: store?.figures(),
  });
  return new Metrics({ region: node.region, version: packageJson.version, look });
}

function createHttp(
  { node, http, gateway }: Settings,
  asked: Asked,
  managed: Pick<HttpServerOptions, 'admin'>,
): HttpServer {
  const { region, transport, diagnosed, log, reloads, metrics, watch } = asked;
  return new HttpServer({
    ...node.listen,
    ...managed,
    tokens: asked.gatekeeper.tokens,
    refused: asked.gatekeeper.refused,
    identity: asked.identities.http,
    isOverloaded: asked.turns.refuse,
    region: node.region,
    coordinator: region,
    clock: systemClock,
    random: systemRandom,
    log,
    telemetry: metrics,
    recordSpan: asked.observed.recordSpan,
    throttling: asked.observed.throttling,
    alerts: asked.observed.alerts,
    transportConnected: () => transport.connected(),
    transportDiagnosis: () => diagnosed.diagnosis(),
    storeCheck: asked.store?.check,
    figures: () => ({
      ...metrics.figures(),
      syncErrors: diagnosed.details().errors,
      uptimeMs: process.uptime() * 1_000,
    }),
    reloadProblem: () => reloads?.problem ?? asked.identities.problem(),
    listen: (listener) => watch.listen(listener),
    headers: http.headers,
    gateway,
    version: packageJson.version,
    addRoutes: (server, refusal) =>
      addJsonRoute(server, { ...rateLimitContext(node.region, asked), refusal }),
  });
}

/** Where the settings want one. Its libraries take their time to load, as transports do. */
async function createGrpc({ node, grpc }: Settings, asked: Asked): Promise<GrpcServer | undefined> {
  if (grpc === undefined) return undefined;
  const { GrpcServer } = await import('./adapters/grpc/server.ts');
  const { region, log, gatekeeper, identities, turns } = asked;
  const { tokens, refused } = gatekeeper;
  const ready = () => !region.view().sitting;
  return new GrpcServer({
    ...grpc,
    ...rateLimitContext(node.region, asked),
    log,
    ready,
    tokens,
    refused,
    identity: identities.grpc,
    isOverloaded: turns.refuse,
  });
}

function rateLimitContext(region: string, asked: Asked): RateLimitContext {
  return {
    region,
    coordinator: asked.region,
    clock: systemClock,
    random: systemRandom,
    recordSpan: asked.observed.recordSpan,
    observe: (milliseconds, decision, span) => asked.metrics.observeCheck(milliseconds, decision, span),
  };
}

function summary(
  { node, grpc, transport, members, limits }: Settings,
  { address, port }: AddressInfo,
  grpcPort: number | undefined,
): Record<string, unknown> {
  return {
    node: node.name,
    http: `${address}:${port}`,
    ...(grpcPort === undefined ? {} : { grpc: `${grpc?.host}:${grpcPort}` }),
    transport: transport.kind,
    members: members.map(({ region }) => region),
    limits: limits.length,
    version: packageJson.version,
  };
}
