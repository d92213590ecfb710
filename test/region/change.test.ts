import { expect, test } from 'vitest';
import type { Configuration } from '../../src/core/version.ts';
import { limitSpec, THREE_REGIONS, World } from '../world.ts';

const REGIONS = THREE_REGIONS.map(({ region }) => region);

function configuration(changes: Partial<Configuration> = {}): Configuration {
  return { members: THREE_REGIONS, limits: [limitSpec()], retired: [], ...changes };
}

const withLimit = (limit: number) => configuration({ limits: [limitSpec({ limit })] });
const currentVersions = (world: World) => REGIONS.map((region) => world.region(region).view().version);
const given = (world: World) => REGIONS.map((region) => world.drain(region));

test('a limit that is published in one region holds in all of them', async () => {
  const world = await World.started();
  world.region('eu-west').publish(withLimit(600));
  world.runToNext(10_000, 100);
  expect(currentVersions(world)).toEqual([
    [1, 'eu-west'],
    [1, 'eu-west'],
    [1, 'eu-west'],
  ]);
  expect(given(world)).toEqual([240, 210, 150]);
});

test('a raised limit counts when all have adopted it', async () => {
  const world = await World.started();
  world.region('us-east').publish(withLimit(2_000));
  world.runToNext(10_000, 100);
  expect(given(world)).toEqual([800, 700, 500]);
  expect(
    world
      .region('us-east')
      .view()
      .versions.map(({ id }) => id[0]),
  ).toContain(1);
});

test('while one region is cut off a raise waits, and a cut bites where it is known', async () => {
  const world = await World.started();
  world.loses = (from, to) => from === 'eu-west' || to === 'eu-west';
  world.region('us-east').publish(withLimit(2_000));
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  const raised = given(world);
  expect(raised.reduce((sum, permits) => sum + permits, 0)).toBeLessThanOrEqual(1_000);
  world.region('us-east').publish(withLimit(100));
  world.runToNext(10_000, 100);
  expect(world.drain('us-east')).toBeLessThanOrEqual(54);
  expect(world.drain('eu-west')).toBe(175);
  world.loses = () => false;
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(given(world)).toEqual([40, 35, 25]);
});

test('a region that joins has nothing until all know of it, and then its share', async () => {
  const world = await World.started();
  const members = [...THREE_REGIONS, { region: 'sa-east', weight: 100 }];
  await world.start('sa-east', false, members);
  world.run(500);
  expect(world.drain('sa-east')).toBe(0);
  world.region('us-east').publish(configuration({ members }));
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(given(world)).toEqual([200, 175, 125]);
  expect(world.drain('sa-east')).toBe(500);
});

test('a region that leaves gives its share to the others', async () => {
  const world = await World.started();
  world.region('us-east').publish(configuration({ members: THREE_REGIONS.slice(0, 2) }));
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(world.drain('us-east') + world.drain('eu-west')).toBe(1_000);
  expect(world.drain('ap-southeast')).toBe(0);
});

test('a dead region keeps its share from the others until it is retired', async () => {
  const world = await World.started();
  world.kill('ap-southeast');
  world.region('us-east').publish(configuration({ members: THREE_REGIONS.slice(0, 2) }));
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(world.drain('us-east') + world.drain('eu-west')).toBeLessThanOrEqual(875);
  world
    .region('us-east')
    .publish(configuration({ members: THREE_REGIONS.slice(0, 2), retired: ['ap-southeast'] }));
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(world.drain('us-east') + world.drain('eu-west')).toBe(1_000);
});

test('two versions that are published at once are ordered alike everywhere', async () => {
  const world = await World.started();
  world.region('us-east').publish(withLimit(500));
  world.region('eu-west').publish(withLimit(300));
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(new Set(currentVersions(world).map(String)).size).toBe(1);
  expect(given(world).reduce((sum, permits) => sum + permits, 0)).toBe(500);
});

test('a region that lost its books learns the versions before it claims anything', async () => {
  const world = await World.started();
  world.region('us-east').publish(withLimit(100));
  world.runToNext(10_000, 100);
  world.kill('ap-southeast');
  world.loses = (from, to) => from === 'ap-southeast' || to === 'ap-southeast';
  await world.start('ap-southeast');
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(world.drain('ap-southeast')).toBe(0);
  world.loses = () => false;
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(given(world)).toEqual([40, 35, 25]);
});

test('when every region has lost its books, they begin again together', async () => {
  const world = await World.started();
  for (const region of REGIONS) world.kill(region);
  for (const region of REGIONS) await world.start(region);
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(given(world)).toEqual([400, 350, 250]);
});

test('a limit that goes and comes back within a window has not forgotten what was used', async () => {
  const world = await World.started({ limits: [limitSpec({ windowMs: 60_000 })] });
  const sixty = [limitSpec({ windowMs: 60_000 })];
  world.runToNext(60_000, 1_000);
  expect(given(world)).toEqual([400, 350, 250]);
  world.region('us-east').publish(configuration({ limits: [] }));
  world.run(8_000);
  expect(world.check('us-east').reason).toBe('no_limit');
  world.region('us-east').publish(configuration({ limits: sixty }));
  world.run(8_000);
  expect(given(world)).toEqual([0, 0, 0]);
});

test('regions that were set up differently say so, and do not go by each other', async () => {
  const world = new World();
  await world.start('us-east', true);
  await world.start('eu-west', true, [...THREE_REGIONS, { region: 'sa-east', weight: 1 }]);
  world.run(1_000);
  expect(
    world.lines.filter(({ event }) => event === 'configuration_differs').map(({ region }) => region),
  ).toEqual(['us-east', 'eu-west']);
});

test('a region that joins a cluster that has lived, and says that it is new, claims nothing once it hears otherwise', async () => {
  const world = await World.started();
  const members = [...THREE_REGIONS, { region: 'sa-east', weight: 100 }];
  world.region('us-east').publish(configuration({ members }));
  world.run(25_000);
  await world.start('sa-east', true, members);
  world.run(400);
  expect(world.lines.filter(({ event }) => event === 'cluster_not_new').map(({ region }) => region)).toEqual([
    'sa-east',
  ]);
  expect(world.drain('sa-east')).toBe(0);
  world.runToNext(10_000);
  world.runToNext(10_000, 100);
  expect(given(world)).toEqual([200, 175, 125]);
  expect(world.drain('sa-east')).toBe(500);
});

test('regions forget settled versions at different times, and none takes another for a stranger', async () => {
  const world = await World.started();
  world.region('us-east').publish(withLimit(600));
  world.run(60_000);
  expect(world.lines.filter(({ event }) => event === 'cluster_not_new')).toEqual([]);
  for (const region of REGIONS) expect(world.region(region).view().versions).toHaveLength(1);
});
