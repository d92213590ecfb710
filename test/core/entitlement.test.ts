import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VoteTable } from '../../crdt/index.ts';
import { entitlement, standings } from '../../src/core/entitlement.ts';
import type { Limit, LimitSpec } from '../../src/core/limit.ts';
import type { Version } from '../../src/core/version.ts';
import { trancheEpoch } from '../../src/core/window.ts';
import { limitSpec } from '../world.ts';
import { versionOf } from './builders.ts';

const WINDOW = 4;
const SHORT_MS = 10_000;
/** Ten tranches, one an epoch. */
const LONG_MS = 100_000;

type Vote = readonly [voter: string, subject: string, epoch: number, letter: 'O' | 'F'];

/** One window of one key in one cluster, and every vote that was cast about it: each voter once about each subject and epoch. */
type Case = {
  readonly version: Version;
  readonly limit: Limit;
  readonly hash: number;
  readonly votes: readonly Vote[];
};

const cases = (letter: fc.Arbitrary<'O' | 'F' | '.'>): fc.Arbitrary<Case> =>
  fc
    .record({
      weights: fc
        .array(fc.oneof(fc.constant(0), fc.nat(9), fc.nat(1_000)), { minLength: 1, maxLength: 6 })
        .filter((weights) => weights.some((weight) => weight > 0)),
      windowMs: fc.constantFrom(1_000, SHORT_MS, LONG_MS),
      limit: fc.oneof(fc.nat(30), fc.nat(100_000)),
      reclaimPermille: fc.nat(1_000),
      hash: fc.nat(),
    })
    .chain(({ weights, hash, ...spec }) => {
      const { version, limit } = settled(weights, spec);
      const casts = pairs(version).flatMap(([voter, subject]) =>
        epochsOf(limit).map((epoch) => [voter, subject, epoch] as const),
      );
      return fc.array(letter, { minLength: casts.length, maxLength: casts.length }).map((letters) => ({
        version,
        limit,
        hash,
        votes: casts.flatMap(([voter, subject, epoch], at): Vote[] => {
          const cast = letters[at] ?? '.';
          return cast === '.' ? [] : [[voter, subject, epoch, cast]];
        }),
      }));
    });

/** Votes as they fall while links flap: about one region some one way, some the other, and some not heard of. */
const anyVotes = cases(fc.constantFrom('O', 'F', 'F', '.'));

test('whatever each region knows of the votes, together they are never entitled to more than the limit', () => {
  fc.assert(
    fc.property(anyVotes, fc.infiniteStream(fc.boolean()), (window, known) => {
      let total = 0;
      for (const region of window.version.members) {
        const heard = window.votes.filter(() => known.next().value);
        total += entitled(window, region, heard);
      }
      expect(total).toBeLessThanOrEqual(window.limit.limit);
    }),
    { numRuns: 2_000 },
  );
});

test('with every vote known to all, together they are never entitled to more than the limit', () => {
  fc.assert(
    fc.property(anyVotes, (window) => {
      const total = [...window.version.members].reduce((sum, region) => sum + entitled(window, region), 0);
      expect(total).toBeLessThanOrEqual(window.limit.limit);
    }),
    { numRuns: 1_000 },
  );
});

test('when everybody owns, the whole limit is given out', () => {
  fc.assert(
    fc.property(cases(fc.constant('O')), (window) => {
      const total = [...window.version.members].reduce((sum, region) => sum + entitled(window, region), 0);
      expect(total).toBe(window.limit.limit);
    }),
  );
});

test('an entitlement never falls as votes become known', () => {
  fc.assert(
    fc.property(anyVotes, fc.nat(), (window, order) => {
      const members = [...window.version.members];
      const region = members[order % members.length] ?? '';
      let before = 0;
      for (let known = 0; known <= window.votes.length; known += 1) {
        const now = entitled(window, region, window.votes.slice(0, known));
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }
    }),
  );
});

