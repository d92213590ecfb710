import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEASES_MAX } from '../../src/bounds.ts';
import { releaseLease, renewLease } from '../../src/core/leases.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { FIRST_EPOCH, Lone, PlayedPeer } from './builders.ts';
import { drain, expectExactRetry, pass, passTo, publish, sole, soleWithoutBooks } from './sole.ts';

/** Three at one time, each for ten seconds. */
const HELD: Partial<LimitSpec> = { algorithm: 'concurrency', limit: 3, windowMs: 10_000 };

function leaseOf(lone: Lone, permits = 1): string {
  const { lease } = lone.check(permits);
  if (lease === undefined) throw new Error('no lease');
  return lease;
}

test('so many permits are held at one time, and one that is released can be held again at once', () => {
  const lone = sole(HELD);
  const first = leaseOf(lone);
  expect(drain(lone)).toBe(2);
  expect(lone.check(1)).toMatchObject({ allowed: false, reason: 'concurrency_exceeded', lease: undefined });
  expect(releaseLease(lone.state, first)).toBe(true);
  expect(drain(lone)).toBe(1);
});

test('what is not released runs out at the end of the epoch in which its time is over', () => {
  const lone = sole(HELD);
  passTo(lone, 400);
  const lease = leaseOf(lone, 3);
  expect(lone.state.leases.get(lease)?.expiresAtMs).toBe(lone.wallMs - 400 + 11_000);
  passTo(lone, 10_999);
  expect(drain(lone)).toBe(0);
  passTo(lone, 11_000);
  expect(releaseLease(lone.state, lease)).toBe(false);
  expect(drain(lone)).toBe(3);
});

test('a lease is released once, and only by its name', () => {
  const lone = sole(HELD);
  const lease = leaseOf(lone, 2);
  expect(releaseLease(lone.state, 'no such lease')).toBe(false);
  expect([1, 2].map(() => releaseLease(lone.state, lease))).toEqual([true, false]);
  expect(renewLease(lone.state, lease)).toEqual({ renewed: false, reason: 'unknown_lease' });
  expect(drain(lone)).toBe(3);
});

test('a renewed lease is held for a full time from then on, and counted once', () => {
  const lone = sole(HELD);
  const lease = leaseOf(lone, 2);
  passTo(lone, 5_000);
  expect(renewLease(lone.state, lease)).toEqual({ renewed: true, expiresAtMs: lone.wallMs + 11_000 });
  expect(drain(lone)).toBe(1);
  passTo(lone, 15_999);
  expect(renewLease(lone.state, lease).renewed).toBe(true);
  expect(drain(lone)).toBe(0);
  passTo(lone, 16_000);
  expect(drain(lone)).toBe(1);
  passTo(lone, 27_000);
  expect(renewLease(lone.state, lease)).toEqual({ renewed: false, reason: 'unknown_lease' });
});

test.each([
  { cost: 3, allowed: true, leases: 1, retryAfterMs: 0 },
  { cost: 4, allowed: false, leases: 0, retryAfterMs: Number.POSITIVE_INFINITY },
  { cost: 0, allowed: true, leases: 0, retryAfterMs: 0 },
])('of 3 permits a request for $cost is allowed: $allowed', ({ cost, allowed, leases, retryAfterMs }) => {
  const lone = sole(HELD);
  expect(lone.check(cost)).toMatchObject({ allowed, verdict: { retryAfterMs } });
  expect(lone.state.leases.size).toBe(leases);
});

type Deed = readonly [afterMs: number, what: 'take' | 'release' | 'renew', permits: number, which: number];
const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.tuple(fc.nat(2_500), fc.constantFrom('take', 'take', 'release', 'renew'), fc.nat(3), fc.nat(9)),
  { maxLength: 60 },
);

test('alone, permits are given exactly when those that are held leave room', () => {
  fc.assert(
    fc.property(fc.nat(6), deeds, (limit, all) => {
      const lone = sole({ ...HELD, limit });
      const held: { lease: string; permits: number; untilMs: number }[] = [];
      const untilMs = () => Math.floor(lone.wallMs / 1_000) * 1_000 + 11_000;
      for (const [afterMs, what, permits, which] of all) {
        pass(lone, afterMs);
        const one = held[which];
        const isHeld = one !== undefined && one.untilMs > lone.wallMs;
        if (what === 'take') {
          const inUse = held.reduce((sum, each) => sum + (each.untilMs > lone.wallMs ? each.permits : 0), 0);
          const { allowed, lease } = lone.check(permits);
          expect(allowed).toBe(inUse + permits <= limit);
          if (lease !== undefined) held.push({ lease, permits, untilMs: untilMs() });
        } else if (what === 'release') {
          expect(releaseLease(lone.state, one?.lease ?? '')).toBe(isHeld);
          if (one !== undefined) one.untilMs = 0;
        } else {
          expect(renewLease(lone.state, one?.lease ?? '').renewed).toBe(isHeld);
          if (isHeld) one.untilMs = untilMs();
        }
      }
    }),
  );
});

