import { Temporal } from 'temporal-polyfill';
import { expect, test, vi } from 'vitest';
import { limitSpec, World } from '../world.ts';

const DAY = {
  algorithm: 'quota',
  windowMs: 25 * 3_600_000,
  period: { unit: 'day', timeZone: 'UTC' },
} as const;

test('a denial under a quota does not look the calendar up again', async () => {
  const world = await World.started({ limits: [limitSpec({ ...DAY, limit: 10 })] });
  world.drain('us-east');
  world.check('us-east');
  const lookups = vi.spyOn(Temporal.Instant, 'fromEpochMilliseconds');
  for (let time = 0; time < 100; time += 1) world.check('us-east');
  expect(lookups.mock.calls.length).toBeLessThan(5);
});

test('a region whose share of a day is used up does not send its clients away for the day while others have some left', async () => {
  const world = await World.started({ limits: [limitSpec({ ...DAY, limit: 10, shares: 'demand' })] });
  world.drain('us-east');
  const denied = world.check('us-east');
  expect(denied).toMatchObject({ reason: 'region_share_exhausted' });
  const retryAfterMs = denied.verdict?.retryAfterMs ?? 0;
  world.run(500);
  expect(world.check('us-east')).toMatchObject({ allowed: true });
  expect(retryAfterMs).toBeLessThan(10_000);
});
