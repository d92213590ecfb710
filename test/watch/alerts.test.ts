import { expect, test } from 'vitest';
import type { Log } from '../../src/ports.ts';
import type { News } from '../../src/watch/happening.ts';
import { tapped } from '../../src/watch/log-tap.ts';
import { limitSpec, World } from '../world.ts';
import { listen, watchOver } from './watched.ts';

const names = (heard: ReturnType<typeof listen>) => heard.last().alerts.map(({ name }) => name);

test('a lost region is unreachable, then fenced, and neither once it is back', async () => {
  const world = await World.started();
  const { watch } = watchOver(world);
  const heard = listen(watch);
  world.kill('eu-west');
  world.run(2_500);
  expect(names(heard)).toContain('peer_unreachable');
  world.run(5_000);
  expect(heard.last().alerts).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'peer_unreachable', region: 'eu-west', tone: 'critical' }),
      expect.objectContaining({ name: 'region_fenced', region: 'eu-west', tone: 'critical' }),
    ]),
  );
  await world.start('eu-west');
  world.run(20_000);
  expect(names(heard)).toEqual([]);
});

test('an alert has the age of what is wrong, also for who began to listen later', async () => {
  const world = await World.started();
  const { watch } = watchOver(world);
  const lostMs = world.time.nowMs;
  world.kill('eu-west');
  world.run(4_000);
  watch.note({ kind: 'fence', tone: 'critical', event: 'region_fenced', text: 'fenced', region: 'eu-west' });
  const fencedMs = world.time.nowMs;
  world.run(30_000);
  const since = Object.fromEntries(
    listen(watch)
      .last()
      .alerts.map(({ name, sinceMs }) => [name, sinceMs]),
  );
  expect(since['region_fenced']).toBe(fencedMs);
  expect(Math.abs((since['peer_unreachable'] ?? 0) - lostMs)).toBeLessThan(400);
});

test('a limit that denies for a while is an alert, told once when it begins and once when it is over', async () => {
  const world = await World.started({ limits: [limitSpec({ limit: 10 })] });
  const { watch } = watchOver(world);
  const heard = listen(watch);
  const ask = (seconds: number) => {
    for (let at = 0; at < seconds; at += 1) {
      world.drain('us-east');
      world.run(1_000);
    }
  };
  ask(2);
  expect(names(heard)).toEqual([]);
  ask(3);
  expect(names(heard)).toEqual(['limit_firing']);
  world.run(6_000);
  expect(names(heard)).toEqual([]);
  expect(heard.happenings()).toMatchObject([
    { kind: 'alert', tone: 'warning', event: 'limit_firing', limit: 'everything' },
    { kind: 'alert', tone: 'good', event: 'limit_firing', limit: 'everything' },
  ]);
});

test('what comes and goes within a few seconds is one alert', async () => {
  const world = await World.started();
  const { watch, looks } = watchOver(world);
  const heard = listen(watch);
  for (let at = 0; at < 6; at += 1) {
    looks.transportTrouble = at % 2 === 0 ? 'no NATS server answers' : undefined;
    world.run(2_000);
  }
  expect(names(heard)).toEqual(['transport_down']);
  expect(heard.happenings()).toHaveLength(1);
});

test('lines of the log that operators want to see become happenings, and are logged as ever', () => {
  const written: unknown[] = [];
  const write = (event: string, fields?: unknown) => void written.push([event, fields]);
  const log: Log = { info: write, warn: write, error: write };
  const noted: News[] = [];
  const both = tapped(log, (news) => void noted.push(news));
  both.warn('peer_suspected', { peer: 'eu-west', silentMs: 1_523 });
  both.info('journal_compacted', { bytesBefore: 1 });
  both.error('toString');
  expect(noted).toEqual([
    {
      kind: 'partition',
      tone: 'critical',
      event: 'peer_suspected',
      text: 'eu-west has not been heard for 1.5 s',
      region: 'eu-west',
    },
  ]);
  expect(written).toHaveLength(3);
});
