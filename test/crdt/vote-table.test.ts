import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Vote, VoteTable } from '../../crdt/index.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const region = fc.constantFrom(...REGIONS);
const votes = fc.array(fc.tuple(region, region, fc.nat(5), fc.constantFrom<Vote>('OWN', 'FENCE')), {
  maxLength: 40,
});

type Votes = readonly (readonly [string, string, number, Vote])[];

function table(...parts: readonly Votes[]): VoteTable {
  const sum = new VoteTable();
  for (const part of parts) for (const vote of part) sum.record(...vote);
  return sum;
}

const stateOf = (votes: VoteTable) =>
  [0, 1, 2, 3, 4, 5].flatMap((epoch) =>
    REGIONS.flatMap((voter) =>
      REGIONS.flatMap((subject) =>
        (['OWN', 'FENCE'] as const).map((vote) => votes.has(voter, subject, epoch, vote)),
      ),
    ),
  );

test('merging is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(votes, votes, votes, (a, b, c) => {
      const expected = stateOf(table(a, b, c));
      expect(stateOf(table(c, a, b))).toEqual(expected);
      expect(stateOf(table(b, a, c, a, b))).toEqual(expected);
    }),
  );
});

test('merging is monotone: a vote that is known stays known', () => {
  fc.assert(
    fc.property(votes, votes, (a, b) => {
      const sum = table(a);
      const before = stateOf(sum);
      for (const vote of b) sum.record(...vote);
      stateOf(sum).forEach((known, at) => {
        if (before[at] === true) expect(known).toBe(true);
      });
    }),
  );
});

test('a count is the number of different voters', () => {
  fc.assert(
    fc.property(votes, (a) => {
      const sum = table(a, a);
      for (const subject of REGIONS) {
        const voters = new Set(
          a.filter(([, s, e, v]) => s === subject && e === 3 && v === 'OWN').map(([voter]) => voter),
        );
        expect(sum.count(subject, 3, 'OWN')).toBe(voters.size);
      }
    }),
  );
});

test('a voter that says both is a conflict, and both stand, whichever came first', () => {
  const sum = new VoteTable();
  expect(sum.record('us-east', 'eu-west', 7, 'OWN')).toBe('new');
  expect(sum.record('us-east', 'eu-west', 7, 'OWN')).toBe('known');
  expect(sum.record('us-east', 'eu-west', 7, 'FENCE')).toBe('conflict');
  expect([sum.count('eu-west', 7, 'OWN'), sum.count('eu-west', 7, 'FENCE')]).toEqual([1, 1]);
});

test('runs carry a table over whole', () => {
  fc.assert(
    fc.property(votes, (a) => {
      const writeOnce = [...new Map(a.map((vote) => [`${vote[0]} ${vote[1]} ${vote[2]}`, vote])).values()];
      const copy = new VoteTable();
      for (const [voter, subject, first, letters] of table(writeOnce).runs(0, 5)) {
        [...letters].forEach((letter, at) => {
          if (letter !== '.') copy.record(voter, subject, first + at, letter === 'O' ? 'OWN' : 'FENCE');
        });
      }
      expect(stateOf(copy)).toEqual(stateOf(table(writeOnce)));
    }),
  );
});

test('old epochs are forgotten, but for those that are asked for', () => {
  const sum = table([1, 2, 3, 4].map((epoch) => ['us-east', 'eu-west', epoch, 'OWN'] as const));
  sum.forgetBelow(4, (epoch) => epoch === 2);
  expect([...sum.epochs()]).toEqual([2, 4]);
});
