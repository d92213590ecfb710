import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Demand } from '../../src/core/demand.ts';

const FAST_SECONDS = 1;
const SLOW_SECONDS = 30;

/** A limit's demand, folded every so many milliseconds. */
class Offered {
  readonly demand = new Demand(0);
  readonly #foldMs: number;
  #nowMs = 0;

  constructor(foldMs = 100) {
    this.#foldMs = foldMs;
  }

  /** So many permits a second are asked for, for so long; returns the demand at the end. */
  at(perSecond: number, seconds: number): number {
    for (const endMs = this.#nowMs + seconds * 1_000; this.#nowMs < endMs; ) {
      this.#nowMs += this.#foldMs;
      this.demand.offer((perSecond * this.#foldMs) / 1_000);
      this.demand.fold(this.#nowMs);
    }
    return this.demand.perSecond();
  }
}

test('nothing asked for is no demand', () => {
  expect(new Demand(0).perSecond()).toBe(0);
  expect(new Offered().at(0, 60)).toBe(0);
});

test('steady demand is what is asked for, however long it lasts', () => {
  const offered = new Offered();
  offered.at(100, 300);
  expect(offered.demand.perSecond()).toBeCloseTo(100, 2);
  expect(offered.at(100, 300)).toBeCloseTo(100, 3);
});

test('a burst after a lull is followed within the fast average’s second', () => {
  const offered = new Offered();
  offered.at(0, 600);
  expect(offered.at(100, FAST_SECONDS)).toBeCloseTo(100 * (1 - Math.exp(-1)), 6);
  expect(offered.at(100, 4 * FAST_SECONDS)).toBeGreaterThan(99);
});

test('demand outlives a lull by the slow average’s half minute', () => {
  const offered = new Offered();
  offered.at(100, 600);
  expect(offered.at(0, SLOW_SECONDS)).toBeCloseTo(100 * Math.exp(-1), 1);
  expect(offered.at(0, SLOW_SECONDS)).toBeCloseTo(100 * Math.exp(-2), 1);
});

test('how often demand is folded does not matter', () => {
  const byFold = [25, 50, 100, 500].map((foldMs) => {
    const offered = new Offered(foldMs);
    offered.at(40, 20);
    offered.at(0, 5);
    return offered.at(90, 3);
  });
  for (const demand of byFold) expect(demand).toBeCloseTo(byFold[0] ?? 0, 6);
});

test('a fold at which no time has passed loses nothing', () => {
  const demand = new Demand(0);
  demand.offer(10);
  demand.fold(0);
  demand.offer(10);
  demand.fold(1_000);
  const once = new Demand(0);
  once.offer(20);
  once.fold(1_000);
  expect(demand.perSecond()).toBe(once.perSecond());
});

test('demand is never more than the fastest that was ever asked for, and never negative', () => {
  const phase = fc.record({ perSecond: fc.nat(1_000), seconds: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(fc.array(phase, { minLength: 1, maxLength: 8 }), (phases) => {
      const offered = new Offered(500);
      let most = 0;
      for (const { perSecond, seconds } of phases) {
        most = Math.max(most, perSecond);
        const demand = offered.at(perSecond, seconds);
        expect(demand).toBeGreaterThanOrEqual(0);
        expect(demand).toBeLessThanOrEqual(most * (1 + 1e-9));
      }
    }),
  );
});
