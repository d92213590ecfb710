import type { LimitTally } from '../core/tallies.ts';
import type { AlertedLimit } from './alerts.ts';

/** Turns what limits came to into what they do by the second. */
export class LimitRates {
  #earlier = new Map<string, LimitTally>();
  #earlierMonoMs: number | undefined;

  /** The limits that were asked for since the last look, or found to have admitted too much; all of them at the first look, without rates. */
  take(tallies: Iterable<LimitTally>, monoMs: number): readonly AlertedLimit[] {
    const seconds = this.#earlierMonoMs === undefined ? 0 : (monoMs - this.#earlierMonoMs) / 1_000;
    this.#earlierMonoMs = monoMs;
    const earlier = this.#earlier;
    this.#earlier = new Map();
    const limits: AlertedLimit[] = [];
    for (const tally of tallies) {
      this.#earlier.set(tally.name, tally);
      const was = earlier.get(tally.name);
      const limit = was === undefined || seconds <= 0 ? firstLook(tally) : since(was, tally, seconds);
      if (limit !== undefined) limits.push(limit);
    }
    return limits;
  }
}

function firstLook({ name, permitsOver }: LimitTally): AlertedLimit {
  return { name, near: 0, over: permitsOver };
}

function since(was: LimitTally, is: LimitTally, seconds: number): AlertedLimit | undefined {
  const rate = (count: (tally: LimitTally) => number) => Math.max(0, count(is) - count(was)) / seconds;
  const admitted = rate(({ permitsAllowed }) => permitsAllowed);
  const denied = rate(({ permitsDenied }) => permitsDenied);
  if (admitted + denied === 0 && is.permitsOver === was.permitsOver) return undefined;
  const rates = { offered: admitted + denied, admitted, denied };
  return { name: is.name, rates, near: rate(({ nearLimit }) => nearLimit), over: is.permitsOver };
}
