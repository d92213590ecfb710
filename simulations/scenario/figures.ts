import type { RegionId } from '../../crdt/index.ts';
import { permitsOf } from '../../src/core/limit.ts';
import type { Truth } from '../checkers/truth.ts';
import type { World } from '../world.ts';
import { promisedIn } from './measured-window.ts';
import type { KeyWindow, Meter } from './meter.ts';
import { type Course, reclaimMs, recoveryMs } from './reclaim.ts';
import { regionsOf, type Scenario } from './scenario.ts';
import { limitIn } from './shares.ts';

/** Permits and messages of one region, or of all. */
export type RegionFigures = {
  readonly region: RegionId;
  readonly offered: number;
  readonly admitted: number;
  readonly denied: number;
  /** Denied permits for which the window had room somewhere. */
  readonly falselyDenied: number;
  /** Permits admitted above the limits, each region's part of them. */
  readonly overAdmitted: number;
  /** What was admitted of what could have been. */
  readonly utilisation: number;
  /** Until the others were entitled to what this region left them when it was lost; undefined where it was not, or not for long. */
  readonly reclaimMs: number | undefined;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
};

/** A stretch of a run, and the limit that is looked at: all when undefined. Milliseconds after the start. */
export type Stretch = { readonly fromMs: number; readonly toMs: number; readonly limit: string | undefined };

export type WorstWindow = {
  readonly limit: string;
  readonly key: string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly offered: number;
  readonly admitted: number;
  readonly most: number;
  /** What could have been admitted: the limit, or what was asked for where that is less. */
  readonly possible: number;
};

