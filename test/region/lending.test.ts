import { expect, test } from 'vitest';
import { limitSpec, THREE_REGIONS, World } from '../world.ts';

const REGIONS = THREE_REGIONS.map(({ region }) => region);

/** Offers `perSecond` requests in each region for `seconds`; returns how many were admitted, by window of `windowMs`. */
function offer(
  world: World,
  perSecond: Readonly<Record<string, number>>,
  seconds: number,
  windowMs: number,
): number[] {
  const admitted = new Map<number, number>();
  const owed = new Map<string, number>();
  const first = Math.floor(world.time.nowMs / windowMs);
  for (let ms = 0; ms < seconds * 1_000; ms += 5) {
    const window = Math.floor(world.time.nowMs / windowMs) - first;
    for (const [region, rate] of Object.entries(perSecond)) {
      let due = (owed.get(region) ?? 0) + rate / 200;
      for (; due >= 1; due -= 1) {
        if (world.check(region).allowed) admitted.set(window, (admitted.get(window) ?? 0) + 1);
      }
      owed.set(region, due);
    }
    world.run(5);
  }
  return [...admitted].sort(([a], [b]) => a - b).map(([, permits]) => permits);
}

async function demandWorld(windowMs: number, limit = 1_000): Promise<World> {
  const world = await World.started({
    limits: [limitSpec({ shares: 'demand', windowMs, limit })],
    oneWayMs: 60,
  });
  world.runToNext(windowMs);
  return world;
}

test('a limit that is used from one region only reaches it almost whole', async () => {
  const world = await demandWorld(10_000);
  const windows = offer(world, { 'ap-southeast': 200 }, 40, 10_000);
  for (const permits of windows) expect(permits).toBeLessThanOrEqual(1_000);
  for (const permits of windows) expect(permits).toBeGreaterThanOrEqual(980);
});

test('windows of one second follow a skewed demand', async () => {
  const world = await demandWorld(1_000);
  const windows = offer(world, { 'us-east': 90, 'eu-west': 90, 'ap-southeast': 720 }, 20, 1_000);
  expect(Math.max(...windows)).toBeLessThanOrEqual(1_000);
  const settled = windows.slice(6, -1);
  const used = settled.reduce((sum, permits) => sum + permits, 0) / (settled.length * 900);
  expect(used).toBeGreaterThan(0.98);
});

test('when all regions want more than there is, all of it is used and nothing more', async () => {
  const world = await demandWorld(10_000);
  const windows = offer(world, { 'us-east': 300, 'eu-west': 100, 'ap-southeast': 100 }, 30, 10_000);
  for (const permits of windows) expect(permits).toBe(1_000);
});

test('a limit smaller than the number of regions can be spent anywhere', async () => {
  const world = await demandWorld(10_000, 2);
  const windows = offer(world, { 'eu-west': 5 }, 50, 10_000);
  expect(windows).toEqual([2, 2, 2, 2, 2]);
});

test('what a dead region had been given is not given again', async () => {
  const world = await demandWorld(10_000);
  offer(world, { 'ap-southeast': 200 }, 12, 10_000);
  world.runToNext(10_000, 100);
  const before = world.drain('ap-southeast');
  world.kill('ap-southeast');
  world.run(100);
  await world.start('ap-southeast');
  world.run(3_000);
  const after = REGIONS.reduce((sum, region) => sum + world.drain(region), 0);
  expect(before).toBeGreaterThan(250);
  expect(before + after).toBeLessThanOrEqual(1_000);
});
