import { VirtualClock, VirtualTime } from '../simulations/time.ts';
import { DEFAULT_TIMING, type Timing } from '../src/core/cluster.ts';
import type { Decision } from '../src/core/decision.ts';
import type { LimitSpec, Member } from '../src/core/limit.ts';
import type { Message } from '../src/core/messages.ts';
import type { Log, Transport } from '../src/ports.ts';
import { Region } from '../src/region/region.ts';
import { Loopback } from '../transport/loopback.ts';

/** 2026-01-01T00:00:00Z: the start of an epoch, and of every window that divides an hour. */
export const WORLD_START_MS = Date.UTC(2026, 0, 1);

export const THREE_REGIONS: readonly Member[] = [
  { region: 'us-east', weight: 40 },
  { region: 'eu-west', weight: 35 },
  { region: 'ap-southeast', weight: 25 },
];

/** A limit on everything, 1,000 permits in 10 s, with whatever matters to the test changed. */
export function limitSpec(changes: Partial<LimitSpec> = {}): LimitSpec {
  return {
    name: 'everything',
    resource: '*',
    dimensions: {},
    algorithm: 'fixed-window',
    limit: 1_000,
    windowMs: 10_000,
    reclaimPermille: 500,
    shares: 'static',
    mode: 'enforce',
    ...changes,
  };
}

/** What one region said in its log. */
export type Line = {
  readonly atMs: number;
  readonly region: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type WorldOptions = {
  readonly members?: readonly Member[];
  readonly limits?: readonly LimitSpec[];
  readonly timing?: Partial<Timing>;
  readonly oneWayMs?: number;
  /** Wall milliseconds at which it begins; `WORLD_START_MS` unless said. */
  readonly startMs?: number;
};

/** Regions in one process, over virtual time and a loopback medium whose links can be cut. */
export class World {
  readonly time: VirtualTime;
  readonly lines: Line[] = [];
  readonly sent: {
    readonly atMs: number;
    readonly from: string;
    readonly to: string;
    readonly message: Message;
  }[] = [];
  /** Decides about each delivery; the default loses nothing. */
  loses: (from: string, to: string) => boolean = () => false;
  readonly #options: WorldOptions;
  readonly #members: readonly Member[];
  readonly #loopback: Loopback;
  readonly #regions = new Map<string, Region>();
  readonly #transports = new Map<string, Transport>();
  readonly #clocks = new Map<string, VirtualClock>();
  #lives = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.time = new VirtualTime(options.startMs ?? WORLD_START_MS);
    this.#members = options.members ?? THREE_REGIONS;
    const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
    this.#loopback = new Loopback((deliver, from, to) => {
      if (!this.loses(from, to)) this.time.after(options.oneWayMs ?? 40, deliver);
    }, silent);
  }

  /** Starts every member at once as a new cluster, and lets it settle for `settleMs`. */
  static async started(options: WorldOptions = {}, settleMs = 2_000): Promise<World> {
    const world = new World(options);
    for (const { region } of world.#members) await world.start(region, true);
    world.run(settleMs);
    return world;
  }

  /** Starts a life of `region`; without `newCluster` it sits out, as after a loss of its books. */
  async start(region: string, newCluster = false, members: readonly Member[] = this.#members): Promise<void> {
    const clock = new VirtualClock(this.time);
    const started = new Region(
      {
        region,
        ledger: (this.#lives++).toString(16).padStart(16, '0'),
        members,
        limits: this.#options.limits ?? [limitSpec()],
        timing: { ...DEFAULT_TIMING, ...this.#options.timing },
        newCluster,
      },
      { clock, transport: this.#recorded(region), log: this.#logOf(region) },
      () => {
        if (this.#regions.get(region) === started) this.kill(region);
        else void started.stop();
      },
    );
    this.#regions.set(region, started);
    this.#clocks.set(region, clock);
    await started.start();
  }

  /** Ends a life without a word: nothing is sent or heard any more. */
  kill(region: string): void {
    void this.#transports.get(region)?.stop();
    void this.#regions.get(region)?.stop();
    this.#regions.delete(region);
  }

  region(region: string): Region {
    const found = this.#regions.get(region);
    if (found === undefined) throw new Error(`${region} is not running`);
    return found;
  }

  clock(region: string): VirtualClock {
    const found = this.#clocks.get(region);
    if (found === undefined) throw new Error(`${region} never ran`);
    return found;
  }

  /** Lets time pass. */
  run(ms: number): void {
    this.time.runUntil(this.time.nowMs + ms);
  }

  /** Lets time pass to the next multiple of `ms`, plus `offsetMs`. */
  runToNext(ms: number, offsetMs = 0): void {
    this.time.runUntil((Math.floor(this.time.nowMs / ms) + 1) * ms + offsetMs);
  }

  check(region: string, permits = 1, dimensions: Readonly<Record<string, string>> = {}): Decision {
    return this.region(region).check({ resource: 'api.orders.create', dimensions, permits });
  }

  /** Asks for single permits until one is denied or `most` were given; returns how many were. */
  drain(region: string, dimensions: Readonly<Record<string, string>> = {}, most = 100_000): number {
    let given = 0;
    while (given < most && this.check(region, 1, dimensions).allowed) given += 1;
    return given;
  }

  #recorded(region: string) {
    const transport = this.#loopback.transport(region);
    this.#transports.set(region, transport);
    return {
      start: (receive: Parameters<typeof transport.start>[0]) => transport.start(receive),
      stop: () => transport.stop(),
      connected: () => transport.connected(),
      counters: () => transport.counters(),
      send: (to: string, message: Message) => {
        this.sent.push({ atMs: this.time.nowMs - WORLD_START_MS, from: region, to, message });
        transport.send(to, message);
      },
    };
  }

  #logOf(region: string): Log {
    const write = (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
      this.lines.push({ atMs: this.time.nowMs - WORLD_START_MS, region, event, fields });
    };
    return { info: write, warn: write, error: write };
  }
}
