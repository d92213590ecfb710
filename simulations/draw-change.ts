import type { LimitSpec, Member } from '../src/core/limit.ts';
import type { Configuration } from '../src/core/version.ts';
import type { Chance } from './chance.ts';

/** Draws what an operator may make of a configuration: other limits, other weights, a member more or less. */
export function drawChange(chance: Chance, { members, limits }: Configuration): Configuration {
  return {
    members: chance.happens(0.5) ? changeMembers(chance, members) : members,
    limits: chance.happens(0.75) ? changeLimits(chance, limits) : limits,
    retired: [],
  };
}

function changeMembers(chance: Chance, members: readonly Member[]): readonly Member[] {
  const last = members.at(-1);
  switch (chance.below(3)) {
    case 0:
      return [...members, { region: `r${members.length + 1}`, weight: 1 + chance.below(100) }];
    case 1:
      return members.length > 2 && last !== undefined ? members.slice(0, -1) : members;
    default:
      return members.map(({ region }) => ({ region, weight: 1 + chance.below(100) }));
  }
}

function changeLimits(chance: Chance, limits: readonly LimitSpec[]): readonly LimitSpec[] {
  return limits.flatMap((limit) => {
    if (chance.happens(0.1) && limits.length > 1) return [];
    const windowMs =
      chance.happens(0.1) && limit.algorithm !== 'quota'
        ? chance.pick([1_000, 10_000, 60_000])
        : limit.windowMs;
    const factor = chance.pick([0.1, 0.3, 0.8, 1.5, 4]);
    return {
      ...limit,
      windowMs,
      limit: Math.max(1, Math.round(limit.limit * factor)),
      reclaimPermille: chance.happens(0.3) ? chance.pick([0, 500, 800]) : limit.reclaimPermille,
    };
  });
}
