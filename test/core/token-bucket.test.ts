import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { booksIn, FIRST_EPOCH, Lone, PlayedPeer } from './builders.ts';
import { drain, expectExactRetry, pass, passTo, publish, sole, soleWithoutBooks } from './sole.ts';

/** A permit a second, and five saved up. */
const BUCKET: Partial<LimitSpec> = { algorithm: 'token-bucket', limit: 10, windowMs: 10_000, burst: 5 };
const HOUR_MS = 3_600_000;

test('a bucket is full at first, and then gives what comes in', () => {
  const lone = sole(BUCKET);
  expect(drain(lone)).toBe(5);
  expect(lone.check(1).verdict).toMatchObject({ reason: 'global_limit_exceeded', retryAfterMs: 1_000 });
  const allowed = [999, 1_000, 1_001, 1_999, 2_000].map((ms) => {
    passTo(lone, ms);
    return lone.check(1).allowed;
  });
  expect(allowed).toEqual([false, true, false, false, true]);
});

test('what is saved up never exceeds the burst', () => {
  const lone = sole(BUCKET);
  drain(lone);
  pass(lone, 4_500);
  expect(lone.check(0).verdict?.remaining).toBe(4);
  pass(lone, 20_000);
  expect(drain(lone)).toBe(5);
});

test.each([
  { cost: 5, allowed: true, retryAfterMs: 0 },
  { cost: 6, allowed: false, retryAfterMs: Number.POSITIVE_INFINITY },
  { cost: 0, allowed: true, retryAfterMs: 0 },
])('of a burst of 5 a request for $cost is allowed: $allowed', ({ cost, allowed, retryAfterMs }) => {
  expect(sole(BUCKET).check(cost)).toMatchObject({ allowed, verdict: { retryAfterMs } });
});

test('a burst larger than the limit may be taken at once', () => {
  const lone = sole({ ...BUCKET, burst: 30 });
  expect(lone.check(30).allowed).toBe(true);
  expect(expectExactRetry(lone, 30)).toBe(30_000);
});

test('without a burst of its own a bucket saves up as much as its limit', () => {
  expect(drain(sole({ algorithm: 'token-bucket', limit: 7, windowMs: 1_000 }))).toBe(7);
});

test('a bucket that nothing comes into gives nothing, ever: a limit of 0 closes', () => {
  const lone = sole({ ...BUCKET, limit: 0, burst: 2 });
  expect(drain(lone)).toBe(0);
  pass(lone, HOUR_MS);
  expect(lone.check(1)).toMatchObject({
    allowed: false,
    verdict: { retryAfterMs: Number.POSITIVE_INFINITY },
  });
});

const rate = fc.record({
  limit: fc.integer({ min: 1, max: 200 }),
  windowMs: fc.constantFrom(1_000, 7_000, 60_000, HOUR_MS),
  burst: fc.integer({ min: 1, max: 40 }),
  reclaimPermille: fc.constantFrom(0, 500, 800),
});
const gapMs = fc.oneof(fc.nat(1_500), fc.nat(70_000), fc.nat(2 * HOUR_MS));
const asks = fc.array(fc.tuple(gapMs, fc.integer({ min: 1, max: 8 })), { minLength: 1, maxLength: 25 });

test('whatever is asked, any stretch of time lets through at most the burst and what comes in meanwhile', () => {
  fc.assert(
    fc.property(rate, asks, (spec, all) => {
      const lone = sole({ ...BUCKET, ...spec });
      // What came in so far, less what was let through: it may not fall by more than the burst from any earlier height.
      let least = Number.POSITIVE_INFINITY;
      let taken = 0;
      for (const [afterMs, permits] of all) {
        pass(lone, afterMs);
        const minted = (spec.limit * lone.monoMs) / spec.windowMs;
        least = Math.min(least, taken - minted);
        if (lone.check(permits).allowed) taken += permits;
        // The epoch that has begun may have been minted up to a ten-thousandth of a permit early.
        expect(taken - minted - least).toBeLessThanOrEqual(spec.burst + 1e-3);
      }
    }),
    { numRuns: 300 },
  );
});

test('of rates that come in whole, alone, a request is let through exactly when the bucket holds it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.tuple(fc.nat(3_000), fc.nat(8)), { maxLength: 40 }),
      (perSecond, burst, all) => {
        const lone = sole({ ...BUCKET, limit: perSecond, windowMs: 1_000, burst });
        let thousandths = burst * 1_000;
        for (const [afterMs, permits] of all) {
          pass(lone, afterMs);
          thousandths = Math.min(burst * 1_000, thousandths + afterMs * perSecond);
          const fits = thousandths >= permits * 1_000;
          const decision = lone.check(permits);
          expect(decision.allowed).toBe(fits);
          if (fits) thousandths -= permits * 1_000;
          expect(decision.verdict?.remaining).toBe(Math.floor(thousandths / 1_000));
        }
      },
    ),
  );
});

