/**
 * Counters named by window id and key. The window id is part of a counter's identity, so nothing is ever reset;
 * windows below the low-water mark are forgotten whole and never created again, so no tombstones are needed
 * and a late message touches no other window.
 */
export class WindowCounters<Counter> {
  readonly #windows = new Map<number, Map<string, Counter>>();
  readonly #create: (window: number, key: string) => Counter;
  #lowWater = Number.NEGATIVE_INFINITY;

  /** `create` makes the counter of a name that is met for the first time. */
  constructor(create: (window: number, key: string) => Counter) {
    this.#create = create;
  }

  /** The lowest window id that may still exist. */
  get lowWater(): number {
    return this.#lowWater;
  }

  /** How many counters exist. */
  get size(): number {
    let sum = 0;
    for (const counters of this.#windows.values()) sum += counters.size;
    return sum;
  }

  /** The counter of that name, if there is one. */
  find(window: number, key: string): Counter | undefined {
    return this.#windows.get(window)?.get(key);
  }

  /** The counter of that name, made when missing; undefined for a closed window. */
  open(window: number, key: string): Counter | undefined {
    const counters = this.window(window);
    if (counters === undefined) return undefined;
    let counter = counters.get(key);
    if (counter === undefined) {
      counter = this.#create(window, key);
      counters.set(key, counter);
    }
    return counter;
  }

  /** All counters of one window by key, live, for a caller that stays in that window; undefined for a closed one. */
  window(window: number): Map<string, Counter> | undefined {
    if (window < this.#lowWater) return undefined;
    let counters = this.#windows.get(window);
    if (counters === undefined) {
      counters = new Map();
      this.#windows.set(window, counters);
    }
    return counters;
  }

  /** Raises the low-water mark (it never falls) and forgets every window below it; returns how many counters that were. */
  closeBelow(window: number): number {
    if (window <= this.#lowWater) return 0;
    this.#lowWater = window;
    let forgotten = 0;
    for (const [open, counters] of this.#windows) {
      if (open >= window) continue;
      forgotten += counters.size;
      this.#windows.delete(open);
    }
    return forgotten;
  }

  /** Every window that exists, with its counters by key. */
  windows(): Iterable<readonly [number, ReadonlyMap<string, Counter>]> {
    return this.#windows;
  }
}
