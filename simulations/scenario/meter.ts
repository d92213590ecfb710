import type { RegionId } from '../../crdt/index.ts';
import { standingOf } from '../../src/core/algorithms/fixed-window.ts';
import { keyHash } from '../../src/core/counter.ts';
import type { CheckRequest, Decision, Verdict } from '../../src/core/decision.ts';
import { entitlement } from '../../src/core/entitlement.ts';
import type { Limit } from '../../src/core/limit.ts';
import { windowIdOf } from '../../src/core/window.ts';
import { windowOf } from '../checkers/admissions.ts';
import type { Checker } from '../checkers/checker.ts';
import type { Life } from '../life.ts';
import type { World } from '../world.ts';

/** How often entitlements are looked at, in milliseconds. */
const SAMPLE_MS = 100;

/** Permits of one key in one window: what was asked for, let through and refused, by region. */
export type KeyWindow = {
  readonly limit: Limit;
  readonly windowId: number;
  readonly key: string;
  readonly offered: Map<RegionId, number>;
  readonly admitted: Map<RegionId, number>;
};

/** What regions were entitled to of one limit's favourite key at one time. */
export type Sample = {
  readonly atMs: number;
  readonly limit: string;
  readonly entitled: ReadonlyMap<RegionId, number>;
};

/** What a second looked like in one region, in permits. */
export type Second = { offered: number; admitted: number };

/** Measures a run as its clients and operators would see it. */
export class Meter implements Checker {
  readonly windows = new Map<string, KeyWindow>();
  readonly samples: Sample[] = [];
  readonly seconds = new Map<RegionId, Second[]>();
  readonly #world: World;
  readonly #favourites = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
    const sample = () => {
      world.time.after(SAMPLE_MS, sample);
      this.#sample();
    };
    world.time.after(SAMPLE_MS, sample);
  }

  checked({ region }: Life, { permits }: CheckRequest, { allowed, verdicts }: Decision): void {
    const second = this.#second(region);
    second.offered += permits;
    if (allowed) second.admitted += permits;
    for (const verdict of verdicts) {
      const window = this.#window(verdict);
      add(window.offered, region, permits);
      if (allowed) add(window.admitted, region, permits);
    }
  }

  #second(region: RegionId): Second {
    let seconds = this.seconds.get(region);
    if (seconds === undefined) {
      seconds = [];
      this.seconds.set(region, seconds);
    }
    const at = Math.floor(this.#world.elapsedMs / 1_000);
    let second = seconds[at];
    if (second === undefined) {
      second = { offered: 0, admitted: 0 };
      seconds[at] = second;
    }
    return second;
  }

  #window(verdict: Verdict): KeyWindow {
    const { limit, key } = verdict;
    if (!this.#favourites.has(limit.name)) this.#favourites.set(limit.name, key);
    const windowId = windowOf(verdict);
    const name = `${limit.name}\n${limit.windowMs}\n${windowId}\n${key}`;
    let window = this.windows.get(name);
    if (window === undefined) {
      window = { limit, windowId, key, offered: new Map(), admitted: new Map() };
      this.windows.set(name, window);
    }
    return window;
  }

  #sample(): void {
    for (const [limit, key] of this.#favourites) {
      const entitled = new Map<RegionId, number>();
      for (const { region } of this.#world.configuration.members) {
        for (const { state } of this.#world.living(region)) {
          const books = state.books.get(limit);
          if (books === undefined) continue;
          const windowId = windowIdOf(books.limit.windowMs, state.wallMs);
          add(entitled, region, entitlement(standingOf(state, books.limit, windowId), keyHash(key)));
        }
      }
      this.samples.push({ atMs: this.#world.elapsedMs, limit, entitled });
    }
  }
}

function add(map: Map<RegionId, number>, region: RegionId, amount: number): void {
  map.set(region, (map.get(region) ?? 0) + amount);
}
