import type { RegionId } from '../../crdt/index.ts';
import { seatMembers } from '../../src/core/cluster.ts';
import { keyHash, thetaOf } from '../../src/core/counter.ts';
import { baseOf, leasedOf } from '../../src/core/entitlement.ts';
import { compileLimit } from '../../src/core/limit.ts';
import type { Truth } from '../checkers/truth.ts';
import type { World } from '../world.ts';
import type { KeyWindow, Meter } from './meter.ts';
import type { Loss, Scenario } from './scenario.ts';

/** Where nothing happened within this time, it is not that there was no time for it. */
const LONG_ENOUGH_MS = 8_000;

/** Permits and messages of one region, or of all. */
export type RegionFigures = {
  readonly region: RegionId;
  readonly offered: number;
  readonly admitted: number;
  readonly denied: number;
  /** Denied permits for which the window had room somewhere. */
  readonly falselyDenied: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
};

/** A stretch of a run, and the limit that is looked at: all when undefined. Milliseconds after the start. */
export type Stretch = { readonly fromMs: number; readonly toMs: number; readonly limit: string | undefined };

export type WorstWindow = {
  readonly limit: string;
  readonly key: string;
  readonly atMs: number;
  readonly admitted: number;
  readonly most: number;
};

/** Everything that a run's clients and operators would have noticed, in figures. */
export class Figures {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #meter: Meter;
  readonly #scenario: Scenario;

  constructor(
    scenario: Scenario,
    { world, truth, meter }: { readonly world: World; readonly truth: Truth; readonly meter: Meter },
  ) {
    this.#scenario = scenario;
    this.#world = world;
    this.#truth = truth;
    this.#meter = meter;
  }

  /** The part of a run that is measured when nothing else is said. */
  get measured(): Stretch {
    return { fromMs: this.#scenario.warmUpMs, toMs: this.#world.elapsedMs, limit: undefined };
  }

  /** One row per region, in the order of the scenario. */
  regions(): RegionFigures[] {
    const windows = this.#windows(this.measured);
    const seconds = this.#world.elapsedMs / 1_000;
    return this.#world.plan.members.map(({ region }) => {
      const offered = sum(windows, (window) => window.offered.get(region) ?? 0);
      const admitted = sum(windows, (window) => window.admitted.get(region) ?? 0);
      const falselyDenied = sum(windows, (window) => this.#falselyDenied(window, region));
      const carried = this.#world.network.carried.get(region);
      return {
        region,
        offered,
        admitted,
        denied: offered - admitted,
        falselyDenied,
        messagesPerSecond: (carried?.messages ?? 0) / seconds,
        bytesPerSecond: (carried?.bytes ?? 0) / seconds,
      };
    });
  }

