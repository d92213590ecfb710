import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS, live, stories, TIME_LIMIT_MS } from './stories.ts';

const LIMIT_OF = new Map(LIMITS.map(({ name, limit }) => [name, limit]));

test('whatever is lost, late, repeated, out of order or dead: no window ever gives out more than its limit', async () => {
  /** What happened in some story, so that quiet stories do not pass for good ones. */
  const happened = new Set<string>();
  await fc.assert(
    fc.asyncProperty(stories(), async (story) => {
      const world = await live(story, ({ allowed }) => {
        for (const [counter, permits] of allowed) {
          const limit = LIMIT_OF.get(counter.split(' ')[0] ?? '') ?? 0;
          if (permits > limit) expect.fail(`${counter}: ${permits} of ${limit}`);
        }
      });
      for (const event of world.events.keys()) happened.add(event);
    }),
    { numRuns: 100, interruptAfterTimeLimit: TIME_LIMIT_MS },
  );
  for (const event of ['region_fenced', 'region_owns_again', 'peer_restarted', 'sit_out_over']) {
    expect(happened).toContain(event);
  }
});

test('in none of this does anybody change a vote, in this life or the next', async () => {
  await fc.assert(
    fc.asyncProperty(stories(), async (story) => {
      const world = await live(story);
      expect([...world.votes].filter(([, letters]) => letters.length > 1)).toEqual([]);
      expect(world.events.has('vote_conflict')).toBe(false);
    }),
    { numRuns: 50, interruptAfterTimeLimit: TIME_LIMIT_MS },
  );
});
