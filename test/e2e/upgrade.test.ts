import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LimitEntry, REGIONS, type RegionName } from './cluster.ts';
import { Figures } from './figures.ts';
import { usages, type World, Worlds } from './world.ts';

// What RUNBOOK.md says of an upgrade: three real coordinators with journals, asked for far more than there is, are stopped and started again
// one after the other. One of them that came back without its counters would admit its share a second time.

/** Released whole at once, journaled, and so long that at most one of the three restarts falls on a window's end. */
const WINDOW_MS = 60_000;

const ORDERS: LimitEntry = { name: 'orders', match: { resource: 'orders' }, limit: 600, window: '60s' };

const worlds = new Worlds();
const figures = new Figures();

beforeAll(() =>
  worlds.start({ limits: [ORDERS] }, [{ limit: 'orders', resource: 'orders', perSecond: 150 }], ['mesh']),
);

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

test('a rolling restart under load keeps every counter, and no window admits more than its limit', async () => {
  await worlds.tell(async (world) => {
    const { cluster, observer } = world;
    let kept = 0;
    for (const name of REGIONS) {
      const region = cluster.regions[name];
      const before = await usedBy(world, name);
      expect(await region.stop()).toBe(0);
      region.start('another');
      await region.ready();
      await cluster.up();
      const after = await usedBy(world, name);
      if (after.windowId !== before.windowId) continue;
      expect(after.used).toBeGreaterThanOrEqual(before.used);
      kept += before.used > 0 ? 1 : 0;
    }
    expect(kept).toBeGreaterThanOrEqual(2);
    const { most } = observer.most('orders');
    expect(most).toBeLessThanOrEqual(600);
    expect(most).toBeGreaterThan(300);
    figures.note(
      cluster.transport,
      'rolling restart of three',
      `${kept} kept their counters in their window`,
    );
    figures.note(cluster.transport, 'most that a window of 600 admitted', `${most}`);
  });
}, 60_000);

/** What a region says that it used of the window in which it is asked. */
async function usedBy(
  world: World,
  region: RegionName,
): Promise<{ readonly windowId: number; readonly used: number }> {
  const windowId = Math.floor(Date.now() / WINDOW_MS);
  const [usage] = await usages(world, { limit: 'orders', windowId, among: [region] });
  return { windowId, used: usage?.[region] ?? 0 };
}
