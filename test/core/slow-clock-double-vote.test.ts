import { expect, test } from 'vitest';
import { limitSpec, THREE_REGIONS, World } from '../world.ts';

test('a region whose clock is far behind never leads to more than the limit', async () => {
  const world = await World.started(
    { limits: [limitSpec({ windowMs: 3_600_000 })], timing: { snapshotMs: 5_000 } },
    5_000,
  );
  world.clock('eu-west').skewMs = -100_000;
  world.run(140_000);
  world.loses = (from, to) => from === 'eu-west' || to === 'eu-west';
  world.run(260_000);
  const given = THREE_REGIONS.map(({ region }) => world.drain(region));
  expect(
    given.reduce((sum, permits) => sum + permits, 0),
    String(given),
  ).toBeLessThanOrEqual(1_000);
  expect(world.lines.filter(({ event }) => event === 'vote_conflict')).toEqual([]);
});