  /** Permits admitted above the limits, in all windows of the run. */
  overAdmission(): number {
    return sum([...this.#meter.windows.values()], (window) =>
      Math.max(0, totalOf(window.admitted) - this.#most(window)),
    );
  }

  /** What was admitted of what could have been: of the limit, or of what was asked for where that is less. */
  utilisation(stretch: Stretch): number {
    const windows = this.#windows(stretch);
    const possible = sum(windows, (window) => Math.min(this.#most(window), totalOf(window.offered)));
    return possible === 0 ? 1 : sum(windows, (window) => totalOf(window.admitted)) / possible;
  }

  /** Denied permits for which there was room somewhere, as a part of what was asked for. */
  falseDenials(stretch: Stretch): number {
    const windows = this.#windows(stretch);
    const offered = sum(windows, (window) => totalOf(window.offered));
    return offered === 0 ? 0 : sum(windows, (window) => this.#falselyDenied(window)) / offered;
  }

  /** Jain's index over the part of its demand that each region got: 1 when all got the same part, 1/n when one got all. */
  fairness(stretch: Stretch): number {
    const windows = this.#windows(stretch);
    const parts = this.#world.plan.members.flatMap(({ region }) => {
      const offered = sum(windows, (window) => window.offered.get(region) ?? 0);
      return offered === 0 ? [] : [sum(windows, (window) => window.admitted.get(region) ?? 0) / offered];
    });
    const squares = sum(parts, (part) => part * part);
    return squares === 0 ? 1 : sum(parts, (part) => part) ** 2 / (parts.length * squares);
  }

  /** The window that was filled worst, or overfilled most; undefined when nothing was asked for. */
  worst(): WorstWindow | undefined {
    let worst: WorstWindow | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const window of this.#windows(this.measured)) {
      const [admitted, most] = [totalOf(window.admitted), this.#most(window)];
      const room = admitted > most ? most - admitted : admitted / Math.min(most, totalOf(window.offered));
      if (!(room < least)) continue;
      least = room;
      worst = { limit: window.limit.name, key: window.key, atMs: this.#startOf(window), admitted, most };
    }
    return worst;
  }

  /**
   * The longest time after a loss until the others were entitled to all that it leaves them, in milliseconds; infinite where that never
   * came, undefined where no loss lasted long enough to tell.
   */
  reclaimMs(): number | undefined {
    return longest(
      this.#scenario.losses.map((loss) =>
        this.#reached(loss.atMs, loss.untilMs, (limit) => this.#left(limit, loss), loss.regions),
      ),
    );
  }

  /** The longest time after a loss was over until all were entitled to the whole limit again, in milliseconds. */
  recoveryMs(): number | undefined {
    const { losses } = this.#scenario;
    const healed = losses
      .map(({ untilMs }) => untilMs)
      .filter(
        (at) => at < this.#world.elapsedMs && !losses.some((other) => other.atMs <= at && other.untilMs > at),
      );
    return longest(
      healed.map((at) => this.#reached(at, this.#world.elapsedMs, (limit) => this.#specOf(limit).limit, [])),
    );
  }

  messagesPerSecond(): number {
    return sum(this.regions(), ({ messagesPerSecond }) => messagesPerSecond);
  }

  bytesPerSecond(): number {
    return sum(this.regions(), ({ bytesPerSecond }) => bytesPerSecond);
  }

  #windows({ fromMs, toMs, limit }: Stretch): KeyWindow[] {
    return [...this.#meter.windows.values()].filter((window) => {
      const startMs = this.#startOf(window);
      if (limit !== undefined && window.limit.name !== limit) return false;
      return startMs >= fromMs && startMs + window.limit.windowMs <= toMs;
    });
  }

  #startOf({ limit, windowId }: KeyWindow): number {
    return windowId * limit.windowMs - this.#world.plan.startMs;
  }

  #most(window: KeyWindow): number {
    const most = this.#truth.most(window, window.key);
    return most === Number.POSITIVE_INFINITY ? window.limit.limit : most;
  }

  #falselyDenied(window: KeyWindow, region?: RegionId): number {
    const offered = totalOf(window.offered);
    const admitted = totalOf(window.admitted);
    const falsely = Math.max(0, Math.min(offered, this.#most(window)) - admitted);
    if (region === undefined || offered === admitted) return falsely;
    const own = (window.offered.get(region) ?? 0) - (window.admitted.get(region) ?? 0);
    return (falsely * own) / (offered - admitted);
  }

  /** Milliseconds from `atMs` until the regions that are not lost were entitled to `enough` of every limit. */
  #reached(
    atMs: number,
    untilMs: number,
    enough: (limit: string) => number,
    lost: readonly RegionId[],
  ): number | undefined {
    const limits = new Set(this.#meter.samples.map(({ limit }) => limit));
    const times = [...limits].map((limit) => {
      const found = this.#meter.samples.find((sample) => {
        if (sample.limit !== limit || sample.atMs <= atMs || sample.atMs > untilMs) return false;
        let entitled = 0;
        for (const [region, permits] of sample.entitled) if (!lost.includes(region)) entitled += permits;
        return entitled >= enough(limit);
      });
      return found === undefined ? Number.POSITIVE_INFINITY : found.atMs - atMs;
    });
    if (times.length === 0) return undefined;
    const time = Math.max(...times);
    return time === Number.POSITIVE_INFINITY && untilMs - atMs < LONG_ENOUGH_MS ? undefined : time;
  }

  /** What a loss leaves to the others: all but the floors of the lost, and a unit for each that rounding may keep. */
  #left(name: string, { regions }: Loss): number {
    const spec = this.#specOf(name);
    const limit = compileLimit(spec);
    const cluster = seatMembers(this.#world.configuration.members);
    const [window] = [...this.#meter.windows.values()].filter((candidate) => candidate.limit.name === name);
    const theta = thetaOf(keyHash(window?.key ?? ''), cluster.weightSum);
    const floors = sum(
      cluster.seats.filter(({ region }) => regions.includes(region)),
      (seat) => {
        const base = baseOf(cluster, seat, spec.limit, theta);
        return base - leasedOf(limit, base);
      },
    );
    return spec.limit - floors - cluster.seats.length;
  }

  #specOf(name: string) {
    const spec = this.#world.configuration.limits.find((limit) => limit.name === name);
    if (spec === undefined) throw new RangeError(`there is no limit ${name}`);
    return spec;
  }
}

function totalOf(amounts: ReadonlyMap<RegionId, number>): number {
  let total = 0;
  for (const amount of amounts.values()) total += amount;
  return total;
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

function longest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
