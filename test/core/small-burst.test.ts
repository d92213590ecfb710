import { expect, test } from 'vitest';
import { limitSpec, World } from '../world.ts';
import { pass, publish, sole } from './sole.ts';

test.each(['token-bucket', 'leaky-bucket'] as const)(
  'a %s that saves up one permit gives it to whoever asks, in a world of three regions',
  async (algorithm) => {
    const limit = limitSpec({
      algorithm,
      limit: 10,
      windowMs: 10_000,
      burst: 1,
      delayMsMax: 1_000,
      shares: 'demand',
    });
    const world = await World.started({ limits: [limit] });
    let allowed = 0;
    for (let second = 0; second < 60; second += 1) {
      world.run(1_000);
      if (world.region('us-east').check({ resource: 'orders', dimensions: {}, permits: 1 }).allowed)
        allowed += 1;
    }
    expect(allowed).toBeGreaterThan(0);
  },
);

test('a peek is allowed where more is used than a lowered limit leaves', () => {
  for (const algorithm of ['fixed-window', 'sliding-window', 'concurrency'] as const) {
    const lone = sole({ algorithm, limit: 10, windowMs: 60_000 });
    lone.check(10);
    publish(lone, { algorithm, limit: 4, windowMs: 60_000 });
    pass(lone, 5_000);
    expect(lone.check(0).allowed, algorithm).toBe(true);
  }
});
