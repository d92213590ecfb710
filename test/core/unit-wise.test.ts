import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spreadUnits } from '../../src/core/unit-wise.ts';

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

test.each([
  { wanted: [1, 1, 1], has: [1, 1, 1], gets: [1, 1, 1], because: 'all are as likely to use theirs' },
  { wanted: [9, 0, 0], has: [1, 1, 1], gets: [3, 0, 0], because: 'nobody else asks' },
  {
    wanted: [0.9, 0.8, 0.7],
    has: [1, 1, 1],
    gets: [1, 1, 1],
    because: 'a second is not much likelier used than a first',
  },
  { wanted: [0, 0, 0], has: [0, 2, 1], gets: [1, 1, 1], because: 'a first is likelier used than a second' },
  { wanted: [5, 1], has: [0, 0], gets: [0, 0], because: 'there is nothing' },
])('of $has for $wanted they should have $gets: $because', ({ wanted, has, gets }) => {
  expect(spreadUnits(wanted, has)).toEqual(gets);
});

test('units are neither made nor lost, and none is owed', () => {
  const holder = fc.record({ wants: fc.double({ min: 0, max: 50, noNaN: true }), has: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(holder, { minLength: 1, maxLength: 8 }), (holders) => {
      const spread = spreadUnits(
        holders.map(({ wants }) => wants),
        holders.map(({ has }) => has),
      );
      expect(sum(spread)).toBe(sum(holders.map(({ has }) => has)));
      expect(Math.min(...spread)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('once spread, units stay where they are', () => {
  const holder = fc.record({ wants: fc.double({ min: 0, max: 20, noNaN: true }), has: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(holder, { minLength: 1, maxLength: 6 }), (holders) => {
      const wants = holders.map((each) => each.wants);
      const spread = spreadUnits(
        wants,
        holders.map(({ has }) => has),
      );
      expect(spreadUnits(wants, spread)).toEqual(spread);
    }),
  );
});
