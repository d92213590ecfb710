import type { Checker } from '../checkers/checker.ts';
import type { Truth } from '../checkers/truth.ts';
import type { Plan } from '../plan.ts';
import { type Failure, runPlan } from '../run.ts';
import { Figures } from '../scenario/figures.ts';
import { Meter } from '../scenario/meter.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { World } from '../world.ts';
import type { Contestant } from './contestants.ts';
import { type Measures, measure } from './measures.ts';
import { Waits } from './waits.ts';

/** What a contestant came to in one world. */
export type Result = {
  readonly contestant: string;
  readonly measures: Measures;
  /** Two runs with the same trace did the same. */
  readonly trace: string;
  readonly checks: number;
  /** An invariant that broke, where the production code ran. */
  readonly failure: Omit<Failure, 'recent'> | undefined;
};

/** Whether a contestant can live through it. Who holds rates has nothing to say about a window that does not pass meanwhile. */
export function canCompete(contestant: Contestant, scenario: Scenario): boolean {
  if (contestant.kind === 'headgate') return true;
  const { faultyMs, limits } = scenario.plan;
  const holdsRate = contestant.holdsRate === true;
  return suitsModels(scenario) && !(holdsRate && limits.some(({ windowMs }) => windowMs > faultyMs));
}

/**
 * Lets a contestant live through a scenario: the same requests, the same network, clocks and faults, from the same seed, whoever it is.
 * `more` looks on beside the meter.
 */
export async function compete(
  scenario: Scenario,
  contestant: Contestant,
  more: (world: World) => readonly Checker[] = () => [],
): Promise<Result> {
  const plan = planFor(scenario.plan, contestant);
  const seen: { world?: World; truth?: Truth; meter?: Meter } = {};
  const waits = new Waits();
  const outcome = await runPlan(plan, {
    checkers: contestant.kind === 'headgate' ? 'headline' : 'none',
    model: contestant.kind === 'model' ? contestant.prepare() : undefined,
    observers: (world, truth) => {
      const meter = new Meter(world);
      Object.assign(seen, { world, truth, meter });
      return [meter, waits, ...more(world)];
    },
  });
  const { world, truth, meter } = seen;
  if (world === undefined || truth === undefined || meter === undefined) throw new Error('nothing was run');
  const measures = measure({
    scenario: { ...scenario, plan },
    isHeadgate: contestant.kind === 'headgate',
    meter,
    truth,
    waits,
    figures: new Figures({ ...scenario, plan }, { world, truth, meter }),
    elapsedMs: world.elapsedMs,
  });
  const { trace, checks, failure } = outcome;
  const told = failure && { invariant: failure.invariant, what: failure.what, atMs: failure.atMs };
  return { contestant: contestant.name, measures, trace, checks, failure: told };
}

/** Messages travel as objects, for models are none that the codec knows; nothing that is compared depends on it. */
function planFor(plan: Plan, contestant: Contestant): Plan {
  if (contestant.kind === 'model') return { ...plan, frames: false };
  const { reclaimPermille, fixed = false } = contestant;
  const under = (limits: Plan['limits']) =>
    limits.map((limit) => ({ ...limit, reclaimPermille, ...(fixed ? { shares: 'static' as const } : {}) }));
  const faults = plan.faults.map((fault) => {
    if (fault.kind !== 'change') return fault;
    const { configuration } = fault;
    return { ...fault, configuration: { ...configuration, limits: under(configuration.limits) } };
  });
  return { ...plan, frames: false, limits: under(plan.limits), faults };
}

/**
 * Whether models can live through it: they know one configuration, one process of a name, and limits on what is counted in windows that do
 * not overlap.
 */
function suitsModels({ plan: { faults, limits } }: Scenario): boolean {
  return (
    !faults.some(({ kind }) => kind === 'change' || kind === 'twin') &&
    limits.every(
      ({ algorithm, mode, overrides, weights, consistency = 'strict' }) =>
        (algorithm === 'fixed-window' || algorithm === 'quota') &&
        mode === 'enforce' &&
        consistency === 'strict' &&
        (overrides ?? []).length === 0 &&
        weights === undefined,
    )
  );
}
