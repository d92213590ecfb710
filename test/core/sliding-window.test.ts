import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { FIRST_EPOCH, Lone, PlayedPeer } from './builders.ts';
import { drain, expectExactRetry, pass, passTo, publish, sole, soleWithoutBooks } from './sole.ts';

/** Ten slots of a second. */
const SLIDING: Partial<LimitSpec> = { algorithm: 'sliding-window', limit: 10, windowMs: 10_000 };

test.each([
  { windowMs: 1_000, slots: 1, slotMs: 1_000 },
  { windowMs: 7_000, slots: 7, slotMs: 1_000 },
  { windowMs: 20_000, slots: 20, slotMs: 1_000 },
  { windowMs: 25_000, slots: 13, slotMs: 2_000 },
  { windowMs: 60_000, slots: 20, slotMs: 3_000 },
  { windowMs: 3_600_000, slots: 20, slotMs: 180_000 },
])('$windowMs ms are $slots slots of $slotMs ms, and never less in all', ({ windowMs, slots, slotMs }) => {
  const lone = sole({ ...SLIDING, windowMs });
  const { windows } = lone.check(1).verdict?.limit ?? {};
  expect(windows?.trailing).toBe(slots - 1);
  expect((windows?.endMs(0) ?? 0) - (windows?.startMs(0) ?? 0)).toBe(slotMs);
  expect(slots * slotMs).toBeGreaterThanOrEqual(windowMs);
});

test('permits come back when their slot leaves the window, each slot for itself', () => {
  const lone = sole(SLIDING);
  passTo(lone, 500);
  expect(lone.check(4).allowed).toBe(true);
  passTo(lone, 3_200);
  expect(lone.check(6)).toMatchObject({
    allowed: true,
    verdict: { remaining: 0, resetAtMs: lone.wallMs + 9_800 },
  });
  expect(lone.check(1).verdict).toMatchObject({ reason: 'global_limit_exceeded', retryAfterMs: 6_800 });
  expect(lone.check(4).verdict?.retryAfterMs).toBe(6_800);
  expect(lone.check(5).verdict?.retryAfterMs).toBe(9_800);
  passTo(lone, 9_999);
  expect(drain(lone)).toBe(0);
  passTo(lone, 10_000);
  expect(drain(lone)).toBe(4);
  passTo(lone, 12_999);
  expect(drain(lone)).toBe(0);
  passTo(lone, 13_000);
  expect(drain(lone)).toBe(6);
});

test('two bursts about the turn of what would be a fixed window are within the limit', () => {
  const lone = sole(SLIDING);
  passTo(lone, 9_999);
  expect(drain(lone)).toBe(10);
  passTo(lone, 10_001);
  expect(drain(lone)).toBe(0);
});

const asks = fc.array(fc.tuple(fc.nat(2_500), fc.nat(6)), { minLength: 1, maxLength: 60 });

test('alone, a request is let through exactly when what the last ten slots let through leaves room for it', () => {
  fc.assert(
    fc.property(fc.nat(12), asks, (limit, all) => {
      const lone = sole({ ...SLIDING, limit });
      const bySlot = new Map<number, number>();
      for (const [afterMs, permits] of all) {
        pass(lone, afterMs);
        const slot = Math.floor(lone.monoMs / 1_000);
        let used = 0;
        for (let back = 0; back < 10; back += 1) used += bySlot.get(slot - back) ?? 0;
        const decision = lone.check(permits);
        expect(decision.allowed).toBe(used + permits <= limit);
        expect(decision.verdict?.remaining).toBe(limit - used - (decision.allowed ? permits : 0));
        if (decision.allowed) bySlot.set(slot, (bySlot.get(slot) ?? 0) + permits);
      }
    }),
  );
});

test('a denied request passes when it was told to come again, and not a millisecond before', () => {
  fc.assert(
    fc.property(asks, fc.integer({ min: 1, max: 10 }), (all, permits) => {
      const lone = sole(SLIDING);
      for (const [afterMs, asked] of all) {
        pass(lone, afterMs);
        lone.check(asked);
      }
      if ((lone.check(0).verdict?.remaining ?? 0) < permits) expectExactRetry(lone, permits);
    }),
  );
});

