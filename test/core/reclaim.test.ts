import { expect, test } from 'vitest';
import { limitSpec, World } from '../world.ts';

test.each([
  ['a fixed window', limitSpec({ limit: 1_000 }), 1],
  ['a window of many tranches', limitSpec({ limit: 1_000, windowMs: 100_000 }), 1],
  ['a bucket, by the second', limitSpec({ algorithm: 'token-bucket', limit: 1_000, burst: 100 }), 10],
])('of %s the view tells what comes from whom once they are fenced', async (_what, spec, epochs) => {
  const world = await World.started({ limits: [spec] });
  const part = () => {
    const { entitlement, reclaimed } = world.region('us-east').view().limits[0] ?? expect.unreachable();
    return { entitlement, reclaimed: Object.fromEntries(reclaimed) };
  };
  world.runToNext(spec.windowMs, 20_000);
  expect(part()).toEqual({ entitlement: 400 / epochs, reclaimed: {} });
  world.kill('ap-southeast');
  world.runToNext(spec.windowMs, 20_000);
  // Half of its 250 is for the others, by their weights of 40 and 35.
  const { entitlement, reclaimed } = part();
  expect(reclaimed['ap-southeast']).toBeCloseTo((125 * 40) / 75 / epochs, 0);
  // What is used is rounded down once for each of up to ten tranches.
  const roundedAway = 400 / epochs + (reclaimed['ap-southeast'] ?? 0) - entitlement;
  expect(roundedAway).toBeGreaterThanOrEqual(0);
  expect(roundedAway).toBeLessThan(10);
  world.runToNext(spec.windowMs, 20_000);
  await world.start('ap-southeast');
  world.runToNext(spec.windowMs, 20_000);
  world.runToNext(spec.windowMs, 20_000);
  expect(part()).toEqual({ entitlement: 400 / epochs, reclaimed: {} });
});
