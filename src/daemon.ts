import type { AddressInfo } from 'node:net';
import type { Settings } from '../config/settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createCodec } from '../transport/codec.ts';
import { HttpServer } from './adapters/http/server.ts';
import type { FileJournal } from './adapters/journal/file-journal.ts';
import { systemClock } from './adapters/system/clock.ts';
import { newLedgerId, systemRandom } from './adapters/system/random.ts';
import { type Reloaded, type ReloadTally, watchConfiguration } from './adapters/system/reload.ts';
import { createLog, type LogOutput } from './adapters/telemetry/log.ts';
import { Metrics } from './adapters/telemetry/metrics.ts';
import type { Recovery } from './core/journal.ts';
import type { Configuration } from './core/version.ts';
import type { Log, Transport } from './ports.ts';
import { Region } from './region/region.ts';

export type DaemonOptions = {
  /** The operator attests that no earlier life of this member ever voted or admitted, so that it need not sit out. */
  readonly newCluster?: boolean;
  /** Puts something between the region and its transport: tests lose, delay and repeat messages there. */
  readonly wrapTransport?: (transport: Transport) => Transport;
  /** Files whose change is a new configuration for the cluster, and how to read them again. */
  readonly reload?: { readonly files: readonly string[]; readonly load: () => Reloaded };
  /** Where the log goes; standard output unless told otherwise. */
  readonly logOutput?: LogOutput;
};

/** Why a daemon ended: it was asked to stop, or a newer process with its region's name took over. */
export type Ending = 'stopped' | 'superseded';

/** One running coordinator. */
export type Daemon = {
  /** Where its HTTP interface listens. */
  readonly address: AddressInfo;
  readonly log: Log;
  /**
   * Stops accepting, finishes what is in flight, tells the peers what they have not heard, and closes everything.
   * Calling it again waits for the same end.
   */
  stop(): Promise<void>;
  /** Resolves when the daemon has stopped, whoever stopped it. */
  readonly ended: Promise<Ending>;
};

/**
 * Runs a coordinator: the only place where adapters are made and introduced to each other. Resolves once it listens to callers and
 * to its peers; `/health/ready` tells when it decides. Rejects, with everything closed again, when it cannot listen.
 */
export async function startDaemon(settings: Settings, options: DaemonOptions = {}): Promise<Daemon> {
  const { telemetry, node } = settings;
  const output = options.logOutput ?? process.stdout;
  const log = await createLog({
    level: telemetry.logLevel,
    format: telemetry.logFormat,
    region: node.region,
    output,
  });
  const bare = await createTransport(settings, log);
  const transport = options.wrapTransport?.(bare) ?? bare;
  const ended = Promise.withResolvers<Ending>();
  let ending: Ending = 'stopped';
  const journal = await openJournal(settings, log);
  const region = createRegion(
    settings,
    { transport, log, journal, newCluster: options.newCluster ?? false },
    () => {
      ending = 'superseded';
      void stop();
    },
  );
  const reloading = options.reload && watchConfiguration({ ...options.reload, ...reloadOf(region), log });
  const http = createHttp(settings, { region, transport, log, reloads: reloading?.tally });

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      log.info('stopping', { reason: ending });
      reloading?.stop();
      region.drain();
      await http.stop();
      await region.stop();
      log.info('stopped');
      ended.resolve(ending);
    })();
    return stopping;
  };

  const address = await startAll(http, region);
  http.serve();
  log.info('started', summary(settings, address));
  return { address, log, stop, ended: ended.promise };
}

/** Starts to listen to callers and to peers; whatever cannot, closes all of it again, the journal's lock included. */
async function startAll(http: HttpServer, region: Region): Promise<AddressInfo> {
  try {
    const address = await http.start();
    await region.start();
    return address;
  } catch (error) {
    await http.stop();
    await region.stop();
    throw error;
  }
}

/** Transports are loaded when they are wanted: each brings a client library that takes its time. */
async function createTransport({ transport, environment, node }: Settings, log: Log): Promise<Transport> {
  const codec = createCodec({ region: node.region, environment, key: Buffer.from(transport.key, 'utf8') });
  if (transport.kind === 'nats') {
    const { NatsTransport } = await import('../transport/nats.ts');
    return new NatsTransport({ ...transport, codec, log });
  }
  const { MeshTransport } = await import('../transport/mesh.ts');
  const mesh = new MeshTransport({ codec, log, ...transport.listen });
  mesh.setPeers(transport.peers.map(({ region, address }) => ({ region, url: address })));
  return mesh;
}

type Introduced = { readonly transport: Transport; readonly log: Log };

type OpenedJournal = { readonly journal: FileJournal; readonly recovery: Recovery | undefined };

/** The journal with what it kept; undefined where the settings want none. Loaded when wanted, as transports are. */
async function openJournal(
  { environment, node, journalDirectory }: Settings,
  log: Log,
): Promise<OpenedJournal | undefined> {
  if (journalDirectory === undefined) return undefined;
  const { FileJournal } = await import('./adapters/journal/file-journal.ts');
  const { region } = node;
  const place = { directory: journalDirectory, region, environment };
  const journal = new FileJournal({ ...place, ledger: newLedgerId, clock: systemClock, log });
  return { journal, recovery: await journal.open() };
}

function reloadOf(region: Region) {
  return {
    current: () => region.configuration(),
    publish: (configuration: Configuration) => region.publish(configuration),
  };
}

function createRegion(
  { node, members, limits, timing }: Settings,
  {
    transport,
    log,
    journal: opened,
    newCluster,
  }: Introduced & { readonly journal: OpenedJournal | undefined; readonly newCluster: boolean },
  onSuperseded: () => void,
): Region {
  const base = { region: node.region, members, limits, timing };
  const ports = { clock: systemClock, transport, log };
  if (opened === undefined)
    return new Region({ ...base, ledger: newLedgerId(), newCluster }, ports, onSuperseded);
  const { journal, recovery } = opened;
  // Books that were found are a life, whatever the operator says; so are traces of books that cannot be trusted.
  const fresh = newCluster && journal.found === 'nothing';
  if (newCluster && !fresh)
    log.warn('new_cluster_ignored', { because: `the journal holds ${journal.found}` });
  const setup = { ...base, ledger: journal.ledger, newCluster: fresh, journaling: true, recovery };
  return new Region(setup, { ...ports, journal }, onSuperseded);
}

function createHttp(
  { node }: Settings,
  {
    region,
    transport,
    log,
    reloads,
  }: Introduced & { readonly region: Region; readonly reloads: Readonly<ReloadTally> | undefined },
): HttpServer {
  const look = () => ({ view: region.view(), transport: transport.counters(), reloads });
  return new HttpServer({
    ...node.listen,
    region: node.region,
    coordinator: region,
    clock: systemClock,
    random: systemRandom,
    log,
    telemetry: new Metrics({ region: node.region, version: packageJson.version, look }),
    transportConnected: () => transport.connected(),
    reloadProblem: () => reloads?.problem,
  });
}

function summary(
  { node, transport, members, limits }: Settings,
  { address, port }: AddressInfo,
): Record<string, unknown> {
  return {
    node: node.name,
    http: `${address}:${port}`,
    transport: transport.kind,
    members: members.map(({ region }) => region),
    limits: limits.length,
    version: packageJson.version,
  };
}
