import type { RegionId } from '../crdt/index.ts';
import type { CheckRequest, Decision } from '../src/core/decision.ts';
import type { Message } from '../src/core/messages.ts';
import type { Configuration } from '../src/core/version.ts';
import { Chance } from './chance.ts';
import type { Checker, Watched } from './checkers/checker.ts';
import { Holders } from './holders.ts';
import { Life, type MakeDriver, type Surroundings } from './life.ts';
import { MachineClock } from './machine.ts';
import { Network } from './network.ts';
import type { Plan } from './plan.ts';
import { Recent } from './recent.ts';
import { Storage } from './storage.ts';
import { VirtualTime } from './time.ts';
import { Trace } from './trace.ts';

/** Events remembered for a failure's report. */
const RECENT_MAX = 4_000;

/** How far behind the last life's a clock may stand when the next one starts: the slack that a sit-out allows for. */
const CLOCK_SLACK_MS = 2_000;

/** Regions, machines, clocks and a network, driven by one seed over virtual time. What befalls them comes from outside. */
export class World implements Surroundings, Watched {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly network: Network;
  readonly trace = new Trace();
  readonly recent = new Recent(RECENT_MAX);
  readonly lives: Life[] = [];
  readonly counts = { events: 0, checks: 0 };
  readonly #chance: Chance;
  readonly #makeModel: MakeDriver | undefined;
  readonly #holders: Holders;
  readonly #living = new Map<RegionId, readonly Life[]>();
  readonly #machines = new Map<RegionId, MachineClock>();
  readonly #disks = new Map<RegionId, Storage>();
  readonly #starting: Promise<void>[] = [];
  /** What operators last wrote into the configuration that new processes start from. */
  configuration: Configuration;
  #checkers: readonly Checker[] = [];
  #afterWork: readonly NonNullable<Checker['worked']>[] = [];
  #afterCheck: readonly NonNullable<Checker['checked']>[] = [];
  #failure: unknown;

  /** In every process runs the production region, or what `makeModel` makes. */
  constructor(plan: Plan, makeModel?: MakeDriver) {
    this.plan = plan;
    this.#makeModel = makeModel;
    this.time = new VirtualTime(plan.startMs);
    this.#chance = new Chance(plan.seed);
    this.#holders = new Holders(this, this.#chance.split('holders'));
    const { network, frames, members, limits } = plan;
    this.configuration = { members, limits, retired: [] };
    this.network = new Network({
      time: this.time,
      chance: this.#chance.split('network'),
      plan: network,
      frames,
    });
    for (const { region } of members) this.network.admit(region);
  }

  /** Milliseconds since the start of the run. */
  get elapsedMs(): number {
    return this.time.nowMs - this.plan.startMs;
  }

  /** Whether models run, whose insides nobody can look at. */
  get isModelled(): boolean {
    return this.#makeModel !== undefined;
  }

  /** A stream of chance for one purpose. */
  chance(name: string): Chance {
    return this.#chance.split(name);
  }

  watch(checkers: readonly Checker[]): void {
    this.#checkers = checkers;
    this.#afterWork = checkers.flatMap((checker) => checker.worked?.bind(checker) ?? []);
    this.#afterCheck = checkers.flatMap((checker) => checker.checked?.bind(checker) ?? []);
  }

  /** The clock of the machine that a region runs on. */
  machine(region: RegionId): MachineClock {
    let machine = this.#machines.get(region);
    if (machine === undefined) {
      const clock = this.plan.clocks.find((candidate) => candidate.region === region);
      machine = new MachineClock(this.time, clock?.aheadMs ?? 0, clock?.partsPerMillion ?? 0);
      this.#machines.set(region, machine);
    }
    return machine;
  }

  /** The living processes of a region, the oldest first. */
  living(region: RegionId): readonly Life[] {
    return this.#living.get(region) ?? [];
  }

  /** The disk of the machine that a region runs on. */
  disk(region: RegionId): Storage {
    let disk = this.#disks.get(region);
    if (disk === undefined) {
      disk = this.#newDisk(region);
      this.#disks.set(region, disk);
    }
    return disk;
  }

