import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitSpec } from '../../src/core/limit.ts';
import { drain, expectExactRetry, pass, passTo, sole } from './sole.ts';

/** One a second, without a burst, and up to three that wait. */
const LEAKY: Partial<LimitSpec> = {
  algorithm: 'leaky-bucket',
  limit: 10,
  windowMs: 10_000,
  burst: 1,
  delayMsMax: 3_000,
};

test('early requests wait their turn, up to the longest wait, and then are denied', () => {
  const lone = sole(LEAKY);
  const all = [1, 2, 3, 4, 5].map(() => lone.check(1));
  expect(all.map(({ allowed, delayMs }) => [allowed, delayMs])).toEqual([
    [true, 0],
    [true, 1_000],
    [true, 2_000],
    [true, 3_000],
    [false, 0],
  ]);
  expect(all[4]?.verdict).toMatchObject({ reason: 'global_limit_exceeded', remaining: 0 });
});

test('a request that would have to wait too long passes as soon as its wait is short enough', () => {
  const lone = sole(LEAKY);
  drain(lone);
  expect(expectExactRetry(lone, 1)).toBe(1_000);
  expect(expectExactRetry(lone, 1)).toBe(1_000);
});

test('those that were let through leave no closer together than the rate', () => {
  const rate = fc.record({
    limit: fc.integer({ min: 1, max: 20 }),
    delayMsMax: fc.integer({ min: 1, max: 3_000 }),
  });
  fc.assert(
    fc.property(rate, fc.array(fc.nat(1_500), { maxLength: 40 }), (spec, gaps) => {
      const lone = sole({ ...LEAKY, ...spec });
      let earliestMs = 0;
      for (const gapMs of gaps) {
        pass(lone, gapMs);
        const waitMs = Math.max(0, earliestMs - lone.monoMs);
        const { allowed, delayMs } = lone.check(1);
        expect(allowed).toBe(waitMs <= spec.delayMsMax);
        if (!allowed) continue;
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(waitMs));
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(waitMs) + 1);
        earliestMs = Math.max(earliestMs, lone.monoMs) + 10_000 / spec.limit;
      }
    }),
  );
});

test('nobody waits for what is minted beyond the lookahead, for it is not sure; it passes once it is', () => {
  const lone = sole({ ...LEAKY, delayMsMax: 60_000 });
  expect([1, 1, 1, 1, 1].map((permits) => lone.check(permits).delayMs)).toEqual([
    0, 1_000, 2_000, 3_000, 4_000,
  ]);
  expect(lone.check(1).allowed).toBe(false);
  expect(expectExactRetry(lone, 1)).toBe(1_000);
});

test('what waits is never more than what may be saved up', () => {
  const lone = sole({ ...LEAKY, burst: 2 });
  expect(lone.check(3)).toMatchObject({
    allowed: false,
    verdict: { retryAfterMs: Number.POSITIVE_INFINITY },
  });
  expect([2, 2, 2].map((permits) => lone.check(permits).delayMs)).toEqual([0, 2_000, 0]);
});

test('a peek neither waits nor is denied, however many wait', () => {
  const lone = sole(LEAKY);
  drain(lone);
  expect(lone.check(0)).toMatchObject({ allowed: true, delayMs: 0, verdict: { remaining: 0 } });
});

test('those that wait are paid for: after their time the bucket fills as always', () => {
  const lone = sole(LEAKY);
  drain(lone);
  passTo(lone, 3_999);
  expect(lone.check(1).delayMs).toBe(1);
  passTo(lone, 60_000);
  expect(lone.check(1).delayMs).toBe(0);
});

test('without a wait it is a token bucket', () => {
  const lone = sole({ ...LEAKY, delayMsMax: 0 });
  expect(drain(lone)).toBe(1);
  expect(expectExactRetry(lone, 1)).toBe(1_000);
});
