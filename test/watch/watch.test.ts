import { expect, test } from 'vitest';
import { HAPPENINGS_MAX, LIMITS_TOLD_MAX, LOOKS_UNHEARD_MAX } from '../../src/watch/bounds.ts';
import { limitSpec, World } from '../world.ts';
import { listen, watchOver } from './watched.ts';

const second = { kind: 'fence', tone: 'info', event: 'made_up', text: 'something' } as const;

test('a listener is told everything first, and then once a second', async () => {
  const world = await World.started();
  const { watch } = watchOver(world);
  watch.note(second);
  const heard = listen(watch);
  expect(heard.told.map(({ event }) => event)).toEqual(['snapshot']);
  expect(heard.snapshot()).toMatchObject({
    frame: {
      region: 'us-east',
      peers: [
        { region: 'ap-southeast', status: 'up' },
        { region: 'eu-west', status: 'up', roundTripMs: 80 },
      ],
      limits: [{ name: 'everything' }],
      alerts: [],
      version: '0',
    },
    happenings: [{ text: 'something', kind: 'fence' }],
    recent: [],
  });
  world.run(3_000);
  expect(heard.told.map(({ event }) => event)).toEqual(['snapshot', 'second', 'second', 'second']);
});

test('what is offered, admitted and denied is told per second, and who may use how much', async () => {
  const world = await World.started();
  world.runToNext(10_000);
  const { watch } = watchOver(world);
  const heard = listen(watch);
  expect(heard.last().limits[0]?.rates).toBeUndefined();
  world.check('us-east', 390);
  world.check('us-east', 20);
  world.run(1_000);
  expect(heard.last().limits[0]).toMatchObject({
    rates: { offered: 410, admitted: 390, denied: 20 },
    shares: {
      key: '',
      permits: 1_000,
      byRegion: [
        { region: 'ap-southeast', share: 250 },
        { region: 'eu-west', share: 350 },
        { region: 'us-east', used: 390, share: 400 },
      ],
    },
  });
  world.run(1_000);
  expect(heard.last().limits[0]?.rates).toEqual({ offered: 0, admitted: 0, denied: 0 });
});

test('of a limit with a counter for each tenant the shares of the hottest one are told', async () => {
  const limits = [limitSpec({ dimensions: { tenant: '*' }, shares: 'demand' })];
  const world = await World.started({ limits });
  const { watch } = watchOver(world);
  const heard = listen(watch);
  for (const [tenant, permits] of [
    ['quiet', 100],
    ['busy', 350],
  ] as const)
    world.check('us-east', permits, { tenant });
  world.run(2_000);
  expect(heard.last().limits[0]?.shares?.key).toBe('busy');
});

test('nothing is looked at while nobody listens; soon after the last has left it is forgotten', async () => {
  const world = await World.started();
  const { watch, looks } = watchOver(world);
  world.run(5_000);
  expect(looks.count).toBe(0);
  const heard = listen(watch);
  world.run(2_000);
  heard.leave();
  world.run((LOOKS_UNHEARD_MAX + 5) * 1_000);
  const rested = looks.count;
  expect(rested).toBeLessThanOrEqual(LOOKS_UNHEARD_MAX + 3);
  world.run(60_000);
  expect(looks.count).toBe(rested);
  expect(heard.frames()).toHaveLength(2);
});

test('who comes again within half a minute finds no gap, and many listeners cost one look', async () => {
  const world = await World.started();
  const { watch, looks } = watchOver(world);
  const first = listen(watch);
  const others = [listen(watch), listen(watch)];
  world.run(4_000);
  expect(looks.count).toBe(5);
  for (const { leave } of [first, ...others]) leave();
  world.run(3_000);
  const again = listen(watch).snapshot();
  expect(again.recent).toHaveLength(7);
  const steps = again.recent.slice(1).map(({ atMs }, at) => atMs - (again.recent[at]?.atMs ?? 0));
  expect(new Set(steps)).toEqual(new Set([1_000]));
});

test('of very many limits the busiest are told, and how many are not', async () => {
  const limits = Array.from({ length: LIMITS_TOLD_MAX + 36 }, (_, at) =>
    limitSpec({ name: `limit-${at}`, resource: at === 90 ? 'api.orders.*' : `else-${at}` }),
  );
  const world = await World.started({ limits });
  const { watch } = watchOver(world);
  const heard = listen(watch);
  world.check('us-east', 5);
  world.run(1_000);
  const { limits: told, limitsLeftOut } = heard.last();
  expect([told.length, limitsLeftOut]).toEqual([LIMITS_TOLD_MAX, 36]);
  expect(told.map(({ name }) => name)).toContain('limit-90');
});

test('only the newest happenings are remembered, each with a name of its own', async () => {
  const world = await World.started();
  const { watch } = watchOver(world);
  for (let at = 0; at < HAPPENINGS_MAX + 10; at += 1) watch.note({ ...second, text: String(at) });
  const { happenings } = listen(watch).snapshot();
  expect(happenings).toHaveLength(HAPPENINGS_MAX);
  expect(happenings[0]?.text).toBe('10');
  expect(new Set(happenings.map(({ id }) => id)).size).toBe(HAPPENINGS_MAX);
});
