import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refund } from '../../src/core/admit.ts';
import type { AlgorithmName, LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { booksIn, Lone, PlayedPeer, sent } from './builders.ts';
import { drain, expectExactRetry, pass, passTo, sole, soleWithoutBooks } from './sole.ts';

function giveBack(lone: Lone, permits: number, dimensions: Readonly<Record<string, string>> = {}): number[] {
  return refund(lone.state, { resource: 'orders', dimensions, permits }, lone.at()).map(
    (each) => each.permits,
  );
}

const ALGORITHMS: readonly AlgorithmName[] = ['fixed-window', 'sliding-window', 'token-bucket', 'quota'];
const limited = (algorithm: AlgorithmName): Partial<LimitSpec> => ({
  algorithm,
  limit: 10,
  windowMs: 10_000,
  burst: 10,
  reclaimPermille: 0,
});

test.each(ALGORITHMS)(
  '%s: what is given back can be spent again, and no more than was spent is given back',
  (algorithm) => {
    const lone = sole(limited(algorithm));
    expect(giveBack(lone, 3)).toEqual([0]);
    lone.check(6);
    expect(giveBack(lone, 4)).toEqual([4]);
    expect(lone.check(0).verdict).toMatchObject({ remaining: 8, globalRemaining: 8 });
    expect(giveBack(lone, 4)).toEqual([2]);
    expect(giveBack(lone, 4)).toEqual([0]);
    expect(drain(lone)).toBe(10);
  },
);

test.each(ALGORITHMS)(
  '%s: spends less refunds never exceed the limit, and what is left says so',
  (algorithm) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(7)), { maxLength: 40 }), (deeds) => {
        const lone = sole(limited(algorithm));
        let spent = 0;
        for (const [gives, permits] of deeds) {
          if (gives) spent -= giveBack(lone, permits)[0] ?? 0;
          else if (lone.check(permits).allowed) spent += permits;
          expect(spent).toBeGreaterThanOrEqual(0);
          expect(lone.check(0).verdict?.remaining).toBe(10 - spent);
        }
      }),
      { numRuns: 50 },
    );
  },
);

test('fixed windows: what was spent in a window that is over is not given back in the next', () => {
  const lone = sole(limited('fixed-window'));
  lone.check(10);
  passTo(lone, 10_000);
  expect(giveBack(lone, 5)).toEqual([0]);
  expect(drain(lone)).toBe(10);
});

test('sliding windows: the oldest that still counts is given back first', () => {
  const lone = sole(limited('sliding-window'));
  lone.check(4);
  passTo(lone, 2_000);
  lone.check(6);
  expect(giveBack(lone, 5)).toEqual([5]);
  expect(drain(lone)).toBe(5);
  // All that counts now was spent in the slot of the second second.
  expect(expectExactRetry(lone, 10)).toBe(10_000);
});

test('sliding windows: what does not count any more is not given back', () => {
  const lone = sole(limited('sliding-window'));
  lone.check(4);
  passTo(lone, 10_000);
  expect(giveBack(lone, 4)).toEqual([0]);
  expect(drain(lone)).toBe(10);
});

test('buckets: what is given back never fills them beyond the burst', () => {
  const lone = sole(limited('token-bucket'));
  lone.check(5);
  pass(lone, 4_000);
  expect(giveBack(lone, 5)).toEqual([5]);
  expect(drain(lone)).toBe(10);
});

test('buckets: to give back what was never spent leaves nothing behind', () => {
  for (const lone of [sole, soleWithoutBooks].map((make) =>
    make({ ...limited('token-bucket'), dimensions: { tenant: '*' } }),
  )) {
    for (let tenant = 0; tenant < 100; tenant += 1) giveBack(lone, 1, { tenant: `tenant-${tenant}` });
    expect(booksIn(lone)?.levels.size).toBe(0);
    expect(lone.state.counters).toBe(0);
  }
});

test('leaky buckets: while somebody waits nothing is given back, for the places in the queue are promised', () => {
  const lone = sole({ ...limited('leaky-bucket'), burst: 1, delayMsMax: 3_000 });
  expect([1, 1, 1].map((permits) => lone.check(permits).delayMs)).toEqual([0, 1_000, 2_000]);
  expect(giveBack(lone, 1)).toEqual([0]);
  expect(lone.check(1).delayMs).toBe(3_000);
});

test('permits at one time are released by their lease, not given back', () => {
  const lone = sole(limited('concurrency'), { ...limited('fixed-window'), name: 'window' });
  lone.check(10);
  expect(giveBack(lone, 4)).toEqual([4]);
  expect(lone.check(1).reason).toBe('concurrency_exceeded');
});

test('of each limit that a request meets so much is given back as was spent under it', () => {
  const lone = sole(
    { ...limited('fixed-window'), name: 'by-tenant', dimensions: { tenant: '*' } },
    { ...limited('fixed-window'), name: 'all', limit: 100 },
  );
  lone.check(3, { tenant: 'a' });
  lone.check(4, { tenant: 'b' });
  expect(giveBack(lone, 5, { tenant: 'a' })).toEqual([3, 5]);
});

test('peers hear of what was given back, as far as they heard that it was spent', () => {
  const lone = new Lone({ limits: [limitSpec({ limit: 100 })] });
  const used = (rows: ReturnType<typeof sent<'delta'>>) =>
    rows.flatMap(({ groups }) => groups.flatMap(([, , all]) => all));
  lone.check(20);
  expect(used(sent(lone.run(200), 'delta'))[0]?.slice(2)).toEqual([20]);
  giveBack(lone, 15);
  expect(used(sent(lone.run(200), 'delta'))[0]?.slice(2)).toEqual([20, [], 15]);
});

test('a peer that gives back what it spent leaves more in the world, not here', () => {
  const lone = new Lone({ limits: [limitSpec({ limit: 100 })] });
  const peer = new PlayedPeer(lone, 'eu-west');
  const windowId = lone.check(0).verdict?.windowId ?? 0;
  peer.beat();
  peer.tell(1, ['', windowId, 30]);
  expect(lone.check(0).verdict).toMatchObject({ remaining: 20, globalRemaining: 70 });
  peer.tell(2, ['', windowId, 30, [], 12]);
  expect(lone.check(0).verdict).toMatchObject({ remaining: 20, globalRemaining: 82 });
});

test.each(ALGORITHMS)(
  '%s: what was spent at some time comes back in the window of that time',
  (algorithm) => {
    const lone = sole(limited(algorithm));
    const giveBackOf = (atMs: number, permits: number) =>
      refund(lone.state, { resource: 'orders', dimensions: {}, permits }, lone.at(), { atMs }).map(
        (each) => each.permits,
      );
    pass(lone, 3_000);
    const { atMs } = lone.check(6);
    expect(atMs).toBe(lone.wallMs);
    pass(lone, 2_000);
    lone.check(2);
    const isOneWindow = algorithm === 'fixed-window' || algorithm === 'quota';
    expect(giveBackOf(atMs, 10)).toEqual([isOneWindow ? 8 : 6]);
    // Nothing was spent before these books were opened, nor has been in time to come.
    expect([giveBackOf(0, 1), giveBackOf(lone.wallMs + 1, 1)]).toEqual([[], []]);
  },
);