test('a denied request passes when it was told to come again, and not a millisecond before', () => {
  fc.assert(
    fc.property(rate, asks, fc.integer({ min: 1, max: 40 }), (spec, all, permits) => {
      const lone = sole({ ...BUCKET, ...spec });
      for (const [afterMs, asked] of all) {
        pass(lone, afterMs);
        lone.check(asked);
      }
      // Beyond the epochs that are followed one by one the moment is an estimate.
      const isNear = (permits * spec.windowMs) / spec.limit < 60_000;
      if (permits <= spec.burst && isNear && (lone.check(0).verdict?.remaining ?? 0) < permits)
        expectExactRetry(lone, permits);
    }),
    { numRuns: 200 },
  );
});

test.each([0, 500, 800])(
  'a permit an hour comes once an hour, %i thousandths of it leased',
  (reclaimPermille) => {
    const lone = sole({ ...BUCKET, limit: 1, windowMs: HOUR_MS, burst: 1, reclaimPermille });
    drain(lone);
    for (const ms of [HOUR_MS - 30_000, HOUR_MS - 20_000, HOUR_MS - 9_000, HOUR_MS - 1_000]) {
      passTo(lone, ms);
      expect(lone.check(1).allowed, `after ${ms} ms`).toBe(false);
    }
  },
);

test('a bucket that nobody asked for during an hour is full, however slowly it fills', () => {
  const lone = sole({ ...BUCKET, limit: 3_600, windowMs: HOUR_MS, burst: 3_600 });
  for (let minute = 0; minute < 60; minute += 1) pass(lone, 60_000);
  expect(lone.check(3_600).allowed).toBe(true);
});

test('a bucket that fills for an hour is full, when there are ticks meanwhile', () => {
  const lone = sole({ ...BUCKET, limit: 3_600, windowMs: HOUR_MS, burst: 3_600 });
  drain(lone);
  for (let minute = 0; minute < 60; minute += 1) pass(lone, 60_000);
  expect(lone.check(3_600).allowed).toBe(true);
});

test('a bucket that is full again is not remembered', () => {
  const lone = sole({ ...BUCKET, dimensions: { tenant: '*' } });
  for (let tenant = 0; tenant < 50; tenant += 1) lone.check(1, { tenant: `tenant-${tenant}` });
  expect(booksIn(lone)?.levels.size).toBe(50);
  for (let second = 0; second < 15; second += 1) pass(lone, 1_000);
  expect(booksIn(lone)?.levels.size).toBe(0);
  expect(lone.state.counters).toBe(0);
  expect(drain(lone, { tenant: 'tenant-0' })).toBe(5);
});

test('a wall clock that steps back lets nothing come in twice', () => {
  const lone = sole(BUCKET);
  passTo(lone, 10_000);
  drain(lone);
  lone.wallMs -= 5_000;
  for (let at = 0; at < 5; at += 1) {
    pass(lone, 1_000);
    expect(lone.check(1).allowed).toBe(false);
  }
  pass(lone, 1_000);
  expect(lone.check(1).allowed).toBe(true);
});

test('without books a bucket begins empty, and nothing comes in while the region sits out', () => {
  const lone = soleWithoutBooks(BUCKET);
  // Epochs up to 5 may have been claimed; a permit needs all of the sixth.
  expect(expectExactRetry(lone, 1)).toBe(7_000);
  pass(lone, HOUR_MS);
  expect(drain(lone)).toBe(5);
});

test('the burst is shared like the limit, and what is leased of both comes with the votes', () => {
  const lone = new Lone({ limits: [limitSpec({ ...BUCKET, limit: 1_000, burst: 100 })] });
  expect(lone.check(0).verdict?.remaining).toBe(20);
  new PlayedPeer(lone, 'eu-west').beat({ votes: [['eu-west', 'us-east', FIRST_EPOCH, 'O'.repeat(30)]] });
  passTo(lone, 10_000);
  expect(lone.check(41)).toMatchObject({ allowed: false, reason: 'region_share_exhausted' });
  expect(lone.check(40)).toMatchObject({ allowed: true, verdict: { globalRemaining: 60 } });
  expect(expectExactRetry(lone, 4)).toBe(100);
});

test('a rate that is raised fills the bucket from then on only', () => {
  const slow = { ...BUCKET, limit: 1, windowMs: 1_000, burst: 100 };
  const lone = sole(slow);
  expect(drain(lone)).toBe(100);
  pass(lone, 30_000);
  publish(lone, { ...slow, limit: 10 });
  // It is adopted four epochs later, and adopted by all at once.
  for (let second = 0; second < 6; second += 1) pass(lone, 1_000);
  expect(lone.check(0).verdict?.remaining).toBe(34 + 20);
});

test('a burst that is lowered is gone at once, and a rate that is lowered counts from then on', () => {
  const lone = sole({ ...BUCKET, limit: 10, windowMs: 1_000, burst: 100 });
  publish(lone, { ...BUCKET, limit: 1, windowMs: 1_000, burst: 20 });
  passTo(lone, 3_999);
  expect(lone.check(0).verdict?.remaining).toBe(100);
  passTo(lone, 4_000);
  expect(lone.check(21).verdict?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
  expect(drain(lone)).toBe(20);
  expect(expectExactRetry(lone, 3)).toBe(3_000);
});