test.each([
  { cost: 10, allowed: true, retryAfterMs: 0 },
  { cost: 11, allowed: false, retryAfterMs: Number.POSITIVE_INFINITY },
  { cost: 0, allowed: true, retryAfterMs: 0 },
])('of 10 permits a request for $cost is allowed: $allowed', ({ cost, allowed, retryAfterMs }) => {
  expect(sole(SLIDING).check(cost)).toMatchObject({ allowed, verdict: { retryAfterMs } });
});

test('a limit of 0 denies everything but a peek, for good', () => {
  const lone = sole({ ...SLIDING, limit: 0 });
  expect(lone.check(0).allowed).toBe(true);
  expect(lone.check(1)).toMatchObject({
    allowed: false,
    verdict: { retryAfterMs: Number.POSITIVE_INFINITY },
  });
});

test('after an hour without a request there is the limit, and no more', () => {
  const lone = sole(SLIDING);
  drain(lone);
  pass(lone, 3_600_000);
  expect(drain(lone)).toBe(10);
});

test('a wall clock that steps back gives nothing back', () => {
  const lone = sole(SLIDING);
  passTo(lone, 20_000);
  drain(lone);
  lone.wallMs -= 15_000;
  for (let at = 0; at < 20; at += 1) {
    pass(lone, 700);
    expect(drain(lone)).toBe(0);
  }
});

test('a share that grows takes effect once the whole window is covered by it', () => {
  const lone = new Lone({ limits: [limitSpec({ ...SLIDING, limit: 100 })] });
  const peer = new PlayedPeer(lone, 'eu-west');
  // Of 40 by weight half is leased; one vote of two others makes it owned, from the first epoch on.
  peer.beat({ votes: [['eu-west', 'us-east', FIRST_EPOCH, 'O'.repeat(12)]] });
  expect(lone.check(0).verdict?.remaining).toBe(20);
  passTo(lone, 8_999);
  expect(lone.check(0).verdict?.remaining).toBe(20);
  passTo(lone, 9_000);
  expect(lone.check(40)).toMatchObject({ allowed: true, verdict: { remaining: 0, globalRemaining: 60 } });
});

test('one slot that was not owned holds the share down for a whole window, not longer', () => {
  const lone = new Lone({ limits: [limitSpec({ ...SLIDING, limit: 100 })] });
  new PlayedPeer(lone, 'eu-west').beat({
    votes: [['eu-west', 'us-east', FIRST_EPOCH, `${'O'.repeat(12)}.${'O'.repeat(12)}`]],
  });
  const left = [11_999, 12_000, 21_999, 22_000].map((ms) => {
    passTo(lone, ms);
    return lone.check(0).verdict?.remaining;
  });
  expect(left).toEqual([40, 20, 20, 40]);
});

test('a limit that is lowered counts at once, and a denied request waits until enough is free', () => {
  const lone = sole(SLIDING);
  for (const ms of [0, 1_000, 2_000]) {
    passTo(lone, ms);
    lone.check(3);
    if (ms === 0) publish(lone, { ...SLIDING, limit: 4 });
  }
  passTo(lone, 3_999);
  expect(lone.check(0).verdict?.remaining).toBe(1);
  passTo(lone, 5_000);
  expect(lone.check(0).verdict?.remaining).toBe(0);
  // Of the 9 only 3 may be left beside it.
  expect(expectExactRetry(lone, 1)).toBe(6_000);
});

test('a limit that is raised counts once all of the window has it', () => {
  const lone = sole(SLIDING);
  publish(lone, { ...SLIDING, limit: 20 });
  const left = [0, 4_000, 12_999, 13_000].map((ms) => {
    passTo(lone, ms);
    return lone.check(0).verdict?.remaining;
  });
  expect(left).toEqual([10, 10, 10, 20]);
  drain(lone);
  passTo(lone, 60_000);
  expect(drain(lone)).toBe(20);
});

test('without books a region sits out until all that an earlier life may have let through has left the window', () => {
  const lone = soleWithoutBooks(SLIDING);
  // Epochs up to 5 may have been claimed; the first window of ten slots without them is that of epoch 15.
  expect(lone.check(10).verdict).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 15_000 });
  expect(expectExactRetry(lone, 10)).toBe(15_000);
  expect(drain(lone)).toBe(0);
});
