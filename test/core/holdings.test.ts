import { expect, test } from 'vitest';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import { transferable } from '../../src/core/holdings.ts';
import { limitSpec } from '../world.ts';
import { booksIn, idOf, Lone, PlayedPeer, sent } from './builders.ts';

const { lookaheadEpochs } = DEFAULT_TIMING;
const WINDOW_MS = 100_000;

/** One of two with 500 of 1,000 permits in ten tranches, one an epoch: 250 at the start, and 25 with each tranche. */
function donor() {
  const lone = new Lone({
    members: [
      { region: 'us-east', weight: 1 },
      { region: 'eu-west', weight: 1 },
    ],
    limits: [limitSpec({ windowMs: WINDOW_MS, shares: 'demand' })],
  });
  const books = booksIn(lone);
  if (books === undefined) throw new Error('no books');
  const windowId = Math.floor(lone.wallMs / WINDOW_MS);
  return { lone, windowId, spare: () => transferable(lone.state, books, windowId, '') };
}

test('what may be given is what the epochs up to the lookahead release, and nothing beyond', () => {
  const { lone, spare } = donor();
  expect(spare()).toBe(250 + 25 * (1 + lookaheadEpochs));
  lone.run(2_000);
  expect(spare()).toBe(250 + 25 * (3 + lookaheadEpochs));
  lone.run(20_000);
  expect(spare()).toBe(500);
});

test('what was used may not be given any more', () => {
  const { lone, spare } = donor();
  const before = spare();
  lone.check(200);
  expect(spare()).toBe(before - 200);
});

test('what was given may not be given or used any more', () => {
  const { lone, windowId, spare } = donor();
  lone.run(20_000);
  new PlayedPeer(lone, 'eu-west').beat();
  lone.hear('eu-west', { kind: 'pull', wants: [[idOf(lone), windowId, '', 400, 10, true]] });
  const gifts = sent(lone.run(100), 'delta').flatMap(({ groups }) =>
    groups.flatMap(([, , rows]) => rows.flatMap(([, , , given]) => given ?? [])),
  );
  const [gift] = gifts;
  expect(gift?.[0]).toBe('eu-west@00000000000000bb');
  const given = gift?.[1] ?? 0;
  expect(given).toBeGreaterThan(0);
  expect(spare()).toBe(500 - given);
  expect(lone.check(0).verdict?.remaining).toBe(500 - given);
});
