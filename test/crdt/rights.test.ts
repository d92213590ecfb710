import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ActorId, actorId, Rights } from '../../crdt/index.ts';

const ACTORS = ['us-east', 'eu-west', 'ap-southeast'].map((region) => actorId(region, 'feedfacecafebeef'));
const actor = fc.constantFrom(...ACTORS);
const cells = fc.array(fc.tuple(actor, actor, fc.nat(1_000)), { maxLength: 20 });

type Cells = readonly (readonly [ActorId, ActorId, number])[];

function merged(...parts: readonly Cells[]): Rights {
  const rights = new Rights();
  for (const part of parts)
    for (const [donor, recipient, total] of part) rights.merge(donor, recipient, total);
  return rights;
}

const stateOf = (rights: Rights) =>
  ACTORS.map((donor) => ACTORS.map((recipient) => rights.given(donor, recipient)));

test('merging is commutative', () => {
  fc.assert(
    fc.property(cells, cells, (a, b) => {
      expect(stateOf(merged(a, b))).toEqual(stateOf(merged(b, a)));
    }),
  );
});

test('merging is associative', () => {
  const asCells = (rights: Rights): Cells =>
    ACTORS.flatMap((donor) =>
      [...rights.gifts(donor)].map(([recipient, total]) => [donor, recipient, total] as const),
    );
  fc.assert(
    fc.property(cells, cells, cells, (a, b, c) => {
      expect(stateOf(merged(asCells(merged(a, b)), c))).toEqual(stateOf(merged(a, asCells(merged(b, c)))));
    }),
  );
});

test('merging is idempotent and monotone', () => {
  fc.assert(
    fc.property(cells, cells, (a, b) => {
      const rights = merged(a);
      for (const [donor, recipient, total] of b) {
        const before = rights.given(donor, recipient);
        expect(rights.merge(donor, recipient, total)).toBe(before);
        expect(rights.merge(donor, recipient, total)).toBe(Math.max(before, total));
      }
    }),
  );
});

test('giving changes the row of the donor only', () => {
  fc.assert(
    fc.property(cells, actor, actor, fc.nat(100), (a, donor, recipient, amount) => {
      const rights = merged(a);
      const before = stateOf(rights);
      rights.give(donor, recipient, amount);
      stateOf(rights).forEach((row, at) => {
        if (ACTORS[at] !== donor) expect(row).toEqual(before[at]);
      });
      expect(rights.given(donor, recipient)).toBe((merged(a).given(donor, recipient) ?? 0) + amount);
    }),
  );
});

test('what is given is neither made nor lost: all balances sum to zero', () => {
  fc.assert(
    fc.property(cells, (a) => {
      const rights = merged(a);
      expect(ACTORS.reduce((sum, each) => sum + rights.balance(each), 0)).toBe(0);
    }),
  );
});