test('an entitlement never falls as epochs pass', () => {
  fc.assert(
    fc.property(anyVotes, (window) => {
      for (const region of window.version.members) {
        const byEpoch = epochsOf(window.limit).map((uptoEpoch) =>
          entitled(window, region, window.votes, { uptoEpoch }),
        );
        expect(byEpoch).toEqual([...byEpoch].sort((a, b) => a - b));
      }
    }),
  );
});

test('nothing is claimed of epochs that are sat out, and the rest as if nothing had been sat out', () => {
  fc.assert(
    fc.property(anyVotes, fc.nat(12), (window, sat) => {
      const [first = 0] = epochsOf(window.limit);
      const afterEpoch = first + sat - 1;
      for (const region of window.version.members) {
        // What is released up to the last epoch that is sat out is exactly what sitting out costs.
        const lost = entitled(window, region, window.votes, { uptoEpoch: afterEpoch });
        expect(entitled(window, region, window.votes, { afterEpoch })).toBe(
          entitled(window, region, window.votes) - lost,
        );
      }
    }),
  );
});

test.each([
  { a: 'nothing is known', votes: '', entitled: 200 },
  { a: 'one other says that it owns', votes: 'b>a:O', entitled: 400 },
  { a: 'others fence b, but nobody says that a owns', votes: 'a>b:F c>b:F', entitled: 200 },
  { a: 'a owns, and one of two fences b', votes: 'b>a:O a>b:F', entitled: 400 },
  { a: 'a owns, and both others fence b', votes: 'c>a:O a>b:F c>b:F', entitled: 400 + 107 },
  { a: 'a is fenced while b is', votes: 'b>a:F c>a:F a>b:F c>b:F', entitled: 200 },
])('of 1,000 at weights 40, 35 and 25, a has $entitled when $a', ({ votes, entitled: expected }) => {
  const { version, limit } = settled([40, 35, 25], { windowMs: SHORT_MS });
  const [epoch = 0] = epochsOf(limit);
  const cast = votes.split(' ').flatMap((vote): Vote[] => {
    const [, voter = '', subject = '', letter] = /^(\w)>(\w):([OF])$/.exec(vote) ?? [];
    return letter === undefined ? [] : [[voter, subject, epoch, letter === 'O' ? 'O' : 'F']];
  });
  expect(entitled({ version, limit, hash: 0, votes: cast }, 'a')).toBe(expected);
});

test('a window in ten tranches gives its floor at once and its leased part a tenth at a time', () => {
  const { version, limit } = settled([1, 1], { windowMs: LONG_MS });
  const byEpoch = epochsOf(limit).map((uptoEpoch) =>
    entitled({ version, limit, hash: 0, votes: [] }, 'a', [], { uptoEpoch }),
  );
  expect(byEpoch).toEqual([275, 300, 325, 350, 375, 400, 425, 450, 475, 500]);
});

/** A version that has long been settled, with one limit. */
function settled(weights: readonly number[], spec: Partial<LimitSpec>) {
  const version = versionOf(weights, [limitSpec(spec)]);
  const limit = version.limits.get('everything');
  if (limit === undefined) throw new Error('no limit');
  return { version, limit };
}

function entitled(
  { version, limit, hash, votes }: Case,
  region: string,
  known: readonly Vote[] = votes,
  reach: { readonly afterEpoch?: number; readonly uptoEpoch?: number } = {},
): number {
  const table = new VoteTable();
  for (const [voter, subject, epoch, letter] of known) {
    table.record(voter, subject, epoch, letter === 'O' ? 'OWN' : 'FENCE');
  }
  const tranches = standings(table, region, { limit, windowId: WINDOW }, () => [version]);
  const { afterEpoch = 0, uptoEpoch = Number.MAX_SAFE_INTEGER } = reach;
  return entitlement({ limit, windowId: WINDOW, tranches, afterEpoch, uptoEpoch }, { key: '', hash });
}

function epochsOf({ windows }: Limit): number[] {
  return Array.from({ length: windows.tranches }, (_, at) => trancheEpoch(windows, WINDOW, at));
}

function pairs({ members }: Version): (readonly [voter: string, subject: string])[] {
  return [...members].flatMap((voter) =>
    [...members].filter((subject) => subject !== voter).map((subject) => [voter, subject] as const),
  );
}
