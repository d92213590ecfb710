import { type ActorId, actorId, type RegionId } from '../crdt/index.ts';
import type { CheckRequest, Decision } from '../src/core/decision.ts';
import type { Instant } from '../src/core/instant.ts';
import type { Message } from '../src/core/messages.ts';
import type { RegionSetup, RegionState } from '../src/core/state.ts';
import type { Cancel, Clock, Journal, Log, Transport } from '../src/ports.ts';
import { Region } from '../src/region/region.ts';
import type { Chance } from './chance.ts';
import type { MachineClock } from './machine.ts';
import type { Endpoint, Network } from './network.ts';
import type { VirtualTime } from './time.ts';

/** What runs in a process: the production `Region`, or a model of something that it is compared with. */
export type Driver = Pick<Region, 'start' | 'drain' | 'stop' | 'publish' | 'inspect'> &
  Partial<Pick<Region, 'refund' | 'release' | 'renew'>> & {
    /** The answer; undefined when it comes later. */
    check(request: CheckRequest): Decision | undefined;
  };

/** What a driver other than the production one is made from. */
export type DriverSetup = {
  readonly region: RegionSetup;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly chance: Chance;
  /** Outlives the process, as its disk does. */
  readonly shelf: Map<string, unknown>;
  /** Takes an answer that came later than its request, and after how long. */
  readonly answer: (request: CheckRequest, decision: Decision, waitedMs: number) => void;
};

export type MakeDriver = (setup: DriverSetup) => Driver;

/** What a life needs of the world it lives in. */
export type Surroundings = {
  readonly time: VirtualTime;
  readonly network: Network;
  /** Runs a piece of a life's work; the world may look at the life afterwards, and sees what the work throws. */
  work(life: Life, task: () => void): void;
  sent(life: Life, to: RegionId | 'all', message: Message): void;
  logged(life: Life, event: string, fields: Readonly<Record<string, unknown>>): void;
  superseded(life: Life): void;
  answered(life: Life, request: CheckRequest, decision: Decision, waitedMs: number): void;
};

/** What may be held for a process that stands still: a socket's buffer, and clients that have not given up. */
const HELD_MESSAGES_MAX = 20_000;
const HELD_REQUESTS_MAX = 100;

/** Timers fire late by up to this much, so that processes do not march in step. */
const TIMER_LATENESS_MS = 2;

export type LifeSetup = {
  /** Counts the lives of the world. */
  readonly number: number;
  readonly region: RegionSetup;
  readonly journal: Journal | undefined;
  readonly machine: MachineClock;
  readonly chance: Chance;
  /** Given when not the production region is to run, with what the disk holds for it. */
  readonly model?: { readonly make: MakeDriver; readonly shelf: Map<string, unknown> } | undefined;
};

/** One process: the production `Region` or a model, from its start to its end, over the world's time and network. */
export class Life {
  readonly number: number;
  readonly region: RegionId;
  readonly actor: ActorId;
  readonly machine: MachineClock;
  readonly driver: Driver;
  readonly startedMs: number;
  /** The furthest wall time that this life has read: what it may have acted on. */
  furthestWallMs = Number.NEGATIVE_INFINITY;
  /** Whether it took up the books of an earlier life of the same ledger. */
  readonly recovered: boolean;
  /** The stamp of the state that checkers have looked at. */
  seenStamp = Number.NaN;
  alive = true;
  paused = false;
  readonly #surroundings: Surroundings;
  readonly #endpoint: Endpoint;
  readonly #chance: Chance;
  readonly #heldTicks = new Set<() => void>();
  #heldTasks: (() => void)[] = [];
  #heldMessages: (() => void)[] = [];
  #heldRequests: (() => void)[] = [];

  constructor(setup: LifeSetup, surroundings: Surroundings) {
    const { number, region, machine, chance, model } = setup;
    this.number = number;
    this.region = region.region;
    this.machine = machine;
    this.startedMs = surroundings.time.nowMs;
    this.#surroundings = surroundings;
    this.#chance = chance;
    this.#endpoint = surroundings.network.join(this);
    this.driver = model === undefined ? this.#production(setup) : this.#model(setup, model);
    this.actor = model === undefined ? this.state.actor : actorId(region.region, region.ledger);
    this.recovered = model === undefined && this.state.recovered;
  }

