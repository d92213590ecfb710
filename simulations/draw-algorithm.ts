import type { AlgorithmName, LimitSpec } from '../src/core/limit.ts';
import type { Chance } from './chance.ts';

/** Makes of a drawn limit one that counts in one of these ways. */
export function drawAlgorithm(
  chance: Chance,
  limit: LimitSpec,
  algorithms: readonly AlgorithmName[],
): LimitSpec {
  const algorithm = chance.pick(algorithms);
  switch (algorithm) {
    case 'fixed-window':
      return limit;
    case 'sliding-window':
      return { ...limit, algorithm, windowMs: chance.pick([1_000, 5_000, 10_000, 30_000, 60_000]) };
    case 'token-bucket':
      return { ...limit, algorithm, windowMs: chance.pick([1_000, 10_000]), burst: limit.limit };
    case 'leaky-bucket':
      return {
        ...limit,
        algorithm,
        windowMs: 10_000,
        burst: 1 + chance.below(10),
        delayMsMax: chance.pick([300, 2_000, 5_000]),
      };
    case 'concurrency':
      return { ...limit, algorithm, windowMs: chance.pick([2_000, 5_000, 10_000]) };
    case 'quota':
      return {
        ...limit,
        algorithm,
        windowMs: 3_600_000,
        period: { unit: 'hour', timeZone: chance.pick(['UTC', 'Asia/Kolkata']) },
      };
  }
}