  /**
   * Starts a process on the region's machine, from what is on its disk. `newCluster` attests that there was no earlier life.
   * The process has started when `run` goes on.
   */
  start(region: RegionId, newCluster: boolean): void {
    this.#boundClock(region);
    const { timing, journaling } = this.plan;
    const { members, limits } = this.configuration;
    const earlier = this.lives.filter((life) => life.region === region).length;
    const chance = this.#chance.split(`life ${region} ${earlier}`);
    const ledger = chance.hex64();
    const make = this.#makeModel;
    const { journal, recovery } =
      journaling && make === undefined
        ? this.disk(region).open(ledger)
        : { journal: undefined, recovery: undefined };
    const life = new Life(
      {
        number: this.lives.length,
        region: { region, ledger, members, limits, timing, newCluster, journaling, recovery },
        journal,
        machine: this.machine(region),
        chance,
        model: make && { make, shelf: this.disk(region).shelf },
      },
      this,
    );
    this.lives.push(life);
    this.#living.set(region, [...this.living(region), life]);
    this.#note(life, 'starts', life.actor, life.recovered ? 'from its journal' : 'without books');
    for (const checker of this.#checkers) checker.started?.(life);
    this.#starting.push(life.start());
    this.time.halt();
  }

  /** Puts a region on another machine, as a second process of the same name may be. */
  rehouse(region: RegionId, aheadMs: number): void {
    this.#machines.set(region, new MachineClock(this.time, aheadMs, 0));
    this.#disks.set(region, this.#newDisk(region));
  }

  /** Ends a process without a word. */
  kill(life: Life): void {
    if (!life.alive) return;
    this.#note(life, 'ends', life.actor);
    life.kill();
    if (this.living(life.region).length === 1) this.disk(life.region).crash();
    this.#bury(life);
  }

  /** Ends a process in good order. */
  stop(life: Life): void {
    if (!life.alive) return;
    this.#note(life, 'stops', life.actor);
    this.#starting.push(life.stop());
    this.#bury(life);
    this.time.halt();
  }

  /** Tells of something that happened to a region. */
  tell(region: RegionId, what: string, ...about: readonly unknown[]): void {
    this.trace.text(what);
    this.recent.note(this.elapsedMs, region, what, ...about);
  }

  /** Sends a request to a region; where two processes have its name, to each in turn. */
  ask(region: RegionId, request: CheckRequest): void {
    const living = this.#living.get(region) ?? [];
    const life = living.length > 1 ? living[this.counts.checks % living.length] : living[0];
    if (life === undefined || this.#failure !== undefined) return;
    if (life.paused) life.hold(() => this.#decide(life, request));
    else this.#decide(life, request);
  }

  /** Lets time pass. Throws what a checker or a region throws. */
  async run(untilMs: number): Promise<void> {
    let arrived = false;
    for (;;) {
      await Promise.all(this.#starting.splice(0));
      if (this.#failure !== undefined) throw this.#failure;
      if (arrived) return;
      arrived = this.time.runUntil(this.plan.startMs + untilMs);
    }
  }

  /** Whether the run goes on. */
  get goesOn(): boolean {
    return this.#failure === undefined;
  }

  /** Lets checkers know what clients did after a decision. */
  tellOf(tell: (checker: Checker) => void): void {
    for (const checker of this.#checkers) tell(checker);
  }

  /** Tells every checker. */
  tellCheckers(moment: 'second' | 'healed' | 'finished'): void {
    for (const checker of this.#checkers) checker[moment]?.();
  }

  work(life: Life, task: () => void): void {
    this.counts.events += 1;
    this.trace.number(this.time.nowMs);
    this.trace.whole(life.number);
    try {
      task();
      if (life.alive) for (const worked of this.#afterWork) worked(life);
    } catch (error) {
      this.#fail(life, error);
    }
  }

  sent(life: Life, to: RegionId | 'all', message: Message): void {
    this.trace.text(to);
    this.trace.value(message);
    this.recent.note(this.elapsedMs, life.region, 'sends', to, message);
    for (const checker of this.#checkers) checker.sent?.(life, to, message);
  }

  logged(life: Life, event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#note(life, event, fields);
    for (const checker of this.#checkers) checker.logged?.(life, event, fields);
  }

  superseded(life: Life): void {
    this.kill(life);
  }

  answered(life: Life, request: CheckRequest, decision: Decision, waitedMs: number): void {
    this.trace.whole(2 * (decision.verdict?.remaining ?? -1) + (decision.allowed ? 1 : 0));
    this.recent.noteCheck(this.elapsedMs, life.region, request, decision);
    for (const checked of this.#afterCheck) checked(life, request, decision, waitedMs);
  }

  #decide(life: Life, request: CheckRequest): void {
    this.counts.checks += 1;
    try {
      const decision = life.driver.check(request);
      if (decision === undefined) return;
      this.answered(life, request, decision, 0);
      this.#holders.granted(life, request, decision);
      if (this.#afterWork.length === 0) return;
      // A check changes what the checkers of work look at only when it is the first to notice a new epoch.
      const { stamp } = life.state;
      if (stamp === life.seenStamp) return;
      life.seenStamp = stamp;
      for (const worked of this.#afterWork) worked(life);
    } catch (error) {
      this.#fail(life, error);
    }
  }

  #fail(life: Life, error: unknown): void {
    this.recent.note(this.elapsedMs, life.region, 'fails', String(error));
    this.#failure ??= error;
    this.time.halt();
  }

  #newDisk(region: RegionId): Storage {
    const chance = this.#chance.split(`disk ${region} ${this.lives.length}`);
    return new Storage(this.time, chance, () => this.machine(region).wallMs);
  }

  /** A clock that fell behind what the last life has read by more than the slack is beyond what the protocol promises for. */
  #boundClock(region: RegionId): void {
    const furthest = this.lives
      .filter((life) => life.region === region)
      .reduce((most, { furthestWallMs }) => Math.max(most, furthestWallMs), Number.NEGATIVE_INFINITY);
    const machine = this.machine(region);
    const behindMs = furthest - CLOCK_SLACK_MS - machine.wallMs;
    if (behindMs > 0) machine.step(behindMs);
  }

  #bury(life: Life): void {
    this.#living.set(
      life.region,
      this.living(life.region).filter((other) => other !== life),
    );
    for (const checker of this.#checkers) checker.ended?.(life);
  }

  #note(life: Life, what: string, ...about: readonly unknown[]): void {
    this.trace.text(what);
    this.recent.note(this.elapsedMs, life.region, what, ...about);
  }
}
