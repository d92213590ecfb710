import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admitAll } from '../../src/core/admit.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import { releaseLease } from '../../src/core/leases.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import type { Lone } from './builders.ts';
import { sole } from './sole.ts';

const asking = (permits: number, tenant = 'acme', resource = 'orders'): CheckRequest => ({
  resource,
  dimensions: { tenant },
  permits,
});
const all = (lone: Lone, ...requests: readonly CheckRequest[]): Decision[] =>
  admitAll(lone.state, requests, lone.at());
const allowed = (decisions: readonly Decision[]) => decisions.map((each) => each.allowed);

const KINDS: readonly Partial<LimitSpec>[] = [
  { algorithm: 'fixed-window' },
  { algorithm: 'sliding-window' },
  { algorithm: 'token-bucket' },
  { algorithm: 'leaky-bucket', delayMsMax: 0 },
  { algorithm: 'concurrency' },
  { algorithm: 'fixed-window', consistency: 'available' },
  { algorithm: 'token-bucket', consistency: 'available' },
];

test.each(KINDS)(
  '$algorithm $consistency: requests that meet the same counter are weighed together',
  (kind) => {
    const lone = sole({ ...kind, limit: 10 });
    expect(allowed(all(lone, asking(4), asking(4), asking(3)))).toEqual([false, false, false]);
    expect(lone.check(0).verdict?.remaining).toBe(10);
    expect(allowed(all(lone, asking(4), asking(4), asking(2)))).toEqual([true, true, true]);
    expect(lone.check(0).verdict?.remaining).toBe(0);
    expect(allowed(all(lone, asking(0), asking(1)))).toEqual([false, false]);
  },
);

test.each(KINDS)(
  '$algorithm $consistency: together they are let through exactly when their sum is, under every limit',
  (kind) => {
    const tenant = fc.constantFrom('a', 'b', 'c');
    const batch = fc.array(fc.tuple(fc.nat(4), tenant), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), (batches) => {
        const lone = sole(
          { ...kind, name: 'each', limit: 8, dimensions: { tenant: '*' } },
          { ...kind, name: 'together', limit: 15 },
        );
        const spent = new Map<string, number>();
        for (const requests of batches) {
          const after = new Map(spent);
          for (const [permits, name] of requests)
            for (const key of [name, '*']) after.set(key, (after.get(key) ?? 0) + permits);
          const fits = [...after].every(([key, permits]) => permits <= (key === '*' ? 15 : 8));
          const decisions = all(lone, ...requests.map(([permits, name]) => asking(permits, name)));
          expect(allowed(decisions)).toEqual(requests.map(() => fits));
          if (fits) for (const [key, permits] of after) spent.set(key, permits);
        }
      }),
      { numRuns: 50 },
    );
  },
);

test('what is left is told as it is after all that went before', () => {
  const lone = sole({ limit: 10 });
  const left = all(lone, asking(3), asking(4)).map(({ verdict }) => verdict?.remaining);
  expect(left.at(-1)).toBe(3);
});

test('a request that no limit meets is not let through beside one that is denied', () => {
  const lone = sole({ limit: 1, resource: 'orders' });
  expect(allowed(all(lone, asking(1, 'acme', 'other'), asking(2)))).toEqual([false, false]);
  expect(allowed(all(lone, asking(1, 'acme', 'other'), asking(1)))).toEqual([true, true]);
});

test('one that would pass alone, and is held back by another, is not told that it is all right', () => {
  const lone = sole({ limit: 10 });
  const [first] = all(lone, asking(1), asking(11));
  expect(first).toMatchObject({ allowed: false });
  expect(first?.reason).not.toBe('ok');
});

test('each request holds its own permits, by its own lease', () => {
  const lone = sole({ algorithm: 'concurrency', limit: 3 });
  const [one, two] = all(lone, asking(1), asking(2)).map(({ lease }) => lease);
  expect(one).not.toBe(two);
  releaseLease(lone.state, two ?? '');
  expect(lone.check(0).verdict?.remaining).toBe(2);
});

test('nothing asked is nothing decided', () => {
  expect(all(sole({ limit: 1 }))).toEqual([]);
});
