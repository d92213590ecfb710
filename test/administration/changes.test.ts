import { expect, test } from 'vitest';
import { limitSpec, World } from '../world.ts';
import { administer, memoryStores, OPERATOR, oneLimit } from './administered.ts';

const limitIn = (world: World, region: string) =>
  world
    .region(region)
    .view()
    .limits.find(({ spec }) => spec.name === 'everything')?.spec.limit;

test('a change in one region is in force in all of them', async () => {
  const world = await World.started();
  const administration = administer(world);
  const changed = await administration.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  expect(changed).toMatchObject({ changed: true, from: '0', version: '1@us-east' });
  world.run(10_000);
  for (const region of ['us-east', 'eu-west', 'ap-southeast']) expect(limitIn(world, region)).toBe(500);
  expect(administration.versions().versions[0]).toMatchObject({
    version: '1@us-east',
    by: 'ops',
    action: 'limits.replace',
    newest: true,
    changes: ['~ everything: limit: 1000 → 500, shares: "static" → none'],
    adopted: expect.arrayContaining([{ region: 'eu-west', epoch: expect.any(Number) }]),
  });
});

test('changes that two regions make at the same time end in one order everywhere', async () => {
  const world = await World.started();
  const east = administer(world, 'us-east');
  const west = administer(world, 'eu-west');
  world.loses = () => true;
  await east.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  await west.change({ kind: 'replace', text: oneLimit(700) }, OPERATOR);
  expect([east.current().version, west.current().version]).toEqual(['1@us-east', '1@eu-west']);
  world.loses = () => false;
  world.run(20_000);
  for (const administration of [east, west]) {
    expect(administration.current()).toMatchObject({
      version: '1@us-east',
      limits: [{ name: 'everything', limit: 500 }],
    });
    const names = administration.versions().versions.map(({ version }) => version);
    expect(names).toEqual(['1@us-east', '1@eu-west', '0']);
    expect(administration.versions().versions.map(({ by }) => by)).toContain(
      administration === east ? 'region eu-west' : 'region us-east',
    );
  }
  for (const region of ['us-east', 'eu-west', 'ap-southeast']) expect(limitIn(world, region)).toBe(500);
  // Both have the same number, so that a number alone does not tell which is meant.
  expect(() => east.diff('0', '1')).toThrow('There are 1@eu-west and 1@us-east; say which.');
});

test('what the audit log cannot take down does not happen', async () => {
  const world = await World.started();
  const stores = memoryStores();
  const administration = administer(world, 'us-east', stores);
  stores.audit.fails = true;
  await expect(administration.change({ kind: 'replace', text: oneLimit(5) }, OPERATOR)).rejects.toMatchObject(
    {
      code: 'audit_unavailable',
    },
  );
  expect(administration.current().version).toBe('0');
  stores.audit.fails = false;
  await administration.change({ kind: 'replace', text: oneLimit(5) }, OPERATOR);
  expect(administration.current().version).toBe('1@us-east');
});

test('history and audit log are there after a restart', async () => {
  const world = await World.started();
  const stores = memoryStores();
  const first = administer(world, 'us-east', stores);
  await first.change({ kind: 'replace', text: oneLimit(500) }, { ...OPERATOR, comment: 'half' });
  await expect(first.change({ kind: 'remove', name: 'none' }, OPERATOR)).rejects.toMatchObject({
    code: 'unknown_limit',
  });
  world.run(5_000);
  await first.stop();
  const second = administer(world, 'us-east', stores);
  expect(second.versions().versions).toEqual(first.versions().versions);
  expect(second.current().source).toEqual({ action: 'limits.replace', by: 'ops', comment: 'half' });
  expect(second.audit({ sinceMs: 0, limit: 10 }).entries).toMatchObject([
    { action: 'limits.replace', outcome: 'changed', from: '0', to: '1@us-east', comment: 'half' },
    { action: 'limit.delete', outcome: 'refused', code: 'unknown_limit', target: 'none' },
  ]);
});

test('a change whose end was not taken down any more is unknown, not gone', async () => {
  const world = await World.started();
  const stores = memoryStores();
  const first = administer(world, 'us-east', stores);
  await first.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  stores.audit.lines.pop();
  const second = administer(world, 'us-east', stores);
  expect(second.audit({ sinceMs: 0, limit: 10 }).entries).toMatchObject([{ outcome: 'unknown', from: '0' }]);
});

test('a region that does not know which versions there are refuses changes', async () => {
  const world = new World();
  await world.start('us-east');
  const administration = administer(world);
  await expect(administration.change({ kind: 'replace', text: oneLimit(5) }, OPERATOR)).rejects.toMatchObject(
    {
      code: 'cannot_publish',
    },
  );
});

test('rollback puts an earlier version in force as a new one, exactly', async () => {
  const limits = [
    limitSpec({ overrides: [{ dimensions: {}, limit: 7 }] }),
    limitSpec({ name: 'weighed', weights: { 'us-east': 60_000, 'eu-west': 40_000 }, shares: 'demand' }),
  ];
  const world = await World.started({ limits });
  const administration = administer(world);
  await administration.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  const back = await administration.change({ kind: 'roll-back', to: '0' }, OPERATOR);
  expect(back.version).toBe('2@us-east');
  expect(administration.diff('0', '2')).toMatchObject({ text: '' });
  expect(world.region('us-east').configuration().limits).toEqual(limits);
});
