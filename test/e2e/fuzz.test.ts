import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz, SURFACES, type Surface } from '../fuzz/fuzz.ts';
import { Targets } from '../fuzz/targets.ts';

/** Inputs in all: `make fuzz` throws a million. */
const INPUTS = 6_000;
const SEED = 8427;

let targets: Targets;

beforeAll(async () => {
  targets = await Targets.start();
});

afterAll(async () => {
  await targets.stop();
});

test.each(Object.entries(SURFACES))('spoilt inputs change nothing: %s', async (surface, part) => {
  let steps = 0;
  const onStep = () => {
    steps += 1;
  };
  const inputs = Math.ceil(INPUTS * part);
  const thrown = await fuzz({ targets, surface: surface as Surface, inputs, seed: SEED, onStep });
  expect(await targets.changes(), targets.log()).toEqual([]);
  expect(steps).toBe(inputs);
  // A listener may wait for the rest of what looks like a beginning; most of what is spoilt is refused at once.
  expect(thrown.answered).toBeGreaterThan(inputs / 2);
});
