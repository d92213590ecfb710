import type { RegionId } from '../crdt/index.ts';
import type { Life } from './life.ts';
import type { Fault, LinkName } from './plan.ts';
import type { World } from './world.ts';

/** A process that was superseded by one that is gone too is started again by its supervisor after this long. */
const SUPERVISOR_MS = 2_000;

/** A member that is no longer in the configuration is stopped after this long. */
const LEAVING_MS = 6_000;

/** Lets the faults of a plan happen when they are due, and mends whatever is still wrong in the end. */
export class Faults {
  readonly #world: World;
  readonly #mends = new Set<() => void>();
  readonly #down = new Set<RegionId>();
  readonly #dead = new Set<RegionId>();
  #over = false;

  constructor(world: World) {
    this.#world = world;
    for (const fault of world.plan.faults) this.#at(fault.atMs, () => this.#begin(fault));
    this.#supervise();
  }

  /** Ends every fault: links carry, clocks are right, processes go on or are started, unless they died for good. */
  mend(): void {
    this.#over = true;
    for (const mend of [...this.#mends]) mend();
    const { plan, configuration } = this.#world;
    for (const { region } of configuration.members) {
      const clock = plan.clocks.find((candidate) => candidate.region === region);
      this.#world.machine(region).correct(Math.max(-100, Math.min(100, clock?.aheadMs ?? 0)));
      this.#startIfMissing(region);
    }
  }

  #begin(fault: Fault): void {
    if (this.#over) return;
    const world = this.#world;
    if ('region' in fault && this.#dead.has(fault.region)) return;
    world.tell('region' in fault ? fault.region : '*', `fault ${fault.kind}`, fault);
    switch (fault.kind) {
      case 'crash':
      case 'restart':
      case 'death':
      case 'pause':
      case 'twin':
      case 'change':
        this.#strike(fault);
        break;
      case 'step':
      case 'drift':
      case 'sway':
      case 'disk':
        this.#mislead(fault);
        break;
      default:
        this.#disturb(fault);
    }
  }

  /** What befalls processes. */
  #strike(
    fault: Extract<Fault, { kind: 'crash' | 'restart' | 'death' | 'pause' | 'twin' | 'change' }>,
  ): void {
    const world = this.#world;
    switch (fault.kind) {
      case 'crash':
        this.#takeDown(fault.region, fault.forMs, (life) => world.kill(life));
        world.machine(fault.region).step(-fault.clockBackMs);
        if (fault.losesDisk) world.disk(fault.region).lose();
        break;
      case 'restart':
        this.#takeDown(fault.region, fault.forMs, (life) => world.stop(life));
        break;
      case 'death':
        this.#dead.add(fault.region);
        for (const life of world.living(fault.region)) world.kill(life);
        break;
      case 'pause':
        this.#pause(fault);
        break;
      case 'twin':
        this.#twin(fault.region, fault.aheadMs);
        break;
      case 'change':
        this.#change(fault);
    }
  }

  /** What befalls clocks and disks. */
  #mislead(fault: Extract<Fault, { kind: 'step' | 'drift' | 'sway' | 'disk' }>): void {
    const machine = this.#world.machine(fault.region);
    switch (fault.kind) {
      case 'step':
        machine.step(fault.byMs);
        break;
      case 'drift':
        machine.drift(fault.partsPerMillion);
        this.#during(fault.forMs, () => machine.drift(0));
        break;
      case 'sway':
        machine.sway(fault);
        this.#during(fault.forMs, () => machine.sway(undefined));
        break;
      case 'disk': {
        const disk = this.#world.disk(fault.region);
        disk.setMood(fault.mood);
        this.#during(fault.forMs, () => disk.setMood('well'));
      }
    }
  }

  /** What befalls messages. */
  #disturb(fault: Extract<Fault, { kind: 'cut' | 'flap' | 'clog' | 'noise' | 'slow' }>): void {
    const { network, elapsedMs } = this.#world;
    switch (fault.kind) {
      case 'cut':
        this.#during(fault.forMs, this.#cut(fault.links, fault.burst));
        break;
      case 'flap':
        this.#flap(fault, elapsedMs + fault.forMs);
        break;
      case 'clog':
        this.#during(fault.forMs, all(fault.links.map((link) => network.link(link).clog())));
        break;
      case 'noise':
        this.#during(fault.forMs, network.disturb(fault));
        break;
      case 'slow':
        network.slowDown(fault.region, fault.messagesPerSecond);
        this.#during(fault.forMs, () => network.slowDown(fault.region, undefined));
    }
  }

