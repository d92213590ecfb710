import { expect, test } from 'vitest';
import { eventuallyTrue, LIMITS, load, overLimit, play } from './nodes-faults.ts';
import { NodesWorld, type NodesWorldOptions } from './nodes-world.ts';

async function begun(options: Partial<NodesWorldOptions> = {}): Promise<NodesWorld> {
  const world = new NodesWorld({ seed: 1, limits: LIMITS, ...options });
  await world.begin();
  await eventuallyTrue(world, () => world.speaker() !== undefined, 5_000);
  return world;
}

const REQUEST = { resource: 'a.x', dimensions: { user: 'u1' }, permits: 1 };

test.each([11, 12, 13, 14, 15, 16])(
  'no window goes above its limit, whatever becomes of nodes and store (seed %i)',
  async (seed) => {
    const world = await play(seed);
    expect(world.admitted.size).toBeGreaterThan(40);
    expect(overLimit(world)).toEqual([]);
  },
  60_000,
);

test('all of a limit is used, whichever node is asked', async () => {
  const world = await begun();
  await world.run(12_000, () => load(world));
  const short = [...world.admitted.values()].filter(
    ({ limit, windowId }) => limit.name === 'short' && windowId === Math.floor(world.time.nowMs / 2_000) - 1,
  );
  // Of shares that stay where they are only the region with several nodes has its whole part wanted.
  for (const { permits } of short) expect(permits).toBeGreaterThanOrEqual(120 * 0.98);
  expect(short.length).toBeGreaterThan(0);
});

test('a node answers from the block in hand at once, and waits for one that is missing no longer than it may', async () => {
  const world = await begun({ waitMs: 20 });
  const node = [...world.living.values()].find(({ node }) => !node.nodes().speaks);
  if (node === undefined) return expect.unreachable('one node does not speak');
  const first = node.node.check(REQUEST);
  expect(first).toBeInstanceOf(Promise);
  await world.run(20);
  expect(await first).toMatchObject({ allowed: true, reason: 'ok' });
  for (let nth = 0; nth < 40; nth += 1) {
    node.node.check(REQUEST);
    await world.run(5);
  }
  expect(node.node.check(REQUEST)).toMatchObject({ allowed: true, reason: 'ok' });
});

test('while the store is silent nodes spend what they hold, and then do as the limit says, without waiting', async () => {
  const world = await begun();
  await world.run(500, () => load(world));
  world.isStoreSilent = true;
  await world.run(1_000);
  const node = [...world.living.values()].find(({ node }) => !node.nodes().speaks);
  const decision = node?.node.check(REQUEST);
  expect(decision).toMatchObject({ allowed: false, reason: 'degraded_closed', degraded: true });
  world.isStoreSilent = false;
  await world.run(1_000, () => load(world));
  expect(await node?.node.check({ ...REQUEST, resource: 'z' })).toMatchObject({ degraded: false });
});

test.each([
  ['a speaker that stood still claims nothing when it wakes after its turn', false, 0],
  ['were its turn without an end it would', true, 32],
])('%s', async (_what, endless, least) => {
  const world = await begun({
    ...(endless && { breaks: { region: (region) => region.extendTurn(Number.MAX_SAFE_INTEGER) } }),
  });
  const speaker = world.speaker();
  speaker?.clock.pause();
  await world.run(6_100);
  let admitted = 0;
  speaker?.clock.resume(() => {
    for (let nth = 0; nth < 200; nth += 1) {
      const decision = speaker.node.check(REQUEST);
      if (!(decision instanceof Promise) && decision.allowed) admitted += 1;
    }
  });
  expect(admitted).toBe(least);
  await world.run(1_000);
  expect(speaker?.node.nodes().speaks).toBe(false);
});

test('a store that has forgotten everything is told again by who spoke, and nobody sits anything out', async () => {
  const world = await begun();
  await world.run(3_000, () => load(world));
  const before = world.speaker();
  world.memory.forget();
  await world.run(2_500, () => load(world));
  expect(world.speaker()?.name).toBe(before?.name);
  expect(before?.node.view().sitting).toBe(false);
  expect(world.memory.inspect().journal.size).toBeGreaterThan(3);
  expect(overLimit(world)).toEqual([]);
});

test('who takes over carries on the books of who spoke before', async () => {
  const world = await begun();
  const ledger = world.speaker()?.node.view().ledger;
  await world.run(2_000, () => load(world));
  world.kill(world.speaker()?.name ?? '');
  await eventuallyTrue(world, () => world.speaker() !== undefined, 5_000);
  expect(world.speaker()?.node.view()).toMatchObject({ ledger });
});
