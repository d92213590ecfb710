import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cluster, seatMembers } from '../../src/core/cluster.ts';
import { baseOf, leasedOf } from '../../src/core/entitlement.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { clusterOf } from './builders.ts';

/** Seven members of the largest weight a configuration may give, and its largest limit: still exact. */
const cluster = fc
  .array(fc.oneof(fc.nat(100), fc.nat(1_000_000)), { minLength: 1, maxLength: 7 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => clusterOf(...weights));
const permits = fc.oneof(fc.nat(20), fc.nat(1_000_000_000));

const basesOf = (seated: Cluster, limit: number, theta: number) =>
  seated.seats.map((seat) => baseOf(seated, seat, limit, theta));
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

test.each([
  { weights: [40, 35, 25], limit: 1_000, theta: 0, bases: [400, 350, 250] },
  { weights: [40, 35, 25], limit: 1_000, theta: 99, bases: [400, 350, 250] },
  { weights: [1, 1, 1], limit: 2, theta: 0, bases: [0, 1, 1] },
  { weights: [1, 1, 1], limit: 2, theta: 1, bases: [1, 0, 1] },
  { weights: [1, 1, 1], limit: 2, theta: 2, bases: [1, 1, 0] },
  { weights: [3, 0, 1], limit: 10, theta: 0, bases: [7, 0, 3] },
  { weights: [1], limit: 10, theta: 0, bases: [10] },
  { weights: [1, 1], limit: 0, theta: 1, bases: [0, 0] },
])('weights $weights cut $limit at offset $theta into $bases', ({ weights, limit, theta, bases }) => {
  expect(basesOf(clusterOf(...weights), limit, theta)).toEqual(bases);
});

test('bases sum to the limit exactly, whatever the weights and the offset', () => {
  fc.assert(
    fc.property(cluster, permits, fc.nat(), (seated, limit, seed) => {
      expect(sum(basesOf(seated, limit, seed % seated.weightSum))).toBe(limit);
    }),
  );
});

test('each base is a whole number less than one away from the exact share', () => {
  fc.assert(
    fc.property(cluster, permits, fc.nat(), (seated, limit, seed) => {
      for (const seat of seated.seats) {
        const base = baseOf(seated, seat, limit, seed % seated.weightSum);
        const exact = (BigInt(limit) * BigInt(seat.weight)) / BigInt(seated.weightSum);
        expect([exact, exact + 1n]).toContain(BigInt(base));
        if ((limit * seat.weight) % seated.weightSum === 0) expect(BigInt(base)).toBe(exact);
      }
    }),
  );
});

test('over all offsets every region gets its exact share on average', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(12), { minLength: 1, maxLength: 6 }).filter((weights) => sum(weights) > 0),
      fc.nat(200),
      (weights, limit) => {
        const seated = clusterOf(...weights);
        const offsets = Array.from({ length: seated.weightSum }, (_, theta) => theta);
        for (const seat of seated.seats) {
          const total = sum(offsets.map((theta) => baseOf(seated, seat, limit, theta)));
          expect(total).toBe(limit * seat.weight);
        }
      },
    ),
  );
});

test.each([
  { base: 100, reclaim: 0, leased: 0 },
  { base: 100, reclaim: 500, leased: 50 },
  { base: 101, reclaim: 500, leased: 50 },
  { base: 1, reclaim: 500, leased: 0 },
  { base: 1, reclaim: 800, leased: 0 },
  { base: 10, reclaim: 800, leased: 8 },
  { base: 9, reclaim: 333, leased: 2 },
  { base: 0, reclaim: 800, leased: 0 },
])('of a base of $base with $reclaim ‰ to reclaim, $leased are leased', ({ base, reclaim, leased }) => {
  expect(leasedOf(compileLimit(limitSpec({ reclaimPermille: reclaim })), base)).toBe(leased);
});

test('the floor is at least what the configuration keeps, and floor and leased part make the base', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), fc.nat(1_000), (base, reclaimPermille) => {
      const leased = leasedOf(compileLimit(limitSpec({ reclaimPermille })), base);
      expect(leased).toBeGreaterThanOrEqual(0);
      expect(leased * 1_000).toBeLessThanOrEqual(base * reclaimPermille);
      expect((leased + 1) * 1_000).toBeGreaterThan(base * reclaimPermille);
    }),
  );
});

test('members are seated by name, so that all of them cut shares alike', () => {
  const seated = seatMembers([
    { region: 'us-east', weight: 40 },
    { region: 'ap-southeast', weight: 25 },
    { region: 'eu-west', weight: 35 },
  ]);
  expect(seated.seats).toEqual([
    { region: 'ap-southeast', weight: 25, below: 0 },
    { region: 'eu-west', weight: 35, below: 25 },
    { region: 'us-east', weight: 40, below: 60 },
  ]);
  expect(seated.weightSum).toBe(100);
});

test.each([
  ['nobody has a share', [{ region: 'a', weight: 0 }]],
  ['there is no member', []],
  [
    'two members have one name',
    [
      { region: 'a', weight: 1 },
      { region: 'a', weight: 1 },
    ],
  ],
  ['a weight is negative', [{ region: 'a', weight: -1 }]],
  ['a weight is a fraction', [{ region: 'a', weight: 0.5 }]],
] as const)('a cluster in which %s is refused', (_why, members) => {
  expect(() => seatMembers(members)).toThrow('invariant broken');
});
