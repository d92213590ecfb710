import { join } from 'node:path';
import { loadLimits } from '../../config/limits-file.ts';
import { formatProblems } from '../../config/problem.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { World, type WorldOptions } from '../world.ts';

export const EXAMPLES = join(import.meta.dirname, '../../config/examples');

/** The regions of every world here, with 40, 35 and 25 % of everything to begin with. */
export const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;

/** What a request is about, apart from how many permits. */
export type About = Omit<CheckRequest, 'permits'>;

/** The limits of a recipe; all of them, or only those named. */
export function recipe(name: string, ...only: readonly string[]): readonly LimitSpec[] {
  const loaded = loadLimits(join(EXAMPLES, `${name}.yaml`));
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  return loaded.limits.filter((limit) => only.length === 0 || only.includes(limit.name));
}

/** Three regions that go by these limits, settled for two seconds. */
export function worldOf(limits: readonly LimitSpec[], options: WorldOptions = {}): Promise<World> {
  return World.started({ ...options, limits });
}

export function ask(world: World, region: string, about: About, permits = 1): Decision {
  return world.region(region).check({ ...about, permits });
}

/** Asks `times` times; returns how many were allowed. */
export function askTimes(world: World, region: string, about: About, times: number): number {
  let allowed = 0;
  for (let time = 0; time < times; time += 1) if (ask(world, region, about).allowed) allowed += 1;
  return allowed;
}

/** The same in every region; returns how many were allowed in each. */
export function askEverywhere(world: World, about: About, times: number): number[] {
  return REGIONS.map((region) => askTimes(world, region, about, times));
}

/** Gives permits back that a decision spent, one of just now unless it is said; returns how many under each limit, by name. */
export function refund(
  world: World,
  region: string,
  about: About,
  spent: number | { readonly permits: number; readonly by: Decision },
): Record<string, number> {
  const { permits, atMs } =
    typeof spent === 'number'
      ? { permits: spent, atMs: world.clock(region).now().wallMs }
      : { permits: spent.permits, atMs: spent.by.atMs };
  const refunded = world.region(region).refund({ ...about, permits }, { atMs });
  return Object.fromEntries(refunded.map(({ limit, permits: back }) => [limit.name, back]));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Asks in each region as often, at an even pace, for so many seconds; returns how many were allowed in each. */
export function pace(
  world: World,
  about: Readonly<Record<string, About>>,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Record<string, number> {
  const steps = 20;
  const allowed: Record<string, number> = {};
  for (let step = 1; step <= seconds * steps; step += 1) {
    const times = Math.floor((step * perSecond) / steps) - Math.floor(((step - 1) * perSecond) / steps);
    for (const [region, each] of Object.entries(about))
      allowed[region] = (allowed[region] ?? 0) + askTimes(world, region, each, times);
    world.run(1_000 / steps);
  }
  return allowed;
}
