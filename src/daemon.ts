import type { AddressInfo } from 'node:net';
import type { Settings } from '../config/settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createCodec } from '../transport/codec.ts';
import { HttpServer } from './adapters/http/server.ts';
import { systemClock } from './adapters/system/clock.ts';
import { newLedgerId, systemRandom } from './adapters/system/random.ts';
import { createLog, type LogOutput } from './adapters/telemetry/log.ts';
import { Metrics } from './adapters/telemetry/metrics.ts';
import type { Log, Transport } from './ports.ts';
import { Region } from './region/region.ts';

export type DaemonOptions = {
  /** The operator attests that no earlier life of this member ever voted or admitted, so that it need not sit out. */
  readonly newCluster?: boolean;
  /** Puts something between the region and its transport: tests lose, delay and repeat messages there. */
  readonly wrapTransport?: (transport: Transport) => Transport;
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
  const region = createRegion(settings, { transport, log, newCluster: options.newCluster ?? false }, () => {
    ending = 'superseded';
    void stop();
  });
  const http = createHttp(settings, { region, transport, log });

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      log.info('stopping', { reason: ending });
      region.drain();
      await http.stop();
      await region.stop();
      log.info('stopped');
      ended.resolve(ending);
    })();
    return stopping;
  };

  const address = await http.start();
  try {
    await region.start();
  } catch (error) {
    await http.stop();
    await region.stop();
    throw error;
  }
  http.serve();
  log.info('started', summary(settings, address));
  return { address, log, stop, ended: ended.promise };
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

function createRegion(
  { node, members, limits, timing }: Settings,
  { transport, log, newCluster }: Introduced & { readonly newCluster: boolean },
  onSuperseded: () => void,
): Region {
  const setup = { region: node.region, ledger: newLedgerId(), members, limits, timing, newCluster };
  return new Region(setup, { clock: systemClock, transport, log }, onSuperseded);
}

function createHttp(
  { node }: Settings,
  { region, transport, log }: Introduced & { readonly region: Region },
): HttpServer {
  const look = () => ({ view: region.view(), transport: transport.counters() });
  return new HttpServer({
    ...node.listen,
    region: node.region,
    coordinator: region,
    clock: systemClock,
    random: systemRandom,
    log,
    telemetry: new Metrics({ region: node.region, version: packageJson.version, look }),
    transportConnected: () => transport.connected(),
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
