import type { Settings } from '../config/settings.ts';
import type { DiagnosedTransport } from '../transport/diagnosis.ts';
import { systemClock } from './adapters/system/clock.ts';
import { newLedgerId } from './adapters/system/random.ts';
import { EPOCH_MS } from './bounds.ts';
import { RegionNode } from './node/region-node.ts';
import type { RegionBeginning } from './node/speaking.ts';
import type { Log, Transport, TransportCounters } from './ports.ts';
import { Region } from './region/region.ts';

/** One of several nodes of a region, with what may be asked of its store. */
export type RunningNode = {
  readonly region: RegionNode;
  /** That of whoever speaks: it is there while this node does. */
  readonly transport: DiagnosedTransport;
  readonly store: StoreWatch;
};

/** What may be asked of a region's store. */
export type StoreWatch = {
  readonly figures: () => StoreFigures;
  /** `ok`, or what is wrong, in words. */
  readonly check: () => string;
};

/** How a region's store is, as one node sees it; times are milliseconds. */
export type StoreFigures = {
  readonly up: boolean;
  readonly latencyMs: number | undefined;
  readonly errors: Readonly<Record<string, number>>;
};

type Needs = {
  readonly log: Log;
  readonly newCluster: boolean;
  readonly createTransport: () => Promise<DiagnosedTransport>;
  readonly wrapTransport?: ((transport: Transport) => Transport) | undefined;
};

/** Makes this process one of the nodes of its region; undefined where the region has no store, and so is one process. */
export async function openNode(settings: Settings, needs: Needs): Promise<RunningNode | undefined> {
  const { store: shared, environment, node, members, limits, retired, timing } = settings;
  if (shared === undefined) return undefined;
  const { log, newCluster } = needs;
  const { RedisStore } = await import('./adapters/redis/redis-store.ts');
  const place = { environment, region: node.region, node: node.name, clock: systemClock, log };
  const store = new RedisStore({ ...shared.redis, ...place });
  const medium: TurnTransport = new TurnTransport(() => region.nodes().speaks);
  const life = Date.now();
  const region: RegionNode = new RegionNode({
    region: node.region,
    node: node.name,
    clock: systemClock,
    store,
    log,
    waitMs: shared.waitMs,
    configuration: { members, limits, retired },
    isNew: newCluster,
    life,
    newLedger: newLedgerId,
    lookaheadEpochs: timing.lookaheadEpochs,
    clockSlackEpochs: timing.clockSlackEpochs,
    beginRegion: async (beginning) => {
      const bare = await needs.createTransport();
      const transport = needs.wrapTransport?.(bare) ?? bare;
      const begun = createRegion(settings, beginning, { transport, log });
      medium.follow(bare);
      await begun.start();
      return begun;
    },
  });
  const figures = () => {
    const { commands, errors, latencyMsLast } = store.counters();
    return { up: store.connected(), latencyMs: commands === 0 ? undefined : latencyMsLast, errors };
  };
  const check = () => {
    const { speaker, reachable } = region.nodes();
    if (!store.connected()) return 'unreachable: nodes spend what they hold, then do as onError says';
    return reachable ? 'ok' : `no node speaks for the region${speaker === undefined ? '' : ' yet'}`;
  };
  return { region, transport: medium, store: { figures, check } };
}

/** The region of one turn. What is shared survives its speaker, so windows of every length are journaled. */
function createRegion(
  { node, members, limits, timing }: Settings,
  { turn, journal, recovery, isFresh }: RegionBeginning,
  ports: { readonly transport: Transport; readonly log: Log },
): Region {
  const setup = {
    ...{ region: node.region, members, limits, timing, turn, recovery },
    ledger: journal.ledger,
    newCluster: isFresh,
    journaling: true,
    journaledWindowMsMin: EPOCH_MS,
  };
  return new Region(setup, { ...ports, clock: systemClock, journal });
}

const NOTHING: TransportCounters = {
  framesSent: 0,
  bytesSent: 0,
  framesReceived: 0,
  bytesReceived: 0,
  framesDropped: 0,
  framesRejected: {},
  sendErrors: 0,
};

/** The transport of the turn that is or was this node's, for whoever asks how it is; a node that never spoke has none, and needs none. */
class TurnTransport implements DiagnosedTransport {
  readonly #speaks: () => boolean;
  #current: DiagnosedTransport | undefined;

  constructor(speaks: () => boolean) {
    this.#speaks = speaks;
  }

  follow(transport: DiagnosedTransport): void {
    this.#current = transport;
  }

  async start(): Promise<void> {}

  send(): void {}

  connected(): boolean {
    return !this.#speaks() || (this.#current?.connected() ?? true);
  }

  counters(): TransportCounters {
    return this.#current?.counters() ?? NOTHING;
  }

  diagnosis(): ReturnType<DiagnosedTransport['diagnosis']> {
    const nothing = { medium: undefined, peers: {} };
    return this.#speaks() ? (this.#current?.diagnosis() ?? nothing) : nothing;
  }

  details(): ReturnType<DiagnosedTransport['details']> {
    return this.#current?.details() ?? { errors: [], deltaBytes: { sent: 0, received: 0 } };
  }

  async stop(): Promise<void> {}
}
