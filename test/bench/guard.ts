import { median, ratios, written } from './figures.ts';
import { probe } from './pinned.ts';
import stored from './ratios.json' with { type: 'json' };

/** How much less than the stored ratio is worth a word: what a busy machine makes of it by itself is less than that. */
const WORTH_A_WORD = 0.65;

const ROUNDS = 5;

const MEASURE = 'decision: one limit against a Map';

// Compares a decision with the look-up that is its floor, and both with what was stored: it warns, and never fails, since machines have moods.
const { one, map } = await probe<Readonly<Record<'one' | 'map', readonly number[]>>>(
  'decision',
  String(ROUNDS),
  'map',
  'one',
);
const now = median(ratios(one, map));
const then = stored[MEASURE];
const verdict =
  now < then * WORTH_A_WORD ? 'WARNING, slower than it was: look at it with make bench' : 'fine';
console.log(`speed: ${MEASURE} ${written(now)} ×, stored ${written(then)} ×: ${verdict}`);