test('a request that meets two limits holds both by one lease, until the shorter time is over', () => {
  const lone = sole({ ...HELD, name: 'short', windowMs: 5_000 }, { ...HELD, name: 'long', limit: 2 });
  const lease = leaseOf(lone, 2);
  expect(lone.state.leases.get(lease)?.expiresAtMs).toBe(lone.wallMs + 6_000);
  expect(lone.check(1).verdict?.limit.name).toBe('long');
  expect(releaseLease(lone.state, lease)).toBe(true);
  expect(drain(lone)).toBe(2);
});

test('what a limit in shadow would have denied holds nothing under it', () => {
  const lone = sole({ ...HELD, name: 'shadow', limit: 1, mode: 'shadow' }, { ...HELD, name: 'real' });
  const [, second] = [leaseOf(lone), leaseOf(lone)];
  expect(lone.state.leases.get(second ?? '')?.holds.map(({ books }) => books.limit.name)).toEqual(['real']);
});

test('a lease that is more than a lowered limit allows is not renewed, and runs out when it would have', () => {
  const lone = sole(HELD);
  const lease = leaseOf(lone, 3);
  publish(lone, { ...HELD, limit: 2 });
  passTo(lone, 4_000);
  expect(renewLease(lone.state, lease)).toEqual({ renewed: false, reason: 'concurrency_exceeded' });
  passTo(lone, 10_999);
  expect(drain(lone)).toBe(0);
  passTo(lone, 11_000);
  expect(drain(lone)).toBe(2);
});

test('a limit that is raised counts once no permit from before it can be held any more', () => {
  const lone = sole(HELD);
  publish(lone, { ...HELD, limit: 5 });
  const left = [4_000, 13_999, 14_000].map((ms) => {
    passTo(lone, ms);
    return lone.check(0).verdict?.remaining;
  });
  expect(left).toEqual([3, 3, 5]);
});

test('without books nothing is held until all that an earlier life may have held is over', () => {
  const lone = soleWithoutBooks(HELD);
  // Epochs up to 5 may have been claimed; epoch 16 is the first whose ten before it are clear.
  expect(expectExactRetry(lone, 3)).toBe(16_000);
});

test('the share counts that was the least since the oldest permit that may be held', () => {
  const lone = new Lone({ limits: [limitSpec({ ...HELD, limit: 100 })] });
  new PlayedPeer(lone, 'eu-west').beat({ votes: [['eu-west', 'us-east', FIRST_EPOCH, 'O'.repeat(20)]] });
  const left = [0, 9_999, 10_000].map((ms) => {
    passTo(lone, ms);
    return lone.check(0).verdict?.remaining;
  });
  expect(left).toEqual([20, 20, 40]);
});

test('an override counts for those who renew as for those who take', () => {
  const few = { dimensions: { tenant: 'small' }, limit: 1 };
  const many = { dimensions: { tenant: 'large' }, limit: 9 };
  for (const consistency of ['strict', 'available'] as const) {
    const lone = sole({ ...HELD, consistency, dimensions: { tenant: '*' }, overrides: [few, many] });
    expect(
      [lone.check(1, { tenant: 'small' }), lone.check(1, { tenant: 'small' })].map(({ allowed }) => allowed),
    ).toEqual([true, false]);
    const { lease } = lone.check(9, { tenant: 'large' });
    expect(renewLease(lone.state, lease ?? '').renewed, consistency).toBe(true);
  }
});

test('leases are bounded: beyond it permits are denied rather than forgotten', () => {
  const lone = sole(HELD);
  const lease = leaseOf(lone);
  const held = lone.state.leases.get(lease);
  if (held === undefined) throw new Error('no lease');
  for (let at = 1; at < LEASES_MAX; at += 1) lone.state.leases.set(`lease-${at}`, held);
  expect(lone.check(1)).toMatchObject({ allowed: false, reason: 'degraded_closed' });
  passTo(lone, 12_000);
  expect(lone.state.leases.size).toBe(0);
  expect(lone.check(1).allowed).toBe(true);
});
