import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ActorId, actorId, PnCounter, type PnRow } from '../../crdt/index.ts';

const WRITERS = ['us-east', 'eu-west'].map((region) => actorId(region, '0123456789abcdef'));
const row = fc.record({ added: fc.nat(1_000), removed: fc.nat(1_000) });
const rows = fc.array(fc.tuple(fc.constantFrom(...WRITERS), row), { maxLength: 10 });

function merged(...parts: readonly (readonly (readonly [ActorId, PnRow])[])[]): PnCounter {
  const counter = new PnCounter();
  for (const part of parts) for (const [writer, known] of part) counter.merge(writer, known);
  return counter;
}

const stateOf = (counter: PnCounter) => WRITERS.map((writer) => counter.row(writer));

test('merging is commutative and idempotent', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      expect(stateOf(merged(a, b))).toEqual(stateOf(merged(b, a, b)));
    }),
  );
});

test('merging is associative', () => {
  fc.assert(
    fc.property(rows, rows, rows, (a, b, c) => {
      const asRows = (counter: PnCounter) => WRITERS.map((writer) => [writer, counter.row(writer)] as const);
      expect(stateOf(merged(asRows(merged(a, b)), c))).toEqual(stateOf(merged(a, asRows(merged(b, c)))));
    }),
  );
});

test('both halves of every row only grow, even while the value falls', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const counter = merged(a);
      for (const [writer, known] of b) {
        const before = counter.row(writer);
        const grew = counter.merge(writer, known);
        const after = counter.row(writer);
        expect(after.added).toBe(Math.max(before.added, known.added));
        expect(after.removed).toBe(Math.max(before.removed, known.removed));
        expect(grew).toBe(after.added !== before.added || after.removed !== before.removed);
      }
    }),
  );
});

test('the own row is changed by adding and removing only', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.array(fc.nat(100)), rows, (added, removed, foreign) => {
      const counter = new PnCounter();
      for (const amount of added) counter.add(amount);
      for (const amount of removed) counter.remove(amount);
      for (const [writer, known] of foreign) counter.merge(writer, known);
      const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
      expect(counter.mine).toEqual({ added: sum(added), removed: sum(removed) });
      const theirs = stateOf(counter).reduce((total, known) => total + known.added - known.removed, 0);
      expect(counter.value()).toBe(sum(added) - sum(removed) + theirs);
    }),
  );
});
