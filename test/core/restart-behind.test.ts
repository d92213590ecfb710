import { expect, test } from 'vitest';
import { FaultyWorld } from './faulty-world.ts';
import { LIMITS } from './stories.ts';

test.each([
  { what: 'within the slack that is allowed for', aheadMs: 1_000, behindMs: -1_000 },
  { what: 'by a minute, as after a bad first reading', aheadMs: 60_000, behindMs: 0 },
])('a region that restarts with its clock behind that of its dead life $what comes back', async (clock) => {
  const world = await FaultyWorld.begun({
    seed: 1,
    weights: [1, 1, 1],
    limits: LIMITS,
    skewsMs: [clock.aheadMs, 0, 0],
  });
  await world.run(1_500);
  world.befall({ kind: 'step', member: 0, skewMs: clock.behindMs });
  world.restart('a', 0);
  await world.run(20_000);
  expect(world.events.get('superseded')).toBeUndefined();
  expect(world.region('a')?.view()).toMatchObject({ owns: true, sitting: false });
});
