import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chance } from '../../simulations/chance.ts';
import { type LimitEntry, REGIONS, type RegionName } from './cluster.ts';
import { Figures } from './figures.ts';
import { nextWindow, until } from './moments.ts';
import { type World, Worlds } from './world.ts';

// Three real coordinators with journals hold two limits under load, while one after the other is killed at random moments and started
// again. Their windows are long enough to be journaled, so a next life goes on in the window in which the last one died.

const SEED = 8427;

const WINDOW_MS = 30_000;

/** One busy key, asked for half again as much as it has: it lasts for most of the window. */
const ORDERS: LimitEntry = { name: 'orders', match: { resource: 'orders' }, limit: 3_000, window: '30s' };

/** Many keys so small that a crash may cost one its whole base, as nothing of it was written down. */
const TENANTS: LimitEntry = {
  name: 'tenants',
  match: { resource: 'tenants', dimensions: { tenant: '*' } },
  limit: 20,
  window: '30s',
};

const KEYS = 40;

/** Of the permits of a whole window, so many have to be used however often regions die in it. */
const ENOUGH = 0.6;

/** A next life abstains for ten seconds from votes that the last one may have cast: who dies later than this may begin the window with half. */
const VOTES_MS = 14_000;

/** Milliseconds between kills that are only about never admitting too much: some die before they have come up. */
const ANYHOW_MS = [100, 1_500] as const;

/** Each kill falls on some moment of a part of the window that it has to itself, and the next life starts after so long, in milliseconds. */
const KILLS = 9;
const PART_MS = WINDOW_MS / KILLS;
const DEATH_MS = [0, 600] as const;

const worlds = new Worlds();
const figures = new Figures();

beforeAll(() =>
  worlds.start(
    { limits: [ORDERS, TENANTS] },
    [
      { limit: 'orders', resource: 'orders', perSecond: 150 },
      { limit: 'tenants', resource: 'tenants', perSecond: 60, next: nextTenant },
    ],
    ['mesh'],
  ),
);

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

test('regions that are killed again and again under load never admit more than a window has, and go on in it', async () => {
  const startMs = nextWindow(WINDOW_MS, 1_000);
  const windowId = startMs / WINDOW_MS;
  await worlds.tell(async (world) => {
    const { cluster, observer } = world;
    const chance = new Chance(`kill-loop/${SEED}`);
    const before = await killAnyhow(world, chance.split('before'), startMs - VOTES_MS);
    await until(startMs);
    await killInTurn(world, chance.split('within'), startMs);
    await cluster.up();
    const orders = observer.most('orders');
    const tenants = observer.most('tenants');
    expect(orders.most).toBeLessThanOrEqual(3_000);
    expect(tenants.most).toBeLessThanOrEqual(20);
    const used = observer.total('orders', windowId);
    expect(used).toBeGreaterThanOrEqual(ENOUGH * 3_000);
    figures.note(
      cluster.transport,
      'killed in a loop',
      `seed ${SEED}: ${before} times before, and ${KILLS} times in, one window of 30 s`,
    );
    figures.note(
      cluster.transport,
      'that window admitted',
      `${used} of 3,000 with ${observer.offered('orders', windowId)} offered; most of any window ${orders.most}`,
    );
    figures.note(
      cluster.transport,
      `${KEYS} keys with a limit of 20`,
      `most of any window ${tenants.most}, ${sumOfTenants(world, windowId)} of ${KEYS * 20} in that window`,
    );
  });
}, 75_000);

/** Kills any region at any moment, until a wall instant; returns how often. */
async function killAnyhow({ cluster }: World, chance: Chance, endMs: number): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const killMs = Date.now() + chance.between(...ANYHOW_MS);
    if (killMs > endMs) return kills;
    await until(killMs);
    const region = cluster.regions[REGIONS[chance.below(REGIONS.length)] ?? 'us-east'];
    await region.kill();
    region.start('another');
  }
}

/** Kills the regions of a window in turn, each at a moment that nobody chose, and starts the next life of each. */
async function killInTurn({ cluster }: World, chance: Chance, startMs: number): Promise<void> {
  for (let at = 0; at < KILLS; at += 1) {
    const killMs = startMs + (at + chance.next()) * PART_MS;
    const backMs = killMs + chance.between(...DEATH_MS);
    const region = cluster.regions[REGIONS[at % REGIONS.length] ?? 'us-east'];
    await until(killMs);
    await region.kill();
    await until(backMs);
    region.start('another');
  }
}

function nextTenant(_region: RegionName, sent: number) {
  const key = `t${sent % KEYS}`;
  return { key, dimensions: { tenant: key } };
}

function sumOfTenants({ observer }: World, windowId: number): number {
  let sum = 0;
  for (const window of observer.windows('tenants')) if (window.windowId === windowId) sum += window.total;
  return sum;
}
