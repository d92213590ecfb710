import { expect, test } from 'vitest';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { RowGroup } from '../../src/core/messages.ts';
import { limitSpec, WORLD_START_MS } from '../world.ts';
import { booksIn, idOf, Lone, PlayedPeer, sent } from './builders.ts';

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

const row = (lone: Lone, key = 'acme', windowId = WINDOW) =>
  booksIn(lone)?.counters.find(windowId, key)?.row(EU);

test('rows of limits and of writers that are not known here leave no trace', () => {
  const { lone } = pair();
  lone.hear('eu-west', {
    kind: 'repair',
    groups: [
      [EU, 'another-limit', [['acme', WINDOW, 1]]],
      ['mars@00000000000000bb', idOf(lone), [['acme', WINDOW, 1]]],
    ],
  });
  expect(lone.state.counters).toBe(0);
  expect(lone.state.peers.get('eu-west')?.repairedEntries).toBe(0);
});

test.each([
  { windowMs: 1_000, ahead: 8 },
  { windowMs: 2_000, ahead: 4 },
  { windowMs: 10_000, ahead: 0 },
  { windowMs: 600_000, ahead: 0 },
])('rows of windows of $windowMs ms are kept up to $ahead windows ahead', ({ windowMs, ahead }) => {
  const { lone, peer } = pair(windowMs);
  const current = Math.floor(WORLD_START_MS / windowMs);
  peer.tell(1, ['acme', current + ahead, 7], ['acme', current + ahead + 1, 7]);
  expect(row(lone, 'acme', current + ahead)).toBe(7);
  expect(row(lone, 'acme', current + ahead + 1)).toBeUndefined();
});

test('a window that has closed is forgotten, and no late row brings it back', () => {
  const { lone, peer } = pair();
  lone.check(300, { tenant: 'acme' });
  peer.tell(1, ['acme', WINDOW, 5]);
  lone.run(19_800);
  expect(lone.state.counters).toBe(1);
  lone.run(100);
  expect(lone.state.counters).toBe(0);
  const groups: RowGroup[] = [[EU, idOf(lone), [['acme', WINDOW, 9]]]];
  peer.tell(2, ['acme', WINDOW, 9]);
  lone.hear('eu-west', { kind: 'repair', groups });
  lone.hear('eu-west', { kind: 'snapshot', part: 0, last: true, votes: [], groups });
  expect(lone.state.counters).toBe(0);
  expect(row(lone)).toBeUndefined();
});

test('a permit that was spent just before its window closed for good is not told any more', () => {
  const { lone } = pair();
  lone.check(300, { tenant: 'acme' });
  lone.wallMs += 20_000;
  expect(sent(lone.run(DEFAULT_TIMING.deltaMs), 'delta')).toEqual([]);
});
