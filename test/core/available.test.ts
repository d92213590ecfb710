import { expect, test } from 'vitest';
import { COUNTERS_MAX } from '../../src/bounds.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { booksIn, Lone, PlayedPeer } from './builders.ts';
import { drain, passTo, sole } from './sole.ts';

/** By weight 40 of the 100 are those of us-east, 35 of eu-west, 25 of ap-southeast. */
const OPEN: Partial<LimitSpec> = { limit: 100, consistency: 'available' };

function heard(limit: Partial<LimitSpec> = {}) {
  const lone = new Lone({ limits: [limitSpec({ ...OPEN, ...limit })] });
  const peers = ['eu-west', 'ap-southeast'].map(
    (region, at) => new PlayedPeer(lone, region, `${at}`.padStart(16, 'b')),
  );
  lone.run(500, () => {
    for (const peer of peers) peer.beat();
  });
  return { lone, peers, windowId: lone.check(0).verdict?.windowId ?? 0 };
}

test('a region that hears nobody leaves to each of the others its share', () => {
  const lone = new Lone({ limits: [limitSpec(OPEN)] });
  expect(drain(lone)).toBe(40);
  expect(lone.check(1)).toMatchObject({ allowed: false, reason: 'global_limit_exceeded' });
});

test('while all are heard anybody may use all that nobody is known to have used', () => {
  const { lone, peers, windowId } = heard();
  peers[0]?.tell(1, ['', windowId, 30]);
  expect(drain(lone)).toBe(70);
  peers[1]?.tell(1, ['', windowId, 5]);
  expect(lone.check(0).verdict).toMatchObject({ remaining: 0, globalRemaining: 0 });
  expect(booksIn(lone)?.tally.permitsOver).toBe(5);
});

test('of one that is cut off its share is assumed to be used, or what is known if that is more', () => {
  const { lone, peers, windowId } = heard();
  peers[0]?.tell(1, ['', windowId, 50]);
  peers[1]?.tell(1, ['', windowId, 10]);
  expect(lone.check(0).verdict?.remaining).toBe(40);
  lone.run(2_000, () => peers[0]?.beat());
  expect(lone.check(0).verdict?.remaining).toBe(100 - 50 - 25);
  lone.run(2_000);
  expect(lone.check(0).verdict?.remaining).toBe(100 - 50 - 25);
});

test('a region that sits out, for the limits that are strict, goes on under those that are not', () => {
  const lone = new Lone({
    limits: [limitSpec({ ...OPEN }), limitSpec({ name: 'strict' })],
    newCluster: false,
  });
  expect(lone.check(1).verdict?.limit.name).toBe('strict');
  expect(lone.check(1).verdicts.map(({ allowed }) => allowed)).toEqual([true, false]);
});

test.each([
  { kind: 'sliding windows', limit: { algorithm: 'sliding-window' } },
  { kind: 'permits at one time', limit: { algorithm: 'concurrency' } },
  { kind: 'token buckets', limit: { algorithm: 'token-bucket' } },
  {
    kind: 'quotas',
    limit: { algorithm: 'quota', period: { unit: 'day', timeZone: 'UTC' }, windowMs: 90_000_000 },
  },
] as const)('$kind: alone unheard a region has its share, heard it has the rest too', ({ limit }) => {
  expect(drain(new Lone({ limits: [limitSpec({ ...OPEN, ...limit })] }))).toBe(40);
  const { lone, peers } = heard(limit);
  if (limit.algorithm === 'token-bucket') passTo(lone, 1_000);
  for (const peer of peers) peer.beat();
  const before = lone.check(0).verdict?.remaining ?? 0;
  if (limit.algorithm !== 'token-bucket') expect(before).toBe(100);
  const windowId = lone.check(0).verdict?.windowId ?? 0;
  peers[0]?.tell(1, ['', windowId, 30]);
  expect(lone.check(0).verdict?.remaining).toBe(before - 30);
});

test('a sliding window that others have filled is free again when their permits leave it', () => {
  const { lone, peers, windowId } = heard({ algorithm: 'sliding-window' });
  peers[0]?.tell(1, ['', windowId, 100]);
  const { verdict } = lone.check(1);
  expect(verdict).toMatchObject({ allowed: false, retryAfterMs: 10_000 - lone.monoMs });
});

test.each([
  { onError: 'open', allowed: true, reason: 'degraded_open' },
  { onError: 'closed', allowed: false, reason: 'degraded_closed' },
] as const)(
  'when the books are full a limit that fails $onError says $reason to new keys, and counts nothing',
  ({ onError, allowed, reason }) => {
    for (const algorithm of ['fixed-window', 'sliding-window', 'token-bucket', 'concurrency'] as const) {
      const lone = sole({ algorithm, limit: 5, onError, dimensions: { tenant: '*' } });
      lone.state.counters = COUNTERS_MAX;
      expect(lone.check(1, { tenant: 'new' }), algorithm).toMatchObject({
        allowed,
        reason,
        lease: undefined,
      });
      expect(lone.check(6, { tenant: 'new' }), algorithm).toMatchObject({ allowed: false });
      expect(lone.state.counters).toBe(COUNTERS_MAX);
      expect(booksIn(lone)?.tally.permitsUncounted).toBe(onError === 'open' ? 1 : 0);
    }
  },
);

test('a limit that fails open does not let through what another denies', () => {
  const lone = sole(
    { name: 'open', limit: 5, onError: 'open', dimensions: { tenant: '*' } },
    { name: 'real', limit: 2 },
  );
  lone.check(2, { tenant: 'known' });
  lone.state.counters = COUNTERS_MAX;
  expect(lone.check(1, { tenant: 'new' })).toMatchObject({
    allowed: false,
    verdict: { limit: { name: 'real' } },
  });
});
