import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LimitEntry, RegionName } from './cluster.ts';
import { Figures } from './figures.ts';
import { nextWindow, until } from './moments.ts';
import { Worlds } from './world.ts';

// Two permits for three regions: at most two of them can hold one.

const WINDOW_MS = 2_000;
const WINDOWS = 5;
const KEYS = 10;

function limitOf(name: string, shares: 'demand' | 'static'): LimitEntry {
  return { name, match: { resource: name, dimensions: { user: '*' } }, limit: 2, window: '2s', shares };
}

const EVERYWHERE = { 'us-east': 1, 'eu-west': 1, 'ap-southeast': 1 };
const EAST_ONLY = { 'us-east': 1, 'eu-west': 0, 'ap-southeast': 0 };

function nextKey(_region: RegionName, sent: number) {
  const key = `u${sent % KEYS}`;
  return { key, dimensions: { user: key } };
}

const worlds = new Worlds();
const figures = new Figures();

beforeAll(async () => {
  await worlds.start(
    { limits: [limitOf('still', 'static'), limitOf('moving', 'demand'), limitOf('lonely', 'demand')] },
    [
      { limit: 'still', resource: 'still', perSecond: 120, spread: EVERYWHERE, next: nextKey },
      { limit: 'moving', resource: 'moving', perSecond: 120, spread: EVERYWHERE, next: nextKey },
      { limit: 'lonely', resource: 'lonely', perSecond: 60, spread: EAST_ONLY, next: nextKey },
    ],
  );
});

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

test('a limit of 2 for three regions admits exactly 2 in every window of every key when every region asks', async () => {
  const firstMs = nextWindow(WINDOW_MS, WINDOW_MS / 2);
  await until(firstMs + WINDOWS * WINDOW_MS);
  await worlds.tell(async ({ cluster, observer }) => {
    const windowIds = Array.from({ length: WINDOWS }, (_, at) => firstMs / WINDOW_MS + at);
    const keys = Array.from({ length: KEYS }, (_, at) => `u${at}`);
    const totalsOf = (limit: string) =>
      windowIds.flatMap((windowId) => keys.map((key) => observer.total(limit, windowId, key)));
    for (const [limit, claim] of [
      ['still', 'limit of 2, static shares'],
      ['moving', 'limit of 2, shares that follow demand'],
      ['lonely', 'limit of 2, one region asks'],
    ] as const) {
      const totals = totalsOf(limit);
      const exact = totals.filter((total) => total === 2).length;
      figures.note(cluster.transport, claim, `exactly 2 in ${exact} of ${totals.length} windows`);
      expect(Math.max(...totals)).toBeLessThanOrEqual(2);
      if (limit !== 'lonely') expect(totals).toEqual(totals.map(() => 2));
    }
  });
});
