import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import type { Order } from './faulty-daemon.ts';
import { type Cut, LinkProxy } from './link-proxy.ts';
import { quietPorts } from './quiet-ports.ts';
import { RegionProcess } from './region-process.ts';

/** The regions of every cluster here, with their shares in percent. */
export const SHARES = { 'us-east': 40, 'eu-west': 35, 'ap-southeast': 25 } as const;

/** The name of one of the three regions. */
export type RegionName = keyof typeof SHARES;

export const REGIONS = Object.keys(SHARES) as readonly RegionName[];

export type TransportKind = 'mesh' | 'nats';

export const TRANSPORTS: readonly TransportKind[] = ['nats', 'mesh'];

/** A limit as it stands in a limits file. */
export type LimitEntry = {
  readonly name: string;
  readonly match: { readonly resource: string; readonly dimensions?: Readonly<Record<string, string>> };
  readonly limit: number;
  /** In whole seconds, written like `10s`. */
  readonly window: `${number}s`;
  readonly shares?: 'demand' | 'static';
};

export type ClusterOptions = {
  readonly transport: TransportKind;
  readonly limits: readonly LimitEntry[];
  /** The section of that name in the configuration. */
  readonly synchronisation?: Readonly<Record<string, string>>;
  /** Whether the regions keep journals, as they do when nothing is said. */
  readonly journal?: 'file' | 'none';
  /** Whether the regions are to lose frames when told to; without it they are the product's own processes. */
  readonly faulty?: boolean;
  /** nats-servers that somebody else runs, one for each region; without them the cluster runs one for all. */
  readonly natsUrls?: readonly string[];
  /** Where a region keeps its books; in a folder of the cluster's own unless told otherwise. */
  readonly booksOf?: (region: RegionName) => string;
};

/** How long three started regions may take to be ready and to have found each other, in milliseconds. */
const UP_WITHIN_MS = 15_000;

/** Three coordinators as processes, with what is between them. */
export class Cluster {
  readonly transport: TransportKind;
  /** The secret that signs the frames between them, and what keeps them apart from others. */
  readonly key: string;
  readonly environment: string;
  readonly regions: Readonly<Record<RegionName, RegionProcess>>;
  /** Where the regions listen for their peers, behind the links; unused with NATS. */
  readonly meshPorts: Readonly<Record<RegionName, number>>;
  readonly #links: ReadonlyMap<string, LinkProxy>;
  readonly #folder: string;
  #nats: NatsServer | undefined;
  /** Leaves nothing behind when this process ends early; signals are sent at once. */
  readonly #killNow = (): void => {
    for (const region of this.all()) void region.kill();
    void this.#nats?.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  };

  private constructor(parts: Parts) {
    this.transport = parts.options.transport;
    this.key = parts.key;
    this.environment = parts.environment;
    this.regions = parts.regions;
    this.meshPorts = parts.meshPorts;
    this.#links = parts.links;
    this.#folder = parts.folder;
    this.#nats = parts.nats;
  }

