import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorId } from '../../crdt/index.ts';
import { DIGEST_MARGIN_EPOCHS } from '../../src/bounds.ts';
import type { RegionState } from '../../src/core/state.ts';
import type { FaultyWorld } from './faulty-world.ts';
import { live, stories, TIME_LIMIT_MS } from './stories.ts';

/** Long enough for the last repeated message to come, the last life to begin and sit out, and a digest to be answered. */
const QUIET_MS = 20_000;

/** Without steps of clocks: a life that begins with its clock behind the last one's is another story. */
const healed = stories('step');

test('after healing and quiet everybody knows the same of every window that is open', async () => {
  await fc.assert(
    fc.asyncProperty(healed, async (story) => {
      const world = await live(story);
      world.heal();
      await world.run(QUIET_MS);
      const states = statesOf(world);
      expect(states).toHaveLength(world.names.length);
      for (const teller of states) for (const listener of states) expectHeard(teller, listener);
    }),
    { numRuns: 30, interruptAfterTimeLimit: TIME_LIMIT_MS },
  );
});

test('after healing every region is up, owns what is its own, and the whole limit is given out again', async () => {
  await fc.assert(
    fc.asyncProperty(healed, async (story) => {
      const world = await live(story);
      world.heal();
      await world.run(QUIET_MS);
      for (const name of world.names) {
        expect(world.region(name)?.view()).toMatchObject({ owns: true, sitting: false, degraded: false });
        for (const peer of world.region(name)?.view().peers ?? [])
          expect(peer).toMatchObject({ status: 'up', fenced: false });
      }
      const fromMs = world.time.nowMs;
      for (let round = 0; round < 40; round += 1) {
        await world.run(250);
        for (const name of world.names) world.drain(name);
      }
      // By every clock these windows began after the quiet and ended before now.
      const ends = [4_000, 6_000].map((ms) => (Math.floor(fromMs / 2_000) + 1) * 2_000 + ms);
      expect(ends.map((endMs) => world.allowed.get(`short ${endMs} `))).toEqual([20, 20]);
    }),
    { numRuns: 30, interruptAfterTimeLimit: TIME_LIMIT_MS },
  );
});

function statesOf(world: FaultyWorld): RegionState[] {
  return world.names.flatMap((name) => world.region(name)?.inspect() ?? []);
}

/** Whatever one has told of its present life, the other knows. */
function expectHeard(teller: RegionState, listener: RegionState): void {
  if (teller === listener) return;
  expect(listener.peers.get(teller.region)).toMatchObject({ ledger: teller.ledger });
  const actor = actorId(teller.region, teller.ledger);
  for (const [name, { limit, counters }] of teller.books) {
    for (const [windowId, byKey] of counters.windows()) {
      if (
        limit.windows.closingEpoch(windowId) <=
        Math.max(teller.epoch, listener.epoch) + DIGEST_MARGIN_EPOCHS
      )
        continue;
      for (const [key, { published }] of byKey) {
        const heard = listener.books.get(name)?.counters.find(windowId, key)?.row(actor) ?? 0;
        expect(heard, `${teller.region} ${name} ${windowId} ${key}`).toBe(published);
      }
    }
  }
}