/** One window of a limit, over all keys that were asked for in it. */
export type LimitWindow = {
  readonly atMs: number;
  readonly untilMs: number;
  readonly keys: number;
  readonly offered: ReadonlyMap<RegionId, number>;
  readonly admitted: ReadonlyMap<RegionId, number>;
  /** What the limits of these keys come to. */
  readonly most: number;
  /** What could have been admitted: for each key its limit, or what was asked for where that is less. */
  readonly possible: number;
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

  /** One row per region, in the order of the scenario; regions that join come last. */
  regions(): RegionFigures[] {
    const windows = this.#windows(this.measured);
    const seconds = this.#world.elapsedMs / 1_000;
    return regionsOf(this.#scenario.plan).map((region) => {
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
        overAdmitted: sum([...this.#meter.windows.values()], (window) => this.#overAdmitted(window, region)),
        utilisation: admitted + falselyDenied === 0 ? 1 : admitted / (admitted + falselyDenied),
        reclaimMs: this.reclaimMs(region),
        messagesPerSecond: (carried?.messages ?? 0) / seconds,
        bytesPerSecond: (carried?.bytes ?? 0) / seconds,
      };
    });
  }

  /** Permits admitted above the limits, in all windows of the run. */
  overAdmission(): number {
    return sum([...this.#meter.windows.values()], (window) => this.#overAdmitted(window));
  }

  /** What was admitted of what could have been: of the limit, or of what was asked for where that is less. */
  utilisation(stretch: Stretch): number {
    const windows = this.#windows(stretch);
    const possible = sum(windows, (window) => this.#possible(window));
    const used = sum(windows, (window) => Math.min(this.#aim(window), totalOf(window.admitted)));
    return possible === 0 ? 1 : used / possible;
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
    const parts = regionsOf(this.#scenario.plan).flatMap((region) => {
      const offered = sum(windows, (window) => window.offered.get(region) ?? 0);
      return offered === 0 ? [] : [sum(windows, (window) => window.admitted.get(region) ?? 0) / offered];
    });
    const squares = sum(parts, (part) => part * part);
    return squares === 0 ? 1 : sum(parts, (part) => part) ** 2 / (parts.length * squares);
  }

  /** The most that was admitted of one key in one window. */
  peak(stretch: Stretch): number {
    return this.#windows(stretch).reduce((most, { admitted }) => Math.max(most, totalOf(admitted)), 0);
  }

  /** Whether anything was asked for in a stretch. */
  hasWindows(stretch: Stretch): boolean {
    return this.#windows(stretch).length > 0;
  }

  /** The window that was filled worst, or overfilled most; undefined when nothing was asked for. */
  worst(): WorstWindow | undefined {
    let worst: KeyWindow | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const window of this.#windows(this.measured)) {
      const over = this.#overAdmitted(window);
      const room = over > 0 ? -over : totalOf(window.admitted) / this.#possible(window);
      if (!(room < least)) continue;
      least = room;
      worst = window;
    }
    if (worst === undefined) return undefined;
    const { limit, key, atMs, untilMs } = worst;
    return {
      limit: limit.name,
      key,
      atMs,
      untilMs,
      offered: totalOf(worst.offered),
      admitted: totalOf(worst.admitted),
      most: this.#most(worst),
      possible: this.#possible(worst),
    };
  }

  /** Every window of a limit, the first first, whether it is measured or not. */
  windowsOf(limitName: string): LimitWindow[] {
    const byId = Map.groupBy(
      [...this.#meter.windows.values()].filter(({ limit }) => limit.name === limitName),
      ({ windowId }) => windowId,
    );
    return [...byId.values()]
      .map((windows) => this.#together(windows))
      .sort((one, other) => one.atMs - other.atMs);
  }

  /** The longest time that it took the others to be entitled to what lost regions left them; of one region's losses where it is named. */
  reclaimMs(region?: RegionId): number | undefined {
    const { losses } = this.#scenario;
    return reclaimMs(
      this.#course,
      losses.filter(({ regions }) => region === undefined || regions.includes(region)),
    );
  }

  /** The longest time after a loss was over until every region was entitled to its whole share again, in milliseconds. */
  recoveryMs(): number | undefined {
    return recoveryMs(this.#course, this.#scenario.losses);
  }

  messagesPerSecond(): number {
    return this.#carriedPerSecond('messages');
  }

  bytesPerSecond(): number {
    return this.#carriedPerSecond('bytes');
  }

  get #course(): Course {
    const { samples, favourites } = this.#meter;
    const { losses, plan } = this.#scenario;
    return { samples, favourites, losses, startMs: plan.startMs, endMs: this.#world.elapsedMs };
  }

  #carriedPerSecond(what: 'messages' | 'bytes'): number {
    return (
      sum([...this.#world.network.carried.values()], (carried) => carried[what]) /
      (this.#world.elapsedMs / 1_000)
    );
  }

  /** Windows that lie within a stretch; where it is too short for any, those that it touches. */
  #windows({ fromMs, toMs, limit }: Stretch): KeyWindow[] {
    const all = [...this.#meter.windows.values()].filter(
      (window) => limit === undefined || window.limit.name === limit,
    );
    const whole = all.filter((window) => window.atMs >= fromMs && window.untilMs <= toMs);
    if (whole.length > 0) return whole;
    return all.filter((window) => window.atMs < toMs && window.untilMs > fromMs);
  }

  #together(windows: readonly KeyWindow[]): LimitWindow {
    const [first] = windows;
    return {
      atMs: first?.atMs ?? 0,
      untilMs: first?.untilMs ?? 0,
      keys: windows.length,
      offered: joined(windows.map(({ offered }) => offered)),
      admitted: joined(windows.map(({ admitted }) => admitted)),
      most: sum(windows, (window) => this.#most(window)),
      possible: sum(windows, (window) => this.#possible(window)),
    };
  }

  /** What was promised never to be exceeded: the limit as the version has it that all had adopted. */
  #most({ limit, windowId, key }: KeyWindow): number {
    return promisedIn(this.#truth, limit, windowId, key);
  }

  /** What is there for the taking: the limit, or what operators had written by then where that is less already. */
  #aim(window: KeyWindow): number {
    const { limit, key, atMs } = window;
    const most = limit.isWindowed ? this.#most(window) : permitsOf(limit, key);
    const change = this.#scenario.plan.faults.findLast(
      (fault) => fault.kind === 'change' && fault.atMs <= atMs,
    );
    if (change?.kind !== 'change') return most;
    const written = limitIn(change.configuration, limit.name);
    return written === undefined ? most : Math.min(most, permitsOf(written, key));
  }

  #possible(window: KeyWindow): number {
    return Math.min(this.#aim(window), totalOf(window.offered));
  }

  /** Permits above the limit; of one region, in proportion to what it admitted. */
  #overAdmitted(window: KeyWindow, region?: RegionId): number {
    const admitted = totalOf(window.admitted);
    const over = Math.max(0, admitted - this.#most(window));
    if (region === undefined || over === 0) return over;
    return (over * (window.admitted.get(region) ?? 0)) / admitted;
  }

  #falselyDenied(window: KeyWindow, region?: RegionId): number {
    const offered = totalOf(window.offered);
    const admitted = totalOf(window.admitted);
    const falsely = Math.max(0, this.#possible(window) - admitted);
    if (region === undefined || offered === admitted) return falsely;
    const own = (window.offered.get(region) ?? 0) - (window.admitted.get(region) ?? 0);
    return (falsely * own) / (offered - admitted);
  }
}

/** What all regions come to. */
export function totalOf(amounts: ReadonlyMap<RegionId, number>): number {
  let total = 0;
  for (const amount of amounts.values()) total += amount;
  return total;
}

function joined(maps: readonly ReadonlyMap<RegionId, number>[]): Map<RegionId, number> {
  const all = new Map<RegionId, number>();
  for (const map of maps) {
    for (const [region, amount] of map) all.set(region, (all.get(region) ?? 0) + amount);
  }
  return all;
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
