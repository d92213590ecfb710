import { fingerprint } from '../crdt/index.ts';

/**
 * Seeded chance that can be split by name, so that a stream drawn for one purpose never shifts another one.
 *
 * Source: sfc32 of PractRand (Chris Doty-Humphrey, public domain); 128 bits of state, period at least 2^32.
 */
export class Chance {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** The stream called `name`: equal names draw equal numbers. */
  constructor(name: string) {
    this.#name = name;
    this.#a = fingerprint(name, 0);
    this.#b = fingerprint(name, 0x9e3779b9);
    this.#c = fingerprint(name, 0x85ebca6b);
    for (let round = 0; round < 12; round += 1) this.#draw();
  }

  /** A stream of its own, whatever has been drawn from this one. */
  split(name: string): Chance {
    return new Chance(`${this.#name}/${name}`);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#draw() / 0x1_0000_0000;
  }

  /** A whole number in [0, `end`). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Uniform in [`from`, `to`). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** True in `probability` of all cases. */
  happens(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** Exponentially distributed. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** How many of many rare events happen, when `mean` are expected. Above 50 by the normal approximation. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 50) {
      const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
    }
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = this.next(); product > floor; product *= this.next()) count += 1;
    return count;
  }

  /** One of `items`, which are not empty. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** `count` different ones of `items`, in no particular order; all of them when there are fewer. */
  some<Item>(items: readonly Item[], count: number): Item[] {
    const left = [...items];
    const chosen: Item[] = [];
    while (chosen.length < count && left.length > 0) chosen.push(...left.splice(this.below(left.length), 1));
    return chosen;
  }

  /** 64 random bits as 16 hex digits. */
  hex64(): string {
    return [this.#draw(), this.#draw()].map((word) => word.toString(16).padStart(8, '0')).join('');
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}