  /** Starts three regions that never lived before and resolves when each may use its whole share. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(await prepare(options));
    process.once('exit', cluster.#killNow);
    try {
      await Promise.all(cluster.#wires().map((link) => link.start()));
      for (const region of cluster.all()) region.start('first');
      await Promise.race([cluster.up(), cluster.#anyEnded()]);
    } catch (error) {
      const log = cluster.log();
      await cluster.stop();
      throw new Error(`the ${options.transport} cluster did not come up\n${log}`, { cause: error });
    }
    return cluster;
  }

  all(): readonly RegionProcess[] {
    return Object.values(this.regions);
  }

  /** Resolves when every region is UP: it decides, hears its peers and owns its whole share. */
  async up(): Promise<void> {
    await eventually(() => this.#isUp(), { withinMs: UP_WITHIN_MS, everyMs: 50, what: 'all regions are UP' });
  }

  /** The nats-server's `host:port`. */
  natsUrl(): string {
    if (this.#nats === undefined) throw new Error('this cluster has no nats-server');
    return this.#nats.url;
  }

  /** Takes away what is between the regions: stops nats-server, or cuts every link, one half each way of being cut. */
  async cut(): Promise<void> {
    await this.#nats?.stop();
    const ways: readonly Cut[] = ['refuses', 'hangs'];
    await Promise.all(this.#wires().map((link, at) => link.cut(ways[at % 2] ?? 'hangs')));
  }

  /** Gives it back. */
  async mend(): Promise<void> {
    if (this.#nats !== undefined) this.#nats = await startNatsServer(this.#nats.port);
    await Promise.all(this.#wires().map((link) => link.heal()));
  }

  /** The way that frames take from one region to another; there is one with the mesh only. */
  link(from: RegionName, to: RegionName): LinkProxy {
    const link = this.#links.get(linkName(from, to));
    if (link === undefined) throw new Error(`no link from ${from} to ${to}`);
    return link;
  }

  /** Orders something of the regions' faulty transports; resolves with how many messages they lost since they started. */
  async order(order: Order): Promise<number> {
    const answers = await Promise.all(this.all().map((region) => region.order(order)));
    return answers.reduce((sum, { lost }) => sum + lost, 0);
  }

  /** Destroys the disk of a region that is not running: its next life knows nothing of the last. */
  loseBooks(region: RegionName): void {
    rmSync(booksOf(this.#folder, region), { recursive: true });
  }

  /** What every region wrote last. */
  log(): string {
    return this.all()
      .map((region) => region.log())
      .join('\n');
  }

  /** Ends everything; resolves with the exit codes of the regions, in their order. */
  async stop(): Promise<readonly (number | null)[]> {
    const codes = await Promise.all(this.all().map((region) => region.stop()));
    await Promise.all(this.#wires().map((link) => link.stop()));
    await this.#nats?.stop();
    process.off('exit', this.#killNow);
    rmSync(this.#folder, { recursive: true, force: true });
    return codes;
  }

  async #isUp(): Promise<boolean> {
    const healths = await Promise.all(this.all().map((region) => region.health()));
    return healths.every(({ status }) => status === 'UP');
  }

  #wires(): readonly LinkProxy[] {
    return [...this.#links.values()];
  }

  async #anyEnded(): Promise<never> {
    const region = await Promise.race(this.all().map((one) => one.ended().then(() => one.region)));
    throw new Error(`${region} ended`);
  }
}

type Parts = {
  readonly options: ClusterOptions;
  readonly key: string;
  readonly environment: string;
  readonly folder: string;
  readonly regions: Record<RegionName, RegionProcess>;
  readonly meshPorts: Record<RegionName, number>;
  readonly links: ReadonlyMap<string, LinkProxy>;
  readonly nats: NatsServer | undefined;
};

/** Chooses ports, starts what stands between the regions, and writes each region's configuration: they differ in their links. */
async function prepare(options: ClusterOptions): Promise<Parts> {
  const isMesh = options.transport === 'mesh';
  const wiring: Wiring = {
    http: byRegion(await quietPorts(REGIONS.length)),
    mesh: byRegion(await quietPorts(REGIONS.length)),
    links: await quietPorts(REGIONS.length ** 2),
  };
  const needsNats = !isMesh && options.natsUrls === undefined;
  const nats = needsNats ? await startNatsServer(...(await quietPorts(1))) : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'headgate-e2e-'));
  const key = randomBytes(16).toString('hex');
  const environment = `e2e-${randomBytes(4).toString('hex')}`;
  const limitsFile = join(folder, 'limits.yaml');
  writeFileSync(limitsFile, JSON.stringify({ version: 1, limits: options.limits }));
  const regions = {} as Record<RegionName, RegionProcess>;
  for (const region of REGIONS) {
    const file = join(folder, `${region}.yaml`);
    const transport = isMesh
      ? { kind: 'mesh', key, mesh: { listen: { port: wiring.mesh[region] } } }
      : { kind: 'nats', key, nats: { servers: [options.natsUrls?.[REGIONS.indexOf(region)] ?? nats?.url] } };
    const settings = {
      version: 1,
      environment,
      limitsFile,
      ...networkOf(region, wiring),
      transport,
      // Nobody balances load here, so nobody is given notice.
      http: { drainNotice: '0s' },
      synchronisation: options.synchronisation ?? {},
      durability: {
        journal: options.journal ?? 'file',
        directory: options.booksOf?.(region) ?? booksOf(folder, region),
      },
    };
    writeFileSync(file, JSON.stringify(settings));
    regions[region] = new RegionProcess({
      region,
      port: wiring.http[region],
      file,
      faulty: options.faulty ?? false,
    });
  }
  const links = isMesh ? linksOf(wiring) : new Map<string, LinkProxy>();
  return { options, key, environment, folder, regions, meshPorts: wiring.mesh, links, nats };
}

function booksOf(folder: string, region: RegionName): string {
  return join(folder, `${region}-books`);
}

type Wiring = {
  readonly http: Record<RegionName, number>;
  readonly mesh: Record<RegionName, number>;
  /** A link from each region to each, by row. */
  readonly links: readonly number[];
};

function networkOf(own: RegionName, wiring: Wiring): Readonly<Record<string, unknown>> {
  const regions = REGIONS.map((name) => {
    const port = name === own ? wiring.mesh[name] : linkPort(wiring, own, name);
    return { name, quota: SHARES[name], address: `http://127.0.0.1:${port}` };
  });
  return { node: { listen: { port: wiring.http[own] } }, regions };
}

function linksOf(wiring: Wiring): ReadonlyMap<string, LinkProxy> {
  const pairs = REGIONS.flatMap((from) => REGIONS.map((to) => [from, to] as const));
  return new Map(
    pairs
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => [linkName(from, to), new LinkProxy(linkPort(wiring, from, to), wiring.mesh[to])]),
  );
}

function linkName(from: RegionName, to: RegionName): string {
  return `${from} → ${to}`;
}

function linkPort({ links }: Wiring, from: RegionName, to: RegionName): number {
  return links[REGIONS.indexOf(from) * REGIONS.length + REGIONS.indexOf(to)] ?? 0;
}

function byRegion(ports: readonly number[]): Record<RegionName, number> {
  return Object.fromEntries(REGIONS.map((name, at) => [name, ports[at] ?? 0])) as Record<RegionName, number>;
}
