import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { LimitEntry } from './cluster.ts';
import { Figures, inSeconds } from './figures.ts';
import { until } from './moments.ts';
import { type Admitted, sumOf } from './observer.ts';
import { type World, Worlds } from './world.ts';

// Single links of the mesh are cut, for real: what is under way hangs, and nobody is told.

const WINDOW_MS = 1_000;

const BURSTS: LimitEntry = {
  name: 'bursts',
  match: { resource: 'bursts' },
  limit: 100,
  window: '1s',
  shares: 'static',
};

/** How long each state of the network is looked at, in milliseconds, once it has settled. */
const LOOKED_AT_MS = 5_000;

const PER_SECOND = 200;
const ENOUGH_OFFERED = 180;

const worlds = new Worlds();
const figures = new Figures();

beforeAll(() =>
  worlds.start(
    { limits: [BURSTS] },
    [{ limit: 'bursts', resource: 'bursts', perSecond: PER_SECOND }],
    ['mesh'],
  ),
);

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

test('a region that loses all its links keeps its floor, and the others take the rest', async () => {
  await worlds.tell(async (world) => {
    const { cluster } = world;
    const ways = [
      cluster.link('ap-southeast', 'us-east'),
      cluster.link('ap-southeast', 'eu-west'),
      cluster.link('us-east', 'ap-southeast'),
      cluster.link('eu-west', 'ap-southeast'),
    ];
    const cutMs = Date.now();
    await Promise.all(ways.map((way) => way.cut('hangs')));
    // Its base is 25, of which 12 can be given away: 12·40/75 and 12·35/75, rounded down, are 6 and 5.
    const settledMs = await seen(world, cutMs, { 'us-east': 46, 'eu-west': 40, 'ap-southeast': 13 });
    await until(Date.now() + LOOKED_AT_MS);
    expect(mostSince(world, cutMs)).toBeLessThanOrEqual(100);
    await Promise.all(ways.map((way) => way.heal()));
    const healedMs = Date.now();
    const wholeMs = await seen(world, healedMs, WHOLE);
    const said = `46 + 40 + 13 after ${inSeconds(settledMs)}; whole again ${inSeconds(wholeMs)} after the cut was mended`;
    figures.note('mesh', 'one region cut off, limit 100', said);
  });
});

test('a link that is cut in one direction costs nothing, as the third region vouches for both', async () => {
  await worlds.tell(async (world) => {
    const { cluster } = world;
    const way = cluster.link('us-east', 'eu-west');
    const cutMs = Date.now();
    await way.cut('hangs');
    await eventually(async () => (await cluster.regions['eu-west'].health()).status === 'DEGRADED', {
      withinMs: 5_000,
      what: 'eu-west misses us-east',
    });
    await until(Date.now() + LOOKED_AT_MS);
    const totals = busyWindowsSince(world, cutMs).map((admitted) => sumOf(admitted));
    expect(totals.length).toBeGreaterThanOrEqual(3);
    expect(totals).toEqual(totals.map(() => 100));
    await way.heal();
    await cluster.up();
    figures.note('mesh', 'one direction of one link cut', `100 of 100 in each of ${totals.length} windows`);
  });
});

test('through all of this no window had more than the limit', async () => {
  await worlds.tell(async ({ observer }) => {
    const { most, windows } = observer.most('bursts');
    expect(most).toBeLessThanOrEqual(100);
    figures.note('mesh', 'most in any window', `${most} of 100 in ${windows}`);
  });
});

const WHOLE: Admitted = { 'us-east': 40, 'eu-west': 35, 'ap-southeast': 25 };

/** How long after `sinceMs` a window ended in which every region admitted exactly so much. */
async function seen(world: World, sinceMs: number, wanted: Admitted): Promise<number> {
  const matches = (admitted: Admitted) => JSON.stringify(admitted) === JSON.stringify(wanted);
  await eventually(() => windowsSince(world, sinceMs).some(matches), {
    withinMs: 10_000,
    what: `a window in which ${JSON.stringify(wanted)} were admitted`,
  });
  return Date.now() - sinceMs;
}

function mostSince(world: World, sinceMs: number): number {
  return Math.max(...windowsSince(world, sinceMs).map((admitted) => sumOf(admitted)));
}

/** What was admitted in each window that began after `sinceMs` and is over. */
function windowsSince({ observer }: World, sinceMs: number): readonly Admitted[] {
  return idsSince(sinceMs).map((windowId) => observer.admitted('bursts', windowId));
}

/** The same of those windows in which the clients kept their rate: where this process was held up, nothing can be said. */
function busyWindowsSince({ observer }: World, sinceMs: number): readonly Admitted[] {
  return idsSince(sinceMs)
    .filter((windowId) => observer.offered('bursts', windowId) >= ENOUGH_OFFERED)
    .map((windowId) => observer.admitted('bursts', windowId));
}

function idsSince(sinceMs: number): readonly number[] {
  const first = Math.ceil(sinceMs / WINDOW_MS);
  const count = Math.max(0, Math.floor(Date.now() / WINDOW_MS) - first);
  return Array.from({ length: count }, (_, at) => first + at);
}
