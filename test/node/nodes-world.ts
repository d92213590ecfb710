import { Chance } from '../../simulations/chance.ts';
import { VirtualTime } from '../../simulations/time.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { MemoryStore } from '../../src/node/memory-store.ts';
import { RegionNode, type RegionNodeOptions } from '../../src/node/region-node.ts';
import type { RegionStore } from '../../src/node/region-store.ts';
import type { Log, Transport } from '../../src/ports.ts';
import { Region } from '../../src/region/region.ts';
import { Loopback } from '../../transport/loopback.ts';
import { THREE_REGIONS, WORLD_START_MS } from '../world.ts';
import { MortalClock } from './mortal-clock.ts';

/** Where several nodes speak in turns. */
const SHARED = 'us-east';

const OTHERS = ['eu-west', 'ap-southeast'];

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** One node in one life. */
export type Living = { readonly name: string; readonly node: RegionNode; readonly clock: MortalClock };

export type NodesWorldOptions = {
  readonly seed: number;
  readonly limits: readonly LimitSpec[];
  readonly nodes?: readonly string[];
  readonly waitMs?: number;
  /** Makes something of the parts that is known to be wrong. */
  readonly breaks?: Breaks;
};

/** Parts put in place of the right ones. */
export type Breaks = {
  readonly store?: (store: RegionStore, memory: MemoryStore) => RegionStore;
  readonly region?: (region: Region) => void;
  readonly node?: (living: Living) => void;
};

/** What was admitted, as the clients were told, by limit, key and window. */
export type Admitted = Map<string, { readonly limit: LimitSpec; readonly windowId: number; permits: number }>;

/** Three regions over virtual time and a loopback medium, the first of them with several nodes behind one store in memory. */
export class NodesWorld {
  readonly time = new VirtualTime(WORLD_START_MS);
  readonly chance: Chance;
  readonly memory: MemoryStore;
  readonly admitted: Admitted = new Map();
  readonly living = new Map<string, Living>();
  readonly others = new Map<string, Region>();
  asked = 0;
  degraded = 0;
  /** Milliseconds that somebody waited at the most. */
  waitedMs = 0;
  /** How often messages to and from the store are lost, and how long they take at the most. */
  loss = 0;
  storeDelayMs = 1;
  isStoreSilent = false;
  readonly #options: NodesWorldOptions;
  readonly #loopback: Loopback;
  #lives = 0;

  constructor(options: NodesWorldOptions) {
    this.#options = options;
    this.chance = new Chance(`nodes ${options.seed}`);
    this.#loopback = new Loopback((deliver) => this.time.after(20, deliver), silent);
    const storeClock = new MortalClock(this.time);
    this.memory = new MemoryStore(storeClock, (name, deliver, lost) => {
      const node = this.living.get(name);
      const isLost = this.isStoreSilent || this.chance.next() < this.loss;
      const delayMs = isLost ? 50 : 0.1 + this.chance.next() * this.storeDelayMs;
      this.time.after(delayMs, () => node?.clock.run(isLost ? lost : deliver));
    });
  }

  async begin(): Promise<void> {
    for (const region of OTHERS) {
      const started = new Region(
        { ...this.#setup(), region, ledger: this.#ledger(), newCluster: true },
        { clock: new MortalClock(this.time), transport: this.#loopback.transport(region), log: silent },
      );
      this.others.set(region, started);
      await started.start();
    }
    for (const name of this.#options.nodes ?? ['a', 'b', 'c']) this.revive(name, true);
    await this.run(2_000);
  }

  /** Starts a life of a node. */
  revive(name: string, isNew = false): Living {
    const clock = new MortalClock(this.time);
    const life = this.#lives++ + 1;
    const store = this.memory.of(name);
    const node = new RegionNode({
      region: SHARED,
      node: name,
      clock,
      store: this.#options.breaks?.store?.(store, this.memory) ?? store,
      log: silent,
      waitMs: this.#options.waitMs ?? 5,
      configuration: { members: THREE_REGIONS, limits: this.#options.limits, retired: [] },
      isNew,
      life,
      newLedger: () => this.#ledger(),
      lookaheadEpochs: DEFAULT_TIMING.lookaheadEpochs,
      clockSlackEpochs: DEFAULT_TIMING.clockSlackEpochs,
      beginRegion: (beginning) => this.#beginRegion(clock, beginning),
    });
    const living = { name, node, clock };
    this.living.set(name, living);
    this.#options.breaks?.node?.(living);
    void node.start();
    return living;
  }

  /** Ends a life without a word. */
  kill(name: string): void {
    this.living.get(name)?.clock.kill();
  }

  /** The node that believes to speak; of several the first. */
  speaker(): Living | undefined {
    return [...this.living.values()].find(({ node, clock }) => clock.isAlive && node.nodes().speaks);
  }

  /** Lets time pass, with promises settling in between; `each` happens every millisecond. */
  async run(ms: number, each: () => void = () => {}): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1) {
      this.time.runUntil(this.time.nowMs + 1);
      each();
      for (let turn = 0; turn < 6; turn += 1) await undefined;
    }
  }

  /** Asks a node, and counts what the client is told. */
  ask(living: Living, request: CheckRequest): void {
    if (!living.clock.isRunning) return;
    this.asked += 1;
    const askedMs = this.time.nowMs;
    const decision = living.node.check(request);
    if (decision instanceof Promise)
      void decision.then((late) => this.#told(late, request, this.time.nowMs - askedMs));
    else this.#told(decision, request, 0);
  }

  askOther(region: string, request: CheckRequest): void {
    const decision = this.others.get(region)?.check(request);
    this.asked += 1;
    if (decision !== undefined) this.#told(decision, request, 0);
  }

  #told(decision: Decision, { permits }: CheckRequest, waitedMs: number): void {
    this.waitedMs = Math.max(this.waitedMs, waitedMs);
    if (decision.reason === 'degraded_open' || decision.reason === 'degraded_closed') this.degraded += 1;
    if (!decision.allowed) return;
    for (const { limit, key, windowId, reason } of decision.verdicts) {
      if (reason !== 'ok') continue;
      const name = `${limit.id}\n${key}\n${windowId}`;
      const counted = this.admitted.get(name) ?? { limit: limit.spec, windowId, permits: 0 };
      counted.permits += permits;
      this.admitted.set(name, counted);
    }
  }

  async #beginRegion(
    clock: MortalClock,
    { turn, journal, recovery, isFresh }: Parameters<RegionNodeOptions['beginRegion']>[0],
  ): Promise<Region> {
    const setup = {
      ...this.#setup(),
      region: SHARED,
      ledger: journal.ledger,
      newCluster: isFresh,
      journaling: true,
      journaledWindowMsMin: 1_000,
      recovery,
      turn,
    };
    const bare = this.#loopback.transport(SHARED);
    const transport: Transport = {
      start: (receive) => bare.start((from, message) => clock.run(() => receive(from, message))),
      send: (to, message) => bare.send(to, message),
      connected: () => bare.connected(),
      counters: () => bare.counters(),
      stop: () => bare.stop(),
    };
    const region = new Region(setup, { clock, transport, log: silent, journal });
    this.#options.breaks?.region?.(region);
    await region.start();
    return region;
  }

  #setup() {
    return { members: THREE_REGIONS, limits: this.#options.limits, timing: DEFAULT_TIMING };
  }

  #ledger(): string {
    this.#lives += 1;
    return this.#lives.toString(16).padStart(16, '0');
  }
}
