import { availableParallelism } from 'node:os';
import { type SeedResult, seedsFrom, soak } from '../../../simulations/soak.ts';
import type { Mutant } from './mutant.ts';

/** Seeds from 1 on in which a mutant must be caught. */
const SEEDS_MAX = 200;

const WORKER = new URL('./mutant-worker.ts', import.meta.url);

/** What a hunt for one mutant came to. */
export type Hunt = {
  /** The first run in which a promise was broken that the mutant breaks; undefined when there was none. */
  readonly caught: SeedResult | undefined;
  /** Runs of the product as it is, over the same seeds of the same worlds, in which any promise was broken. */
  readonly failedUnmutated: readonly SeedResult[];
};

/** As many hunts go on at a time as there are cores; a hunt waits for the one before it in its lane. */
const lanes = Array.from({ length: availableParallelism() }, () => Promise.resolve());
let hunts = 0;

/** Hunts for a mutant, and sees whether the product passes where it fell. Rejects when the mutant does not fit the product. */
export async function hunt(mutant: Mutant): Promise<Hunt> {
  const lane = hunts % lanes.length;
  hunts += 1;
  const done = (lanes[lane] ?? Promise.resolve()).then(() => huntOne(mutant));
  lanes[lane] = done.then(
    () => {},
    () => {},
  );
  return done;
}

async function huntOne(mutant: Mutant): Promise<Hunt> {
  const { focus } = mutant;
  let caught: SeedResult | undefined;
  await soak({
    seeds: seedsFrom(1, SEEDS_MAX),
    focus,
    threads: 1,
    worker: WORKER,
    workerData: { mutant },
    onResult: (result) => {
      if (isBroken(mutant, result)) caught ??= result;
      return caught === undefined;
    },
  });
  const failedUnmutated: SeedResult[] = [];
  await soak({
    seeds: seedsFrom(1, caught?.seed ?? 0),
    focus,
    threads: 1,
    onResult: (result) => {
      if (result.failure !== undefined) failedUnmutated.push(result);
      return true;
    },
  });
  return { caught, failedUnmutated };
}

function isBroken({ breaks }: Mutant, { failure }: SeedResult): boolean {
  return breaks.some((promise) =>
    typeof promise === 'number'
      ? failure?.invariant.startsWith(`${promise} `)
      : failure?.invariant === 'InvariantError' && failure.what.endsWith(`: ${promise}`),
  );
}
