import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorId, GrowCounter, WindowCounters } from '../../crdt/index.ts';

const PEER = actorId('eu-west', '00000000000000aa');
const counters = () => new WindowCounters(() => new GrowCounter());
const writes = fc.array(fc.tuple(fc.nat(6), fc.constantFrom('acme', 'beta', '__proto__'), fc.nat(100)), {
  maxLength: 40,
});

function joined(
  ...parts: readonly (readonly (readonly [number, string, number])[])[]
): WindowCounters<GrowCounter> {
  const sum = counters();
  for (const part of parts)
    for (const [window, key, count] of part) sum.open(window, key)?.merge(PEER, count);
  return sum;
}

const stateOf = (sum: WindowCounters<GrowCounter>) =>
  [...sum.windows()]
    .flatMap(([window, byKey]) => [...byKey].map(([key, counter]) => `${window} ${key} ${counter.value()}`))
    .sort();

test('merging is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(writes, writes, writes, (a, b, c) => {
      const expected = stateOf(joined(a, b, c));
      expect(stateOf(joined(c, b, a))).toEqual(expected);
      expect(stateOf(joined(a, a, c, b, c))).toEqual(expected);
    }),
  );
});

test('a late row touches its own window and no other', () => {
  const sum = joined([[6, 'acme', 3]]);
  sum.open(7, 'acme')?.add(1);
  sum.open(6, 'acme')?.merge(PEER, 7);
  expect(sum.find(7, 'acme')?.value()).toBe(1);
  expect(sum.find(6, 'acme')?.value()).toBe(7);
});

test('a closed window is never created again, whatever arrives for it', () => {
  fc.assert(
    fc.property(writes, fc.nat(7), writes, (before, mark, after) => {
      const sum = joined(before);
      const kept = sum.size;
      expect(kept - sum.closeBelow(mark)).toBe(sum.size);
      for (const [window, key, count] of after) sum.open(window, key)?.merge(PEER, count);
      for (const [window] of sum.windows()) expect(window).toBeGreaterThanOrEqual(mark);
    }),
  );
});

test('closing commutes with merging: what stays open is the same either way', () => {
  fc.assert(
    fc.property(writes, fc.nat(7), (rows, mark) => {
      const closedLast = joined(rows);
      closedLast.closeBelow(mark);
      const closedFirst = counters();
      closedFirst.closeBelow(mark);
      for (const [window, key, count] of rows) closedFirst.open(window, key)?.merge(PEER, count);
      expect(stateOf(closedFirst)).toEqual(stateOf(closedLast));
    }),
  );
});

test('the low-water mark never falls', () => {
  const sum = counters();
  sum.closeBelow(5);
  expect(sum.closeBelow(3)).toBe(0);
  expect(sum.lowWater).toBe(5);
  expect(sum.open(4, 'acme')).toBeUndefined();
});
