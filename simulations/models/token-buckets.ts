import type { Limit } from '../../src/core/limit.ts';
import type { Clock } from '../../src/ports.ts';
import { subject } from './demand.ts';
import type { Counted } from './model.ts';

/** A bucket holds what comes in during this part of the window, and one permit at least. */
const DEPTH_OF_WINDOW = 0.1;

/** How often buckets are filled, in milliseconds: what they fill with changes all the time. */
const FILLED_EVERY_MS = 100;

type Bucket = { readonly limit: Limit; readonly name: string; level: number; atMs: number };

/** A token bucket for every limit and key; how fast each fills is said anew whenever it is filled. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #perSecond: (limit: Limit, name: string) => number;
  readonly #buckets = new Map<string, Bucket>();

  /** `perSecond` says how fast the bucket of a limit's key fills, which has the `name` that `subject` gives. */
  constructor(clock: Clock, perSecond: (limit: Limit, name: string) => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    clock.every(FILLED_EVERY_MS, () => {
      for (const bucket of this.#buckets.values()) this.#fill(bucket);
    });
  }

  /** Takes permits out of every counter's bucket, or out of none where one has too few. */
  take(counted: readonly Counted[], permits: number): boolean {
    const buckets = counted.map((each) => this.#filled(each));
    if (buckets.some(({ level }) => level < permits)) return false;
    for (const bucket of buckets) bucket.level -= permits;
    return true;
  }

  #filled({ limit, key }: Counted): Bucket {
    const name = subject(limit.name, key);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { limit, name, level: 0, atMs: this.#clock.now().monoMs };
      this.#buckets.set(name, bucket);
      bucket.level = depthOf(limit, this.#perSecond(limit, name));
    }
    this.#fill(bucket);
    return bucket;
  }

  #fill(bucket: Bucket): void {
    const { monoMs } = this.#clock.now();
    const perSecond = this.#perSecond(bucket.limit, bucket.name);
    const comesIn = ((monoMs - bucket.atMs) * perSecond) / 1_000;
    bucket.level = Math.min(depthOf(bucket.limit, perSecond), bucket.level + comesIn);
    bucket.atMs = monoMs;
  }
}

function depthOf({ windowMs }: Limit, perSecond: number): number {
  return Math.max(1, (perSecond * DEPTH_OF_WINDOW * windowMs) / 1_000);
}
