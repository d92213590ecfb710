import { expect, test } from 'vitest';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import { compileVersion, stableAt, termsAt, type Version } from '../../src/core/version.ts';
import { limitSpec, THREE_REGIONS } from '../world.ts';
import { Lone, PlayedPeer, regionName } from './builders.ts';

const H = DEFAULT_TIMING.lookaheadEpochs;

/** Version `number` of a cluster of these members, adopted from the epochs given by member. */
function version(number: number, members: string, adopted: Readonly<Record<string, number>>): Version {
  const compiled = compileVersion([number, 'a'], {
    members: [...members].map((region) => ({ region, weight: 1 })),
    limits: [limitSpec({ limit: 100 * (number + 1) })],
    retired: [],
  });
  for (const [region, epoch] of Object.entries(adopted)) compiled.adopted.set(region, epoch);
  compiled.told = true;
  return compiled;
}

test('a version is adopted from beyond every epoch that was claimed, voted on or pre-issued before', () => {
  const lone = new Lone();
  lone.run(3_000);
  lone.take({
    kind: 'publish',
    configuration: { members: THREE_REGIONS, limits: [limitSpec({ limit: 5 })], retired: [] },
  });
  expect(lone.state.versions.map(({ adopted }) => adopted.get('us-east'))).toEqual([
    undefined,
    lone.state.epoch + H + 1,
  ]);
});

test('a life without books that hears late what is stable sits out from then on', () => {
  const lone = new Lone({ newCluster: false });
  lone.run(20_000);
  expect(lone.state.informed).toBe(false);
  new PlayedPeer(lone, 'eu-west').beat();
  expect(lone.state.informed).toBe(true);
  expect(lone.state.sitsUntil).toBe(lone.state.epoch + H);
});

test('what a peer says that has no versions to go by itself informs nobody, unless all are in the same boat', () => {
  const lone = new Lone({ newCluster: false });
  lone.run(500);
  const peers = ['eu-west', 'ap-southeast'].map((region) => new PlayedPeer(lone, region));
  for (const peer of peers) peer.beat({ informed: false });
  expect(lone.state.informed).toBe(false);
  for (const peer of peers) peer.beat({ informed: false });
  expect(lone.state.informed).toBe(true);
});

test.each([
  { adopted: 'nobody', by: {}, stable: 0 },
  { adopted: 'all but one', by: { a: 10, b: 10 }, stable: 0 },
  { adopted: 'all, one of them later', by: { a: 10, b: 10, c: 11 }, stable: 0 },
  { adopted: 'all', by: { a: 9, b: 10, c: 10 }, stable: 1 },
])('in epoch 10 version $stable is stable when $adopted adopted the next one', ({ by, stable }) => {
  expect(stableAt([version(0, 'abc', {}), version(1, 'abc', by)], 10)).toBe(stable);
});

test('an own adoption that is not on disk yet makes nothing stable', () => {
  const next = version(1, 'abc', { a: 10, b: 10, c: 10 });
  next.told = false;
  expect(stableAt([version(0, 'abc', {}), next], 10)).toBe(0);
});

test('members that join and members that leave must have adopted a version before it is stable', () => {
  const joined = (by: Readonly<Record<string, number>>) => [version(0, 'ab', {}), version(1, 'abc', by)];
  expect(stableAt(joined({ a: 1, b: 1 }), 10)).toBe(0);
  expect(stableAt(joined({ a: 1, b: 1, c: 1 }), 10)).toBe(1);
  const left = (by: Readonly<Record<string, number>>) => [version(0, 'abc', {}), version(1, 'ab', by)];
  expect(stableAt(left({ a: 1, b: 1 }), 10)).toBe(0);
  expect(stableAt(left({ a: 1, b: 1, c: 1 }), 10)).toBe(1);
});

test('a region goes by every version from the stable one to the newest that it has adopted itself', () => {
  const versions = [
    version(0, 'ab', {}),
    version(1, 'ab', { a: 1, b: 1 }),
    version(2, 'ab', { a: 5 }),
    version(3, 'ab', { b: 5 }),
  ];
  const limit = versions[0]?.limits.get('everything');
  if (limit === undefined) throw new Error('no limit');
  const numbers = (member: number, epoch: number) =>
    termsAt(versions, regionName(member), limit, epoch).map(({ id }) => id[0]);
  expect([numbers(0, 4), numbers(0, 5), numbers(1, 4), numbers(1, 5)]).toEqual([[1], [1, 2], [1], [1, 2, 3]]);
});