  /** What the region knows; to be looked at only. A model has nothing to show, and throws. */
  get state(): RegionState {
    return this.driver.inspect();
  }

  /** Starts the region; it has started when the promise resolves, at the same virtual time. */
  async start(): Promise<void> {
    await this.driver.start();
    this.#surroundings.work(this, () => {});
  }

  /** Ends the process without a word. */
  kill(): void {
    this.alive = false;
    this.#endpoint.close();
  }

  /** Stops the process in good order: peers are told what they have not been told. */
  async stop(): Promise<void> {
    this.#surroundings.work(this, () => this.driver.drain());
    this.alive = false;
    await this.driver.stop();
  }

  /** Lets a request wait while the region stands still; clients give up when there are too many. */
  hold(decide: () => void): void {
    if (this.#heldRequests.length < HELD_REQUESTS_MAX) this.#heldRequests.push(decide);
  }

  /** Hands over a message, or lets it wait while the region stands still. */
  hear(receive: () => void): void {
    if (!this.paused) receive();
    else if (this.#heldMessages.length < HELD_MESSAGES_MAX) this.#heldMessages.push(receive);
  }

  /** Called with every message that the region hands to the network. */
  says(to: RegionId | 'all', message: Message): void {
    this.#surroundings.sent(this, to, message);
  }

  pause(): void {
    this.paused = true;
  }

  /** Goes on. Whether ticks, messages or requests come first is left to chance, as it is in a real event loop. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const ticks = [...this.#heldTicks];
    this.#heldTicks.clear();
    const backlog = this.#chance.some(
      [ticks, this.#heldTasks, this.#heldMessages, this.#heldRequests],
      Number.POSITIVE_INFINITY,
    );
    this.#heldTasks = [];
    this.#heldMessages = [];
    this.#heldRequests = [];
    for (const tasks of backlog) for (const task of tasks) if (this.alive) task();
  }

  #production({ region, journal }: LifeSetup): Driver {
    return new Region(
      region,
      {
        clock: this.#clock(),
        transport: this.#endpoint,
        log: this.#log(),
        ...(journal === undefined ? {} : { journal: this.#journal(journal) }),
      },
      () => this.#surroundings.superseded(this),
    );
  }

  #model({ region, chance }: LifeSetup, { make, shelf }: NonNullable<LifeSetup['model']>): Driver {
    return make({
      region,
      clock: this.#clock(),
      transport: this.#endpoint,
      chance: chance.split('model'),
      shelf,
      answer: (request, decision, waitedMs) => this.#surroundings.answered(this, request, decision, waitedMs),
    });
  }

  #clock(): Clock {
    return {
      now: () => this.#now(),
      every: (intervalMs, task) => this.#every(intervalMs, task),
      soon: (task) => {
        this.#surroundings.time.after(0, () => this.#run(task));
      },
    };
  }

  #now(): Instant {
    const { wallMs, monoMs } = this.machine;
    if (wallMs > this.furthestWallMs) this.furthestWallMs = wallMs;
    return { wallMs, monoMs };
  }

  #every(intervalMs: number, task: () => void): Cancel {
    const { time } = this.#surroundings;
    let cancelled = false;
    const tick = () => this.#surroundings.work(this, task);
    const fire = () => {
      if (cancelled || !this.alive) return;
      time.after(intervalMs + this.#chance.next() * TIMER_LATENESS_MS, fire);
      if (this.paused) this.#heldTicks.add(tick);
      else tick();
    };
    time.after(this.#chance.next() * intervalMs, fire);
    return () => {
      cancelled = true;
    };
  }

  /** What the disk tells a process reaches it as any other event does. */
  #journal(journal: Journal): Journal {
    return {
      open: () => journal.open(),
      append: (records, durable) => journal.append(records, () => this.#run(durable)),
      stop: () => journal.stop(),
    };
  }

  #run(task: () => void): void {
    if (!this.alive) return;
    if (this.paused) this.#heldTasks.push(() => this.#run(task));
    else this.#surroundings.work(this, task);
  }

  #log(): Log {
    const write = (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      this.#surroundings.logged(this, event, fields);
    return { info: write, warn: write, error: write };
  }
}
