import type { Scenario } from '../scenario/scenario.ts';
import { compete, type Result } from './compete.ts';
import { type Contestant, headgateWith, MODELS, ORACLE } from './contestants.ts';
import { RETRIED_AFTER_MS, RETRIES_MAX, Retries } from './retries.ts';
import type { Cells } from './table.ts';

/** A world with few permits: how much is asked for, as a part of the limits, and whether who is refused asks again. */
export type LowLimitWorld = { readonly load: number; readonly retries: boolean };

/** Enough windows for chance not to decide by more than a percent, and few enough to wait for. */
const DURATION_MS = 300_000;
const KEYS = 100;

const LOADS = [0.5, 0.9, 1.5, 3] as const;

const SHOWN = ['static split', 'lease server', 'reactive bounded counter'];

/** The worlds in which low limits are looked at. */
export const LOW_LIMIT_WORLDS: readonly LowLimitWorld[] = [false, true].flatMap((retries) =>
  LOADS.map((load) => ({ load, retries })),
);

/** Who is looked at in them; the oracle is what the others are measured by. */
export const LOW_LIMIT_CONTESTANTS: readonly Contestant[] = [
  ORACLE,
  ...MODELS.filter(({ name }) => SHOWN.includes(name)),
  { ...headgateWith(500), name: 'Headgate, shares fixed', fixed: true },
  headgateWith(500),
];

/** Lets a contestant live through one of the worlds that are made from a scenario with a low limit. */
export function competeAtLowLimit(
  scenario: Scenario,
  contestant: Contestant,
  { load, retries }: LowLimitWorld,
): Promise<Result> {
  const { limits, load: loads } = scenario.plan;
  const perSecond = limits.reduce((sum, { limit, windowMs }) => sum + (limit * 1_000) / windowMs, 0);
  const plan = {
    ...scenario.plan,
    faultyMs: Math.min(scenario.plan.faultyMs, DURATION_MS),
    load: loads.map((each) => ({
      ...each,
      keys: { ...each.keys, count: KEYS },
      perSecond: load * perSecond * KEYS,
    })),
  };
  return compete({ ...scenario, plan }, contestant, (world) => (retries ? [new Retries(world)] : []));
}

/** One row for each world: what each contestant let through of what the oracle did. */
export function lowLimitTable(results: readonly (readonly Result[])[]): Cells {
  const names = LOW_LIMIT_CONTESTANTS.slice(1).map(({ name }) => name);
  const again = `${RETRIES_MAX} times, ${RETRIED_AFTER_MS / 1_000} s apart`;
  const rows = LOW_LIMIT_WORLDS.map(({ load, retries }, at) => {
    const [best, ...others] = (results[at] ?? []).map(({ measures }) => measures.admitted);
    const parts = others.map((admitted) => `${((100 * admitted) / (best ?? 1)).toFixed(1)} %`);
    return [`${load} × the limit`, retries ? again : 'never', ...parts];
  });
  return [['asked for', 'the refused ask again', ...names], ...rows];
}
