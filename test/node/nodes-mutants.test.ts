import { expect, test } from 'vitest';
import { overLimit, play } from './nodes-faults.ts';
import { MUTANTS } from './nodes-mutants.ts';

/** Seeds that are tried before a mutant counts as missed. */
const SEEDS = 12;

test.each(MUTANTS)(
  'the observer tells when $name',
  async ({ breaks }) => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const world = await play(seed, { breaks, ms: 12_000 });
      if (overLimit(world).length > 0) return;
    }
    expect.unreachable('nothing was admitted beyond a limit');
  },
  60_000,
);
