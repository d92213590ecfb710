import { expect, test } from 'vitest';
import { VoteTable } from '../../crdt/index.ts';
import { isFenced, owns } from '../../src/core/entitlement.ts';
import { clusterOf, versionOf, votesOnA } from './builders.ts';

const EPOCH = 7;
const clusterOfSize = (members: number) => clusterOf(...new Array<number>(members).fill(1));
const versionOfSize = (members: number) => versionOf(new Array<number>(members).fill(1));

test.each([
  { members: 1, ownVotes: 0, fenceVotes: 1 },
  { members: 2, ownVotes: 0, fenceVotes: 2 },
  { members: 3, ownVotes: 1, fenceVotes: 2 },
  { members: 4, ownVotes: 1, fenceVotes: 3 },
  { members: 5, ownVotes: 2, fenceVotes: 3 },
  { members: 6, ownVotes: 2, fenceVotes: 4 },
  { members: 7, ownVotes: 3, fenceVotes: 4 },
])('of $members members, $ownVotes others make an owner and $fenceVotes fence', (expected) => {
  const { ownVotes, fenceVotes } = clusterOfSize(expected.members);
  expect({ ownVotes, fenceVotes }).toEqual({
    ownVotes: expected.ownVotes,
    fenceVotes: expected.fenceVotes,
  });
  expect(ownVotes + fenceVotes).toBe(expected.members);
});

test.each([1, 2, 3, 4, 5, 6, 7])('in a cluster of %i nobody is ever owner and fenced at once', (members) => {
  const version = versionOfSize(members);
  for (const letters of everyOutcome(members - 1)) {
    const votes = votesOnA(EPOCH, letters);
    const both = owns(version, votes, 'a', EPOCH) && isFenced(version, votes, 'a', EPOCH);
    expect(both, letters).toBe(false);
  }
});

test.each([1, 2, 3, 4, 5, 6, 7])('in a cluster of %i votes count from the threshold on', (members) => {
  const version = versionOfSize(members);
  const { ownVotes, fenceVotes } = version.cluster;
  for (const letters of everyOutcome(members - 1)) {
    const votes = votesOnA(EPOCH, letters);
    const count = (letter: string) => [...letters].filter((cast) => cast === letter).length;
    expect(owns(version, votes, 'a', EPOCH), letters).toBe(count('O') >= ownVotes);
    expect(isFenced(version, votes, 'a', EPOCH), letters).toBe(count('F') >= fenceVotes);
  }
});

test('half of the members, oneself included, keep a region its leased part; more than half are needed to take it', () => {
  for (let members = 1; members <= 7; members += 1) {
    const { ownVotes, fenceVotes } = clusterOfSize(members);
    expect((ownVotes + 1) * 2).toBeGreaterThanOrEqual(members);
    expect(fenceVotes * 2).toBeGreaterThan(members);
  }
});

test('a member alone and each of two own without votes, and are never fenced', () => {
  for (const members of [1, 2]) {
    const version = versionOfSize(members);
    expect(owns(version, new VoteTable(), 'a', EPOCH)).toBe(true);
    for (const letters of everyOutcome(members - 1)) {
      expect(isFenced(version, votesOnA(EPOCH, letters), 'a', EPOCH)).toBe(false);
    }
  }
});

test('votes count for the epoch and the region that they were cast about, and no other', () => {
  const version = versionOfSize(3);
  const owned = votesOnA(EPOCH, 'OO');
  expect(owns(version, owned, 'a', EPOCH)).toBe(true);
  expect(owns(version, owned, 'a', EPOCH + 1)).toBe(false);
  expect(owns(version, owned, 'b', EPOCH)).toBe(false);
  const fenced = votesOnA(EPOCH, 'FF');
  expect(isFenced(version, fenced, 'a', EPOCH)).toBe(true);
  expect(isFenced(version, fenced, 'a', EPOCH - 1)).toBe(false);
  expect(isFenced(version, fenced, 'b', EPOCH)).toBe(false);
});

test('only members of a version vote in it', () => {
  const version = versionOfSize(3);
  expect(owns(version, votesOnA(EPOCH, '..OOO'), 'a', EPOCH)).toBe(false);
  expect(isFenced(version, votesOnA(EPOCH, 'F.FFF'), 'a', EPOCH)).toBe(false);
});

/** Every way in which so many voters can vote O, F or not at all. */
function everyOutcome(voters: number): string[] {
  if (voters === 0) return [''];
  return everyOutcome(voters - 1).flatMap((letters) => ['O', 'F', '.'].map((letter) => letters + letter));
}
