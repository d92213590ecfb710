import type { Limit } from '../../src/core/limit.ts';
import type { Clock } from '../../src/ports.ts';
import type { Counted } from './model.ts';

/** Demand is averaged over the time that so many permits take, but over no less than this, nor more than a window or all that is known. */
const AVERAGED_PERMITS = 5;
const AVERAGED_MS_MIN = 1_000;

/** Permits a second below which nobody is said to ask. */
const NOTHING_PER_SECOND = 1e-4;

type Estimate = {
  readonly limit: Limit;
  readonly key: string;
  readonly name: string;
  readonly sinceMs: number;
  perSecond: number;
  offered: number;
};

/** How much is asked for, in permits a second, by limit and key: an exponentially weighted moving average of what was offered. */
export class Demand {
  readonly #clock: Clock;
  readonly #estimates = new Map<string, Estimate>();
  #takenMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#takenMs = clock.now().monoMs;
  }

  /** Takes notice of a request, whether it is let through or not. */
  note({ limit, key }: Counted, permits: number): void {
    const name = subject(limit.name, key);
    let estimate = this.#estimates.get(name);
    if (estimate === undefined) {
      estimate = { limit, key, name, sinceMs: this.#takenMs, perSecond: 0, offered: 0 };
      this.#estimates.set(name, estimate);
    }
    estimate.offered += permits;
  }

  /** Takes what was offered since the last call into the averages. */
  update(): void {
    const { monoMs } = this.#clock.now();
    const passedMs = monoMs - this.#takenMs;
    if (passedMs <= 0) return;
    this.#takenMs = monoMs;
    for (const [name, estimate] of this.#estimates) {
      const { windowMs } = estimate.limit;
      const wantedMs = Math.min(
        (AVERAGED_PERMITS * 1_000) / estimate.perSecond,
        windowMs,
        monoMs - estimate.sinceMs,
      );
      const part = 1 - Math.exp(-passedMs / Math.max(AVERAGED_MS_MIN, wantedMs));
      estimate.perSecond += part * ((estimate.offered * 1_000) / passedMs - estimate.perSecond);
      estimate.offered = 0;
      if (estimate.perSecond < NOTHING_PER_SECOND) this.#estimates.delete(name);
    }
  }

  /** The estimate for a limit's key, by the name that `subject` gives it. */
  perSecond(name: string): number {
    return this.#estimates.get(name)?.perSecond ?? 0;
  }

  /** Every limit and key that is asked for. */
  all(): Iterable<Estimate> {
    return this.#estimates.values();
  }
}

/** A name for a limit's key, whatever the window. */
export function subject(limit: string, key: string): string {
  return `${limit}\n${key}`;
}

/** What a limit allows in a second. */
export function limitPerSecond({ limit, windowMs }: Limit): number {
  return (limit * 1_000) / windowMs;
}
