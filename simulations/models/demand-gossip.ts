import type { RegionId } from '../../crdt/index.ts';
import { Demand, subject } from './demand.ts';
import type { Counted, ModelPorts } from './model.ts';

/** An estimate is told when it has changed by this part, and anyway every so many rounds: messages are lost. */
const CHANGED_PART = 0.05;
const TOLD_AGAIN_ROUNDS = 10;

/** What a limiter sends in every round: its demand, in permits a second. */
export type Estimates = readonly (readonly [limit: string, key: string, perSecond: number])[];

/** Demand as limiters tell each other, all to all. That of a limiter which is silent for the suspicion time is left out. */
export class DemandGossip {
  readonly #ports: ModelPorts<Estimates>;
  readonly #own: Demand;
  readonly #told = new Map<string, number>();
  readonly #heard = new Map<RegionId, { atMs: number; readonly perSecond: Map<string, number> }>();
  #round = 0;

  constructor(ports: ModelPorts<Estimates>) {
    this.#ports = ports;
    this.#own = new Demand(ports.clock);
    ports.clock.every(ports.timing.deltaMs, () => this.#tell());
  }

  note(counted: readonly Counted[], permits: number): void {
    for (const each of counted) this.#own.note(each, permits);
  }

  hear(from: RegionId, estimates: Estimates): void {
    let heard = this.#heard.get(from);
    if (heard === undefined) {
      heard = { atMs: 0, perSecond: new Map() };
      this.#heard.set(from, heard);
    }
    heard.atMs = this.#ports.clock.now().monoMs;
    for (const [limit, key, perSecond] of estimates) heard.perSecond.set(subject(limit, key), perSecond);
  }

  /** Demand here and everywhere, as of the last round, for a limit's key by the name that `subject` gives it. */
  of(name: string): { readonly here: number; readonly everywhere: number } {
    const here = this.#own.perSecond(name);
    const heardFromMs = this.#ports.clock.now().monoMs - this.#ports.timing.suspicionMs;
    let everywhere = here;
    for (const { atMs, perSecond } of this.#heard.values()) {
      if (atMs >= heardFromMs) everywhere += perSecond.get(name) ?? 0;
    }
    return { here, everywhere };
  }

  #tell(): void {
    this.#own.update();
    this.#round += 1;
    const isDue = this.#round % TOLD_AGAIN_ROUNDS === 0;
    const estimates: Estimates[number][] = [];
    const asked = new Set<string>();
    for (const { limit, key, name, perSecond } of this.#own.all()) {
      asked.add(name);
      const told = this.#told.get(name) ?? 0;
      if (!isDue && Math.abs(perSecond - told) <= CHANGED_PART * told) continue;
      this.#told.set(name, perSecond);
      estimates.push([limit.name, key, perSecond]);
    }
    for (const name of this.#told.keys()) {
      if (asked.has(name)) continue;
      // Told a last time that there is no demand any more; forgotten only when everybody should have heard of it.
      const [limit = '', key = ''] = name.split('\n');
      estimates.push([limit, key, 0]);
      if (isDue) this.#told.delete(name);
    }
    this.#ports.send('all', estimates);
  }
}
