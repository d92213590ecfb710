import type { RegionId } from '../crdt/index.ts';
import type { CheckRequest } from '../src/core/decision.ts';
import type { Chance } from './chance.ts';

/** How a load changes over time. Times are milliseconds after the start of the run. */
export type LoadShape =
  /** Evenly spaced. */
  | { readonly kind: 'steady' }
  | { readonly kind: 'poisson' }
  /** On and off, at the same mean; every region keeps its own beat. */
  | { readonly kind: 'bursty'; readonly onMs: number; readonly offMs: number }
  /** A sine around the mean, never below 0, that reaches each region later than the one before: the sun goes round once a day. */
  | { readonly kind: 'diurnal'; readonly dayMs: number; readonly depth: number }
  /** Everything comes from one region, and after a while from the next. */
  | { readonly kind: 'roaming'; readonly everyMs: number }
  /** `factor` times as much for a while. */
  | { readonly kind: 'flash'; readonly atMs: number; readonly forMs: number; readonly factor: number };

/** Requests that clients send: who asks for what, and how often. */
export type Load = {
  readonly resource: string;
  /** Dimensions that every request carries. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** One more dimension whose values differ: `count` of them, the n-th asked for in proportion to n^−skew. */
  readonly keys: {
    readonly dimension: string;
    readonly count: number;
    readonly skew: number;
    /** The favourite key is another one after so long; 0 never. */
    readonly moveMs: number;
  };
  /** Each request asks for a whole number of permits in these bounds. */
  readonly permits: readonly [least: number, most: number];
  /** Requests a second from all regions together. */
  readonly perSecond: number;
  /** Where they come from, in proportion; regions that are not named send none. */
  readonly origins: readonly (readonly [region: RegionId, part: number])[];
  readonly shape: LoadShape;
  readonly fromMs: number;
  readonly untilMs: number;
};

/** One request as it was recorded, so many milliseconds after the start of the run. */
export type Recorded = {
  readonly atMs: number;
  readonly region: RegionId;
  readonly request: CheckRequest;
};

/** Draws the requests of one load in one region. */
export class Arrivals {
  readonly #load: Load;
  readonly #chance: Chance;
  readonly #place: number;
  readonly #part: number;
  readonly #requests: readonly CheckRequest[];
  readonly #upTo: readonly number[];
  #owed: number;

  constructor(load: Load, region: RegionId, chance: Chance) {
    this.#load = load;
    this.#chance = chance;
    this.#place = load.origins.findIndex(([origin]) => origin === region);
    const parts = load.origins.reduce((sum, [, part]) => sum + part, 0);
    this.#part = (load.origins[this.#place]?.[1] ?? 0) / parts;
    this.#requests = requestsOf(load);
    this.#upTo = cumulative(load);
    this.#owed = chance.next();
  }

  /** Calls `ask` once for every request between `fromMs` and `toMs` after the start. */
  between(fromMs: number, toMs: number, ask: (request: CheckRequest) => void): void {
    const { shape, fromMs: begin, untilMs: end } = this.#load;
    if (this.#part === 0 || fromMs < begin || fromMs >= end) return;
    const mean = (this.#perSecond(fromMs) * (toMs - fromMs)) / 1_000;
    const count = shape.kind === 'steady' ? this.#even(mean) : this.#chance.poisson(mean);
    for (let at = 0; at < count; at += 1) ask(this.#request(fromMs));
  }

  #perSecond(nowMs: number): number {
    const { shape, perSecond, origins } = this.#load;
    const here = perSecond * this.#part;
    switch (shape.kind) {
      case 'steady':
      case 'poisson':
        return here;
      case 'bursty': {
        const beat = shape.onMs + shape.offMs;
        const phase = (nowMs + (this.#place * beat) / origins.length) % beat;
        return phase < shape.onMs ? (here * beat) / shape.onMs : 0;
      }
      case 'diurnal': {
        const turn = nowMs / shape.dayMs - this.#place / origins.length;
        return Math.max(0, here * (1 + shape.depth * Math.sin(2 * Math.PI * turn)));
      }
      case 'roaming':
        return Math.floor(nowMs / shape.everyMs) % origins.length === this.#place ? perSecond : 0;
      case 'flash':
        return nowMs >= shape.atMs && nowMs < shape.atMs + shape.forMs ? here * shape.factor : here;
    }
  }

  #even(mean: number): number {
    this.#owed += mean;
    const count = Math.floor(this.#owed);
    this.#owed -= count;
    return count;
  }

  #request(nowMs: number): CheckRequest {
    const { keys, permits } = this.#load;
    const rank = keys.count === 1 ? 0 : place(this.#upTo, this.#chance.next());
    const moved = keys.moveMs > 0 ? Math.floor(nowMs / keys.moveMs) : 0;
    const request = this.#requests[(rank + moved) % keys.count];
    if (request === undefined) throw new RangeError('a load has at least one key');
    const [least, most] = permits;
    if (least === most) return request;
    return { ...request, permits: least + this.#chance.below(most - least + 1) };
  }
}

function requestsOf({ resource, dimensions, keys, permits }: Load): CheckRequest[] {
  return Array.from({ length: keys.count }, (_, at) => ({
    resource,
    dimensions: { ...dimensions, [keys.dimension]: `${keys.dimension}-${at}` },
    permits: permits[0],
  }));
}

function cumulative({ keys }: Load): number[] {
  const weights = Array.from({ length: keys.count }, (_, at) => (at + 1) ** -keys.skew);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let upTo = 0;
  return weights.map((weight) => {
    upTo += weight / sum;
    return upTo;
  });
}

/** The first place whose cumulative weight is above `at`. */
function place(upTo: readonly number[], at: number): number {
  let low = 0;
  let high = upTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((upTo[middle] ?? 1) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
