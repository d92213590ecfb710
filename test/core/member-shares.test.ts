import { expect, test } from 'vitest';
import { limitSpec, World } from '../world.ts';

/** What us-east thinks that everybody may use of the current window. */
function sharesIn(world: World, key = '', seenBy = 'us-east'): Readonly<Record<string, number>> {
  const window = world.region(seenBy).usage('everything', key)?.windows[0];
  return Object.fromEntries((window?.byRegion ?? []).map(({ region, share }) => [region, share]));
}

const sum = (shares: Readonly<Record<string, number>>) =>
  Object.values(shares).reduce((total, share) => total + share, 0);

test.each(['fixed-window', 'sliding-window'] as const)(
  'while all is well the shares of a %s are what the weights give',
  async (algorithm) => {
    const world = await World.started({ limits: [limitSpec({ algorithm })] }, 15_000);
    expect(sharesIn(world)).toEqual({ 'us-east': 400, 'eu-west': 350, 'ap-southeast': 250 });
  },
);

test("a token bucket's shares are of what one second mints", async () => {
  const world = await World.started({ limits: [limitSpec({ algorithm: 'token-bucket' })] });
  expect(sharesIn(world)).toEqual({ 'us-east': 40, 'eu-west': 35, 'ap-southeast': 25 });
});

test('a fenced region is seen to have its floor, and the others the rest', async () => {
  const world = await World.started();
  world.kill('ap-southeast');
  world.runToNext(10_000, 9_000);
  const shares = sharesIn(world);
  expect(shares['ap-southeast']).toBe(125);
  expect(sum(shares)).toBeGreaterThan(995);
  expect(sum(shares)).toBeLessThanOrEqual(1_000);
  expect(shares['us-east']).toBeGreaterThan(400);
  expect(shares).toEqual(sharesIn(world, '', 'eu-west'));
});

test('shares follow demand, and all regions see where they went', async () => {
  const world = await World.started({ limits: [limitSpec({ shares: 'demand' })] });
  world.runToNext(10_000);
  for (let round = 0; round < 90; round += 1) {
    world.check('ap-southeast', 8);
    world.run(100);
  }
  const shares = sharesIn(world);
  expect(shares['ap-southeast']).toBeGreaterThan(500);
  expect(sum(shares)).toBeLessThanOrEqual(1_000);
  expect(sharesIn(world, '', 'ap-southeast')['ap-southeast']).toBe(shares['ap-southeast']);
});
