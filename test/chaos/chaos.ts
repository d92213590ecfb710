import { Cluster, type LimitEntry, REGIONS, type RegionName } from '../e2e/cluster.ts';
import type { Order } from '../e2e/faulty-daemon.ts';
import { Load, type Stream } from '../e2e/load.ts';
import { Observer } from '../e2e/observer.ts';
import { type NatsCluster, startNatsCluster } from '../servers/nats-cluster.ts';
import { Books } from './books.ts';
import type { Drawn, Trouble } from './menu.ts';

/** Short windows, journaled windows, many small keys, and one key that all regions want. */
export const LIMITS: readonly LimitEntry[] = [
  { name: 'bursts', match: { resource: 'bursts' }, limit: 60, window: '1s' },
  { name: 'orders', match: { resource: 'orders' }, limit: 1_500, window: '30s' },
  { name: 'tenants', match: { resource: 'tenants', dimensions: { tenant: '*' } }, limit: 20, window: '30s' },
];

const KEYS = 50;

/** Half again as much as there is, so that every window could be used up. */
const STREAMS: readonly Stream[] = [
  { limit: 'bursts', resource: 'bursts', perSecond: 100 },
  { limit: 'orders', resource: 'orders', perSecond: 75 },
  {
    limit: 'tenants',
    resource: 'tenants',
    perSecond: 60,
    next: (_region, sent) => ({ key: `t${sent % KEYS}`, dimensions: { tenant: `t${sent % KEYS}` } }),
  },
];

/** The network of the bad kind: 300 ms late at most, a fifth lost, a tenth twice. */
const BAD_NETWORK = { outgoing: 0, incoming: 0.2, twice: 0.1, lateMs: 300 };

/** Three regions with journals over three nats-servers under load, with an observer outside and everything in reach that can break. */
export class Chaos {
  readonly cluster: Cluster;
  readonly observer: Observer;
  readonly #load: Load;
  readonly #nats: NatsCluster;
  readonly #books: Books;
  /** Regions that are down or stand still: nothing else befalls them until they are back. */
  readonly #struck = new Set<RegionName>();
  readonly #dead = new Set<RegionName>();

  private constructor(parts: {
    readonly cluster: Cluster;
    readonly nats: NatsCluster;
    readonly books: Books;
  }) {
    this.cluster = parts.cluster;
    this.#nats = parts.nats;
    this.#books = parts.books;
    this.observer = new Observer(LIMITS);
    this.#load = new Load(parts.cluster, this.observer, STREAMS);
  }

  static async start(): Promise<Chaos> {
    const nats = await startNatsCluster(REGIONS.length);
    const books = new Books();
    const cluster = await Cluster.start({
      transport: 'nats',
      limits: LIMITS,
      faulty: true,
      natsUrls: nats.urls,
      booksOf: (region) => books.of(region),
    });
    const chaos = new Chaos({ cluster, nats, books });
    chaos.#load.start();
    return chaos;
  }

  /** Lets a trouble begin; resolves with how to mend it, or with undefined when it cannot befall whom it is meant for now. */
  async begin({ trouble }: Drawn): Promise<(() => Promise<void>) | undefined> {
    if (!('region' in trouble)) return this.#strikeServers(trouble);
    if (this.#struck.has(trouble.region)) return undefined;
    return this.#strike(trouble);
  }

  /** Whether every region decides, hears its peers and owns its whole share. */
  async isUp(): Promise<boolean> {
    const healths = await Promise.all(this.cluster.all().map((region) => region.health()));
    return healths.every(({ status }) => status === 'UP');
  }

  /** Every window that was used beyond its limit, in words. */
  violations(): readonly string[] {
    return LIMITS.flatMap(({ name, limit }) =>
      [...this.observer.windows(name)]
        .filter(({ total }) => total > limit)
        .map(({ key, windowId, total }) => `${name} ${key} window ${windowId}: ${total} of ${limit}`),
    );
  }

  async stop(): Promise<void> {
    await this.#load.stop();
    await this.cluster.stop();
    await this.#nats.stop();
    this.#books.end();
  }

  async #strikeServers(
    trouble: Extract<Trouble, { kind: 'nats-restart' | 'nats-pause' }>,
  ): Promise<() => Promise<void>> {
    if (trouble.kind === 'nats-restart') {
      for (const at of REGIONS.keys()) await this.#nats.restart(at);
      return async () => {};
    }
    this.#nats.freeze(trouble.server);
    return async () => this.#nats.thaw(trouble.server);
  }

  async #strike(
    trouble: Exclude<Trouble, { kind: 'nats-restart' | 'nats-pause' }>,
  ): Promise<() => Promise<void>> {
    const region = this.cluster.regions[trouble.region];
    switch (trouble.kind) {
      case 'kill':
      case 'amnesia':
        return this.#kill(trouble.region, trouble.kind === 'amnesia');
      case 'pause':
        this.#struck.add(trouble.region);
        region.signal('SIGSTOP');
        return async () => {
          region.signal('SIGCONT');
          this.#struck.delete(trouble.region);
        };
      case 'full-disk':
        this.#books.fill(trouble.region);
        return async () => this.#books.free(trouble.region);
      case 'clock':
        return this.#disturb(trouble.region, trouble, { kind: 'clock', aheadMs: 0 });
      case 'one-way':
        return this.#disturb(
          trouble.region,
          { kind: 'lose', loss: { incoming: 1 }, peer: trouble.deafTo },
          { kind: 'heal' },
        );
      case 'bad-network':
        return this.#disturb(trouble.region, { kind: 'lose', loss: BAD_NETWORK }, { kind: 'heal' });
    }
  }

  async #kill(name: RegionName, losesBooks: boolean): Promise<() => Promise<void>> {
    const region = this.cluster.regions[name];
    this.#struck.add(name);
    this.#dead.add(name);
    await region.kill();
    return async () => {
      if (losesBooks) this.#books.lose(name);
      region.start('another');
      this.#dead.delete(name);
      await region.ready();
      this.#struck.delete(name);
    };
  }

  /** Orders something of the process that runs now, for as long as it lives: the next one begins without. */
  async #disturb(name: RegionName, order: Order, undo: Order): Promise<() => Promise<void>> {
    const region = this.cluster.regions[name];
    const { pid } = region;
    await region.order(order);
    return async () => {
      if (region.pid === pid && !this.#dead.has(name)) await region.order(undo);
    };
  }
}

/** How much of a limit's windows was used on average between two wall instants, from 0 to 1; only whole windows count. */
export function usedBetween(
  observer: Observer,
  { name, limit }: LimitEntry,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number {
  const windowMs = observer.windowMs(name);
  const first = Math.ceil(fromMs / windowMs);
  const last = Math.floor(toMs / windowMs) - 1;
  let used = 0;
  for (let windowId = first; windowId <= last; windowId += 1) used += observer.total(name, windowId);
  return used / (limit * (last - first + 1));
}
