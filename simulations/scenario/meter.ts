import type { RegionId } from '../../crdt/index.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import type { Limit } from '../../src/core/limit.ts';
import type { Configuration } from '../../src/core/version.ts';
import type { Checker, Refund } from '../checkers/checker.ts';
import type { Life } from '../life.ts';
import type { World } from '../world.ts';
import { measuredWindow } from './measured-window.ts';
import { limitIn, shareOf } from './shares.ts';

/** How often shares are looked at, in milliseconds; seldomer in a run so long that there would be too many samples. */
const SAMPLE_MS = 100;
const SAMPLES_MAX = 20_000;

/** Permits of one key in one window: what was asked for, let through and refused, by region. */
export type KeyWindow = {
  readonly limit: Limit;
  /** Of the measured window. */
  readonly windowId: number;
  readonly key: string;
  /** Milliseconds after the start: a window may begin before it. */
  readonly atMs: number;
  readonly untilMs: number;
  readonly offered: Map<RegionId, number>;
  readonly admitted: Map<RegionId, number>;
};

/** What regions were entitled to of one limit's favourite key at one time. */
export type Sample = {
  readonly atMs: number;
  readonly limit: string;
  readonly entitled: ReadonlyMap<RegionId, number>;
  /** The same with what was lent. */
  readonly held: ReadonlyMap<RegionId, number>;
  /** When the window began that these are of, which is the current one by each region's own clock. */
  readonly windowsAtMs: ReadonlyMap<RegionId, number>;
  /** From when to when the window lasts that is current by true time, and what was asked for and let through in it until now, of all keys. */
  readonly windowAtMs: number;
  readonly windowUntilMs: number;
  readonly offered: ReadonlyMap<RegionId, number>;
  readonly admitted: ReadonlyMap<RegionId, number>;
  /** What operators had last written. */
  readonly configuration: Configuration;
};

type Amounts = { readonly offered: Map<RegionId, number>; readonly admitted: Map<RegionId, number> };

/** Measures a run as its clients and operators would see it. */
export class Meter implements Checker {
  readonly windows = new Map<string, KeyWindow>();
  readonly samples: Sample[] = [];
  /** The key of each limit that was asked for first: the one whose shares are looked at. */
  readonly favourites = new Map<string, string>();
  readonly #world: World;
  readonly #sums = new Map<string, Amounts>();

  constructor(world: World) {
    this.#world = world;
    // A model shows no shares.
    if (world.isModelled) return;
    const everyMs = Math.ceil(world.plan.faultyMs / SAMPLES_MAX / SAMPLE_MS) * SAMPLE_MS;
    const sample = () => {
      world.time.after(everyMs, sample);
      this.#sample();
    };
    world.time.after(everyMs, sample);
  }

  checked({ region }: Life, { permits }: CheckRequest, { allowed, verdicts }: Decision): void {
    for (const verdict of verdicts) {
      const { limit, key, windowId } = verdict;
      const window = this.#window(limit, key, limit.windows.startMs(windowId));
      const sums = this.#sumsOf(window.limit.name, window.windowId);
      add(window.offered, region, permits);
      add(sums.offered, region, permits);
      // A limit in shadow mode lets more through than it admits.
      if (!allowed || !verdict.allowed) continue;
      add(window.admitted, region, permits);
      add(sums.admitted, region, permits);
    }
  }

  /** What was given back counts as never asked for. */
  refunded({ region, state }: Life, refunds: readonly Refund[]): void {
    for (const { limit, key, permits } of refunds) {
      const window = this.#window(limit, key, state.wallMs);
      for (const amounts of [window, this.#sumsOf(limit.name, window.windowId)]) {
        add(amounts.offered, region, -permits);
        add(amounts.admitted, region, -permits);
      }
    }
  }

  #window(limit: Limit, key: string, wallMs: number): KeyWindow {
    if (!this.favourites.has(limit.name)) this.favourites.set(limit.name, key);
    const { id, startMs, endMs } = measuredWindow(limit, wallMs);
    const name = `${limit.id}\n${id}\n${key}`;
    let window = this.windows.get(name);
    if (window === undefined) {
      const atMs = startMs - this.#world.plan.startMs;
      const untilMs = endMs - this.#world.plan.startMs;
      window = { limit, windowId: id, key, atMs, untilMs, offered: new Map(), admitted: new Map() };
      this.windows.set(name, window);
    }
    return window;
  }

  #sumsOf(limit: string, windowId: number): Amounts {
    const name = `${limit}\n${windowId}`;
    let sums = this.#sums.get(name);
    if (sums === undefined) {
      sums = { offered: new Map(), admitted: new Map() };
      this.#sums.set(name, sums);
    }
    return sums;
  }

  #sample(): void {
    for (const [name, key] of this.favourites) {
      const limit = limitIn(this.#world.configuration, name);
      if (limit !== undefined) this.samples.push(this.#sampleOf(limit, key));
    }
  }

  #sampleOf(limit: Limit, key: string): Sample {
    const { configuration, plan, time, elapsedMs } = this.#world;
    const entitled = new Map<RegionId, number>();
    const held = new Map<RegionId, number>();
    const windowsAtMs = new Map<RegionId, number>();
    for (const { region } of configuration.members) {
      for (const { state } of this.#world.living(region)) {
        const share = shareOf(state, limit.name, key);
        if (share === undefined) continue;
        add(entitled, region, share.entitled);
        add(held, region, share.held);
        windowsAtMs.set(region, measuredWindow(limit, state.wallMs).startMs - plan.startMs);
      }
    }
    const { id, startMs, endMs } = measuredWindow(limit, time.nowMs);
    const { offered, admitted } = this.#sumsOf(limit.name, id);
    return {
      atMs: elapsedMs,
      limit: limit.name,
      entitled,
      held,
      windowsAtMs,
      windowAtMs: startMs - plan.startMs,
      windowUntilMs: endMs - plan.startMs,
      offered: new Map(offered),
      admitted: new Map(admitted),
      configuration,
    };
  }
}

function add(map: Map<RegionId, number>, region: RegionId, amount: number): void {
  map.set(region, (map.get(region) ?? 0) + amount);
}
