import { VirtualClock, VirtualTime } from '../../simulations/time.ts';
import { DEFAULT_TIMING, type Timing } from '../../src/core/cluster.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Clock, Log, Transport } from '../../src/ports.ts';
import { Region } from '../../src/region/region.ts';
import { WORLD_START_MS } from '../world.ts';
import { regionName } from './builders.ts';
import { FaultyMedium, type MediumFault } from './faulty-medium.ts';

/** What may go wrong: with the medium, or with one member. */
export type Fault =
  | MediumFault
  /** A wall clock steps to so far ahead of true time. */
  | { readonly kind: 'step'; readonly member: number; readonly skewMs: number }
  /** A life ends without a word, and the next one begins without its books. */
  | { readonly kind: 'restart'; readonly member: number; readonly afterMs: number }
  /** A process stands still, and hears everything late. */
  | { readonly kind: 'pause'; readonly member: number; readonly forMs: number };

export type FaultyWorldOptions = {
  readonly seed: number;
  /** One member each. */
  readonly weights: readonly number[];
  readonly limits: readonly LimitSpec[];
  /** How far each wall clock is ahead of true time at the start. */
  readonly skewsMs?: readonly number[];
  readonly timing?: Partial<Timing>;
};

type Life = {
  readonly region: Region;
  receive: ((from: string, message: Message) => void) | undefined;
  paused: (() => void)[] | undefined;
};

/**
 * Regions over virtual time and a medium that loses, delays, repeats and reorders, with clocks that step and processes that die.
 * It counts from outside what was allowed and which votes were said, over all lives of all members.
 */
export class FaultyWorld {
  readonly time = new VirtualTime(WORLD_START_MS - 5_000);
  readonly names: readonly string[];
  /** Permits allowed, by limit, window id and key. */
  readonly allowed = new Map<string, number>();
  /** Every vote that was ever said, by voter, subject and epoch; two letters where one was changed. */
  readonly votes = new Map<string, string>();
  /** Each log event, how often. */
  readonly events = new Map<string, number>();
  readonly #options: FaultyWorldOptions;
  readonly #medium: FaultyMedium;
  readonly #lives = new Map<string, Life>();
  readonly #skewsMs: number[];
  readonly #clocks = new Map<string, VirtualClock>();
  #born = 0;
  readonly #unborn: string[] = [];

  private constructor(options: FaultyWorldOptions) {
    this.#options = options;
    this.names = options.weights.map((_, at) => regionName(at));
    this.#medium = new FaultyMedium(this.time, this.names, options.seed);
    this.#skewsMs = options.weights.map((_, at) => options.skewsMs?.[at] ?? 0);
  }

  /** A new cluster in which every member has begun. */
  static async begun(options: FaultyWorldOptions): Promise<FaultyWorld> {
    const world = new FaultyWorld(options);
    for (const name of world.names) await world.#begin(name, true);
    return world;
  }

