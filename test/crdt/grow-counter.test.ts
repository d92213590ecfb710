import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ActorId, actorId, GrowCounter } from '../../crdt/index.ts';

const WRITERS = ['us-east', 'eu-west', 'ap-southeast'].map((region) => actorId(region, '0123456789abcdef'));
const rows = fc.array(fc.tuple(fc.constantFrom(...WRITERS), fc.nat(1_000_000)), { maxLength: 20 });

type Rows = readonly (readonly [ActorId, number])[];

function merged(...parts: readonly Rows[]): GrowCounter {
  const counter = new GrowCounter();
  for (const part of parts) for (const [writer, count] of part) counter.merge(writer, count);
  return counter;
}

const stateOf = (counter: GrowCounter) => WRITERS.map((writer) => counter.row(writer));

test('merging is commutative', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      expect(stateOf(merged(a, b))).toEqual(stateOf(merged(b, a)));
    }),
  );
});

test('merging is associative', () => {
  fc.assert(
    fc.property(rows, rows, rows, (a, b, c) => {
      const left = merged([...merged(a, b).theirs()], c);
      const right = merged(a, [...merged(b, c).theirs()]);
      expect(stateOf(left)).toEqual(stateOf(right));
    }),
  );
});

test('merging is idempotent', () => {
  fc.assert(
    fc.property(rows, (a) => {
      expect(stateOf(merged(a, a, a))).toEqual(stateOf(merged(a)));
    }),
  );
});

test('merging is monotone: no row ever shrinks, and the answer says when one grew', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const counter = merged(a);
      for (const [writer, count] of b) {
        const before = counter.row(writer);
        expect(counter.merge(writer, count)).toBe(before);
        expect(counter.row(writer)).toBe(Math.max(before, count));
      }
    }),
  );
});

test('merging never changes the own row, and adding never changes another', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat(1_000)), (foreign, added) => {
      const counter = merged(foreign);
      const before = stateOf(counter);
      for (const amount of added) counter.add(amount);
      const mine = added.reduce((sum, amount) => sum + amount, 0);
      expect(stateOf(counter)).toEqual(before);
      for (const [writer, count] of foreign) counter.merge(writer, count + 1);
      expect(counter.mine).toBe(mine);
    }),
  );
});

test('replicas that exchange their own rows in any order agree on the sum of all that was added', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(2), fc.nat(100))),
      fc.array(fc.tuple(fc.nat(2), fc.nat(2))),
      (adds, gossip) => {
        const replicas = WRITERS.map(() => new GrowCounter());
        const tell = (from: number, to: number) => {
          const writer = WRITERS[from];
          if (from !== to && writer !== undefined) replicas[to]?.merge(writer, replicas[from]?.mine ?? 0);
        };
        for (const [at, amount] of adds) {
          replicas[at]?.add(amount);
          for (const [from, to] of gossip) tell(from, to);
        }
        for (const from of [2, 0, 1]) for (const to of [0, 1, 2]) tell(from, to);
        const total = adds.reduce((sum, [, amount]) => sum + amount, 0);
        expect(replicas.map((replica) => replica.value())).toEqual([total, total, total]);
      },
    ),
  );
});
