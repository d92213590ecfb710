import { expect, test } from 'vitest';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { RowGroup } from '../../src/core/messages.ts';
import { limitSpec, WORLD_START_MS } from '../world.ts';
import { booksIn, idOf, Lone, PlayedPeer, sent } from './builders.ts';

const { deltaMs, urgentDeltaMs } = DEFAULT_TIMING;
const WINDOW = WORLD_START_MS / 10_000;
const EU = 'eu-west@00000000000000bb';

/** us-east, one of two with 500 of 1,000 permits each, and eu-west as the test plays it, already known. */
function pair(windowMs = 10_000) {
  const lone = new Lone({
    members: [
      { region: 'us-east', weight: 1 },
      { region: 'eu-west', weight: 1 },
      { region: 'ap-southeast', weight: 0 },
    ],
    limits: [limitSpec({ windowMs, reclaimPermille: 0, dimensions: { tenant: '*' } })],
  });
  lone.run(100);
  const peer = new PlayedPeer(lone, 'eu-west');
  peer.beat();
  return { lone, peer };
}

/** All rows of us-east's deltas as `key=used`. */
const told = (lone: Lone) =>
  sent(lone.effects, 'delta').flatMap(({ groups }) =>
    groups.flatMap(([, , rows]) => rows.map(([key, , used]) => `${key}=${used}`)),
  );

const row = (lone: Lone, key = 'acme', windowId = WINDOW) =>
  booksIn(lone)?.counters.find(windowId, key)?.row(EU);

test('a delta says absolute values, so that one that is lost is made up for by the next', () => {
  const { lone } = pair();
  lone.check(100, { tenant: 'acme' });
  lone.run(deltaMs);
  lone.check(50, { tenant: 'acme' });
  lone.check(20, { tenant: 'acme' });
  lone.run(deltaMs);
  expect(told(lone)).toEqual(['acme=100', 'acme=170']);
});

test('what did not change is not told again', () => {
  const { lone } = pair();
  lone.check(100, { tenant: 'acme' });
  lone.run(1_000);
  lone.check(100, { tenant: 'other' });
  lone.run(1_000);
  expect(told(lone)).toEqual(['acme=100', 'other=100']);
});

test('a key is nobody else’s business until it has used a fifth of its share', () => {
  const { lone } = pair();
  lone.check(99, { tenant: 'acme' });
  lone.run(2 * deltaMs);
  expect(told(lone)).toEqual([]);
  lone.check(1, { tenant: 'acme' });
  lone.run(2 * deltaMs);
  expect(told(lone)).toEqual(['acme=100']);
  lone.check(1, { tenant: 'acme' });
  lone.run(2 * deltaMs);
  expect(told(lone)).toEqual(['acme=100', 'acme=101']);
});

test('a cold key is in no digest and no snapshot either', () => {
  const { lone } = pair();
  lone.check(99, { tenant: 'acme' });
  lone.run(70_000);
  expect(sent(lone.effects, 'snapshot').length).toBeGreaterThan(1);
  expect(sent(lone.effects, 'snapshot').flatMap(({ groups }) => groups)).toEqual([]);
  expect(sent(lone.effects, 'digest').every(({ buckets }) => buckets.every((byte) => byte === 0))).toBe(true);
});

test('a key that is running out does not wait for the next delta', () => {
  const { lone } = pair();
  lone.check(100, { tenant: 'acme' });
  while (sent(lone.run(25), 'delta').length === 0);
  lone.check(301, { tenant: 'acme' });
  const effects = lone.run(urgentDeltaMs);
  expect(sent(effects, 'delta')).toHaveLength(1);
});

test('a region that drains tells what it has not told yet', () => {
  const { lone } = pair();
  lone.check(200, { tenant: 'acme' });
  lone.take({ kind: 'drain' });
  expect(told(lone)).toEqual(['acme=200']);
  expect(lone.state.draining).toBe(true);
});

test('deltas may come twice, late and in any order: the largest value stands', () => {
  const { lone, peer } = pair();
  peer.tell(2, ['acme', WINDOW, 20]);
  peer.tell(2, ['acme', WINDOW, 20]);
  peer.tell(1, ['acme', WINDOW, 10]);
  peer.tell(1, ['acme', WINDOW, 10]);
  expect(row(lone)).toBe(20);
  expect(lone.check(0, { tenant: 'acme' }).verdict?.globalRemaining).toBe(980);
});

test('a delta of an earlier life is true all the same, and no gap in the new one’s', () => {
  const { lone, peer } = pair();
  const dead = 'eu-west@00000000000000ee';
  lone.hear('eu-west', {
    kind: 'delta',
    ledger: '00000000000000ee',
    sequence: 77,
    wallMs: lone.wallMs,
    demand: [],
    groups: [[dead, idOf(lone), [['acme', WINDOW, 30]]]],
  });
  peer.tell(1, ['acme', WINDOW, 20]);
  expect(lone.state.peers.get('eu-west')?.stale).toBe(false);
  expect(lone.check(0, { tenant: 'acme' }).verdict?.globalRemaining).toBe(950);
});

test('what others say of the own row is an echo, and changes nothing', () => {
  const { lone, peer } = pair();
  lone.check(100, { tenant: 'acme' });
  const groups: RowGroup[] = [[lone.state.actor, idOf(lone), [['acme', WINDOW, 400]]]];
  lone.hear('eu-west', { kind: 'snapshot', part: 0, last: true, votes: [], groups });
  lone.hear('eu-west', { kind: 'repair', groups });
  peer.tell(1, ['other', WINDOW, 1]);
  expect(lone.check(0, { tenant: 'acme' }).verdict).toMatchObject({ remaining: 400, globalRemaining: 900 });
});

test('what an earlier life of the same region used is counted, as another writer’s', () => {
  const { lone } = pair();
  lone.check(100, { tenant: 'acme' });
  const groups: RowGroup[] = [['us-east@00000000000000ee', idOf(lone), [['acme', WINDOW, 60]]]];
  lone.hear('eu-west', { kind: 'repair', groups });
  expect(lone.check(0, { tenant: 'acme' }).verdict).toMatchObject({ remaining: 400, globalRemaining: 840 });
});

test('foreign rows are never told as own: deltas and digests hold nothing of others', () => {
  const { lone, peer } = pair();
  peer.tell(1, ['acme', WINDOW, 400], ['other', WINDOW, 300]);
  lone.check(200, { tenant: 'mine' });
  lone.run(5_000);
  const actors = sent(lone.effects, 'delta').flatMap(({ groups }) => groups.map(([actor]) => actor));
  expect(new Set(actors)).toEqual(new Set([lone.state.actor]));
  expect(told(lone)).toEqual(['mine=200']);
});

test('a snapshot tells what is known of everybody, each row in its writer’s name', () => {
  const { lone, peer } = pair(60_000);
  const windowId = WORLD_START_MS / 60_000;
  peer.tell(1, ['acme', windowId, 400]);
  lone.check(200, { tenant: 'acme' });
  const groups = sent(lone.run(DEFAULT_TIMING.snapshotMs), 'snapshot').flatMap((part) => part.groups);
  expect(groups).toContainEqual([EU, idOf(lone), [['acme', windowId, 400]]]);
  expect(groups).toContainEqual([lone.state.actor, idOf(lone), [['acme', windowId, 200]]]);
});