  /** Lets time pass; lives that are due begin at the next multiple of 50 ms. */
  async run(ms: number): Promise<void> {
    for (const endMs = this.time.nowMs + ms; this.time.nowMs < endMs; ) {
      this.time.runUntil(Math.min(endMs, this.time.nowMs + 50));
      for (const name of this.#unborn.splice(0)) await this.#begin(name, false);
    }
  }

  region(name: string): Region | undefined {
    return this.#lives.get(name)?.region;
  }

  befall(fault: Fault): void {
    switch (fault.kind) {
      case 'step':
        this.#step(this.#named(fault.member), fault.skewMs);
        return;
      case 'restart':
        this.restart(this.#named(fault.member), fault.afterMs);
        return;
      case 'pause':
        this.#pause(this.#named(fault.member), fault.forMs);
        return;
      default:
        this.#medium.befall(fault);
    }
  }

  /** Ends every fault of the medium; clocks stay as they are, and the dead as dead as they are. */
  heal(): void {
    this.#medium.heal();
  }

  /** Ends a life without a word, and begins the next one later; a member that is dead already is left alone. */
  restart(name: string, afterMs: number): void {
    const life = this.#lives.get(name);
    if (life === undefined) return;
    this.#end(name, life);
    this.time.after(afterMs, () => this.#unborn.push(name));
  }

  /** Asks a region for permits under every limit until it denies; a region that is down or paused is not asked. */
  drain(name: string, permits = 1): void {
    const life = this.#lives.get(name);
    if (life === undefined || life.paused !== undefined) return;
    for (const spec of this.#options.limits) {
      for (const tenant of ['acme', 'other']) this.#drainKey(life.region, spec, tenant, permits);
    }
  }

  #drainKey(region: Region, { name, limit }: LimitSpec, tenant: string, permits: number): void {
    const request = { resource: name, dimensions: { tenant }, permits };
    for (let asked = 0; asked <= limit; asked += permits) {
      const { allowed, verdict } = region.check(request);
      if (!allowed || verdict === undefined) return;
      const counter = `${name} ${verdict.resetAtMs} ${verdict.key}`;
      this.allowed.set(counter, (this.allowed.get(counter) ?? 0) + permits);
    }
  }

  #named(member: number): string {
    return this.names[member % this.names.length] ?? '';
  }

  async #begin(name: string, newCluster: boolean): Promise<void> {
    if (this.#lives.has(name)) return;
    const clock = new VirtualClock(this.time);
    clock.skewMs = this.#skewsMs[this.names.indexOf(name)] ?? 0;
    this.#clocks.set(name, clock);
    const setup = {
      region: name,
      ledger: (this.#born++).toString(16).padStart(16, '0'),
      members: this.#options.weights.map((weight, at) => ({ region: regionName(at), weight })),
      limits: this.#options.limits,
      timing: { ...DEFAULT_TIMING, ...this.#options.timing },
      newCluster,
    };
    const ports = { clock: this.#halting(name, clock), transport: this.#transport(name), log: this.#log() };
    const region = new Region(setup, ports, () => this.#supersede(name, region));
    this.#lives.set(name, { region, receive: undefined, paused: undefined });
    await region.start();
  }

  #end(name: string, life: Life): void {
    // What it would say while it stops is lost: nobody hears the last words of a process that is killed.
    life.receive = undefined;
    this.#lives.delete(name);
    void life.region.stop();
  }

  #supersede(name: string, region: Region): void {
    const life = this.#lives.get(name);
    if (life?.region === region) this.#end(name, life);
  }

  #step(name: string, skewMs: number): void {
    this.#skewsMs[this.names.indexOf(name)] = skewMs;
    const clock = this.#clocks.get(name);
    if (clock !== undefined) clock.skewMs = skewMs;
  }

  #pause(name: string, forMs: number): void {
    const life = this.#lives.get(name);
    if (life === undefined || life.paused !== undefined) return;
    life.paused = [];
    this.time.after(forMs, () => {
      const missed = life.paused ?? [];
      life.paused = undefined;
      for (const task of missed) task();
    });
  }

  /** A clock whose ticks do not happen while the process stands still. */
  #halting(name: string, clock: VirtualClock): Clock {
    return {
      now: () => clock.now(),
      soon: (task) => clock.soon(task),
      every: (intervalMs, task) =>
        clock.every(intervalMs, () => {
          if (this.#lives.get(name)?.paused === undefined) task();
        }),
    };
  }

  #transport(name: string): Transport {
    let sender: Life | undefined;
    return {
      start: async (receive) => {
        sender = this.#lives.get(name);
        if (sender !== undefined) sender.receive = receive;
      },
      send: (to, message) => {
        if (sender?.receive === undefined) return;
        this.#watch(message);
        for (const other of this.names)
          if (other !== name && (to === 'all' || to === other))
            this.#medium.carry(name, other, () => this.#deliver(name, other, message));
      },
      stop: async () => {
        if (sender !== undefined) sender.receive = undefined;
      },
      connected: () => true,
      counters: () => NOTHING_COUNTED,
    };
  }

  /** Whoever is alive when a message arrives hears it, be it the life that it was sent to or a later one. */
  #deliver(from: string, to: string, message: Message): void {
    const life = this.#lives.get(to);
    if (life?.paused === undefined) life?.receive?.(from, message);
    else life.paused.push(() => life.receive?.(from, message));
  }

  #watch(message: Message): void {
    if (message.kind !== 'heartbeat' && message.kind !== 'snapshot') return;
    for (const [voter, subject, first, letters] of message.votes) {
      for (let at = 0; at < letters.length; at += 1) {
        const letter = letters[at] ?? '.';
        if (letter === '.') continue;
        const name = `${voter} on ${subject} at ${first + at}`;
        const known = this.votes.get(name) ?? '';
        if (!known.includes(letter)) this.votes.set(name, known + letter);
      }
    }
  }

  #log(): Log {
    const count = (event: string) => {
      this.events.set(event, (this.events.get(event) ?? 0) + 1);
    };
    return { info: count, warn: count, error: count };
  }
}

const NOTHING_COUNTED = {
  framesSent: 0,
  bytesSent: 0,
  framesReceived: 0,
  bytesReceived: 0,
  framesDropped: 0,
  framesRejected: {},
  sendErrors: 0,
};
