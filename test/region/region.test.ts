import { expect, test } from 'vitest';
import { limitSpec, World } from '../world.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;

test('three regions give out one limit exactly, each its own share', async () => {
  const world = await World.started();
  world.runToNext(10_000);
  expect(REGIONS.map((region) => world.drain(region))).toEqual([400, 350, 250]);
});

test('a cut-off region spends what it holds and then denies', async () => {
  const world = await World.started();
  world.loses = (from, to) => from === 'eu-west' || to === 'eu-west';
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(world.drain('eu-west')).toBe(175);
  expect(world.check('eu-west').reason).toBe('region_share_exhausted');
  expect(world.check('eu-west').degraded).toBe(true);
});

test('the others take over the leased part of a region that is cut off, and never more than the limit', async () => {
  const world = await World.started();
  world.loses = (from, to) => from === 'eu-west' || to === 'eu-west';
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  const admitted = REGIONS.map((region) => world.drain(region));
  expect(admitted[0]).toBeGreaterThan(400);
  expect(admitted[2]).toBeGreaterThan(250);
  const total = admitted.reduce((sum, permits) => sum + permits, 0);
  expect(total).toBeLessThanOrEqual(1_000);
  expect(total).toBeGreaterThanOrEqual(998);
});

test('a region that returns has its whole share again', async () => {
  const world = await World.started();
  world.loses = (from, to) => from === 'eu-west' || to === 'eu-west';
  world.run(20_000);
  world.loses = () => false;
  world.runToNext(10_000);
  world.runToNext(10_000);
  expect(REGIONS.map((region) => world.drain(region))).toEqual([400, 350, 250]);
  expect(world.lines.filter(({ event }) => event === 'vote_conflict')).toEqual([]);
});

test('a region that starts without books sits out, claims nothing, and then has its share', async () => {
  const world = await World.started();
  world.runToNext(10_000, 1_000);
  world.drain('ap-southeast');
  world.kill('ap-southeast');
  world.run(100);
  await world.start('ap-southeast');
  expect(world.region('ap-southeast').view().sitting).toBe(true);
  expect(world.drain('ap-southeast')).toBe(0);
  world.runToNext(10_000, 100);
  expect(world.region('ap-southeast').view().sitting).toBe(false);
  expect(REGIONS.map((region) => world.drain(region))).toEqual([400, 350, 250]);
});

test('a key that is used enough is known everywhere', async () => {
  const world = await World.started();
  world.drain('us-east', {}, 200);
  world.drain('eu-west', {}, 100);
  world.run(500);
  for (const region of REGIONS) {
    expect(world.region(region).usage('everything', '')?.windows[0]?.used).toBe(300);
  }
});

test('rows that were lost are mended by the digest', async () => {
  const world = await World.started();
  world.runToNext(10_000);
  world.loses = (from) => from === 'us-east';
  world.drain('us-east', {}, 200);
  world.run(400);
  world.loses = () => false;
  expect(world.region('eu-west').usage('everything', '')?.windows[0]?.used).toBe(0);
  world.run(3_000);
  expect(world.region('eu-west').usage('everything', '')?.windows[0]?.used).toBe(200);
  const repaired = world
    .region('eu-west')
    .view()
    .peers.find((peer) => peer.region === 'us-east');
  expect(repaired?.repairedEntries).toBe(1);
});

test('a quiet cluster asks for nothing: digests of equal books match, however busy they are', async () => {
  const world = await World.started();
  for (let round = 0; round < 300; round += 1) {
    for (const region of REGIONS) world.drain(region, {}, 3);
    world.run(100);
  }
  expect(world.sent.filter(({ message }) => message.kind === 'ask')).toEqual([]);
});

test('the older of two processes with one name stops, and the newer one goes on', async () => {
  const world = await World.started();
  const older = world.region('us-east');
  world.run(1_000);
  await world.start('us-east');
  const newer = world.region('us-east');
  world.run(300);
  expect(older.view().incarnation).toBeLessThan(newer.view().incarnation);
  expect(world.lines.filter(({ event }) => event === 'superseded')).toHaveLength(1);
  const sentBy = (region: typeof older) =>
    world.sent.filter(
      ({ atMs, message }) =>
        atMs > 3_300 && message.kind === 'heartbeat' && message.ledger === region.view().ledger,
    );
  world.run(1_000);
  expect(sentBy(older)).toEqual([]);
  expect(sentBy(newer).length).toBeGreaterThan(3);
});

test('a clock that steps back moves no window back', async () => {
  const world = await World.started();
  world.runToNext(10_000);
  expect(world.drain('us-east')).toBe(400);
  world.clock('us-east').skewMs = -15_000;
  world.run(100);
  expect(world.check('us-east').allowed).toBe(false);
  world.runToNext(10_000);
  expect(world.check('us-east').allowed).toBe(false);
});

test('a cluster that starts in the middle of a window has all of it at once', async () => {
  const world = new World({ limits: [limitSpec({ windowMs: 60_000 })] });
  world.run(25_000);
  for (const region of REGIONS) await world.start(region, true);
  world.run(500);
  expect(REGIONS.map((region) => world.drain(region))).toEqual([400, 350, 250]);
});

test('a cluster that starts in the middle of a day has all of the day', async () => {
  const world = new World({ limits: [limitSpec({ windowMs: 24 * 3_600_000 })] });
  world.run(5 * 3_600_000);
  for (const region of REGIONS) await world.start(region, true);
  world.run(500);
  expect(REGIONS.map((region) => world.drain(region))).toEqual([400, 350, 250]);
});
