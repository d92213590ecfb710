import { expect, test } from 'vitest';
import { World } from '../world.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;

test('round trips and the clocks of peers are measured, however far the clocks are apart', async () => {
  const world = await World.started({ oneWayMs: 60 });
  world.clock('eu-west').skewMs = 400;
  world.clock('ap-southeast').skewMs = -700;
  world.run(5_000);
  const skews = { 'us-east': 0, 'eu-west': 400, 'ap-southeast': -700 };
  for (const region of REGIONS) {
    for (const peer of world.region(region).view().peers) {
      expect(peer.roundTripMs).toBeCloseTo(120, -1);
      const expected = skews[peer.region as keyof typeof skews] - skews[region];
      expect(Math.abs((peer.clockSkewMs ?? Number.NaN) - expected)).toBeLessThanOrEqual(5);
    }
  }
});

test('a link that works one way only is no link: both ends suspect each other', async () => {
  const world = await World.started();
  world.loses = (from, to) => from === 'us-east' && to === 'eu-west';
  world.run(5_000);
  const statusAt = (region: string, peer: string) =>
    world
      .region(region)
      .view()
      .peers.find((other) => other.region === peer)?.status;
  expect(statusAt('us-east', 'eu-west')).toBe('suspected');
  expect(statusAt('eu-west', 'us-east')).toBe('suspected');
  for (const region of ['us-east', 'eu-west']) expect(statusAt(region, 'ap-southeast')).toBe('up');
});

test('a single link that is cut costs nobody anything, for the third region relays votes', async () => {
  const world = await World.started();
  world.loses = (from, to) => from !== 'ap-southeast' && to !== 'ap-southeast';
  world.run(20_000);
  world.runToNext(10_000, 500);
  for (const region of REGIONS) expect(world.region(region).view().owns).toBe(true);
  expect(world.lines.filter(({ event }) => event === 'region_fenced')).toEqual([]);
});