  #takeDown(region: RegionId, forMs: number, end: (life: Life) => void): void {
    if (this.#down.has(region)) return;
    this.#down.add(region);
    for (const life of this.#world.living(region)) end(life);
    this.#during(forMs, () => {
      this.#down.delete(region);
      this.#startIfMissing(region);
    });
  }

  /** A region with two processes is not paused: one that slept through its succession would break the lock it no longer holds. */
  #pause({ region, forMs }: Extract<Fault, { kind: 'pause' }>): void {
    const living = this.#world.living(region);
    if (living.length !== 1) return;
    for (const life of living) life.pause();
    this.#during(forMs, () => {
      for (const life of living) life.resume();
    });
  }

  #twin(region: RegionId, aheadMs: number): void {
    const living = this.#world.living(region);
    if (living.length !== 1 || living.some(({ paused }) => paused) || !this.#isMember(region)) return;
    this.#world.rehouse(region, this.#world.machine(region).aheadMs + aheadMs);
    this.#world.start(region, false);
  }

  /** New members start when an operator adds them; members that leave are stopped some time after. */
  #change({ region, configuration }: Extract<Fault, { kind: 'change' }>): void {
    const world = this.#world;
    const publisher = world.living(region).find(({ paused }) => !paused);
    if (publisher === undefined) return;
    const before = world.configuration.members.map((member) => member.region);
    const after = configuration.members.map((member) => member.region);
    world.configuration = configuration;
    world.work(publisher, () => publisher.driver.publish(configuration));
    for (const joining of after.filter((each) => !before.includes(each))) {
      this.#dead.delete(joining);
      world.network.admit(joining);
      if (world.living(joining).length === 0) world.start(joining, false);
    }
    for (const leaving of before.filter((each) => !after.includes(each))) {
      this.#world.time.after(LEAVING_MS, () => {
        if (world.configuration.members.some((member) => member.region === leaving)) return;
        this.#dead.add(leaving);
        for (const life of world.living(leaving)) world.kill(life);
      });
    }
  }

  #cut(links: readonly LinkName[], burst: boolean): () => void {
    return all(links.map((link) => this.#world.network.link(link).cut(burst)));
  }

  #flap(fault: Extract<Fault, { kind: 'flap' }>, untilMs: number): void {
    const { links, periodMs, downPart } = fault;
    if (this.#over || this.#world.elapsedMs >= untilMs) return;
    this.#during(periodMs * downPart, this.#cut(links, false));
    this.#world.time.after(periodMs, () => this.#flap(fault, untilMs));
  }

  #at(atMs: number, task: () => void): void {
    this.#world.time.after(atMs - this.#world.elapsedMs, task);
  }

  /** Calls `mend` after a while, or when all is mended, whichever comes first. */
  #during(forMs: number, mend: () => void): void {
    const once = () => {
      if (this.#mends.delete(once)) mend();
    };
    this.#mends.add(once);
    this.#world.time.after(forMs, once);
  }

  /** Starts a process for a member that has none, unless it died for good. */
  #startIfMissing(region: RegionId): void {
    const world = this.#world;
    if (this.#isMember(region) && !this.#dead.has(region) && world.living(region).length === 0)
      world.start(region, false);
  }

  #isMember(region: RegionId): boolean {
    return this.#world.configuration.members.some((member) => member.region === region);
  }

  /** Starts what has ended by itself. */
  #supervise(): void {
    this.#world.time.after(SUPERVISOR_MS, () => {
      for (const { region } of this.#world.configuration.members) {
        if (!this.#down.has(region)) this.#startIfMissing(region);
      }
      this.#supervise();
    });
  }
}

function all(ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}
