import { formatProblems } from '../../config/problem.ts';
import { loadScenario } from '../scenario/load-scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { canCompete, compete, type Result } from './compete.ts';
import { CONTESTANTS, type Contestant } from './contestants.ts';
import { competeAtLowLimit, LOW_LIMIT_CONTESTANTS, LOW_LIMIT_WORLDS } from './low-limits.ts';

/** One contestant in one world; small enough to pass between threads. */
export type Job = {
  readonly file: string;
  readonly contestant: string;
  /** Which of the worlds with a low limit; undefined: the scenario as it is. */
  readonly lowLimit: number | undefined;
};

/** Every comparison comes from this seed. */
const SEED = 1;

/** Reads a scenario file. Throws an error that tells every problem where it cannot be used. */
export function readScenario(file: string): Scenario {
  const loaded = loadScenario(file, SEED);
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  return loaded.scenario;
}

/** What is to be run of a scenario file. */
export function jobsOf(file: string): Job[] {
  return contestantsOf(readScenario(file)).map(({ name }) => ({
    file,
    contestant: name,
    lowLimit: undefined,
  }));
}

/** What is to be run of a scenario with a low limit, world by world. */
export function lowLimitJobsOf(file: string): Job[] {
  return LOW_LIMIT_WORLDS.flatMap((_, lowLimit) =>
    LOW_LIMIT_CONTESTANTS.map(({ name }) => ({ file, contestant: name, lowLimit })),
  );
}

/** Lets everybody live through one scenario, one after the other; `onResult` is called after each. */
export async function compareAll(scenario: Scenario, onResult: () => void = () => {}): Promise<Result[]> {
  const results: Result[] = [];
  for (const contestant of contestantsOf(scenario)) {
    results.push(await compete(scenario, contestant));
    onResult();
  }
  return results;
}

/** Runs a job. */
export async function runJob({ file, contestant, lowLimit }: Job): Promise<Result> {
  const scenario = readScenario(file);
  const from = lowLimit === undefined ? CONTESTANTS : LOW_LIMIT_CONTESTANTS;
  const who = from.find(({ name }) => name === contestant);
  if (who === undefined) throw new RangeError(`nobody is called ${contestant}`);
  const world = lowLimit === undefined ? undefined : LOW_LIMIT_WORLDS[lowLimit];
  return world === undefined ? compete(scenario, who) : competeAtLowLimit(scenario, who, world);
}

/** Who lives through a scenario. */
function contestantsOf(scenario: Scenario): readonly Contestant[] {
  return CONTESTANTS.filter((contestant) => canCompete(contestant, scenario));
}
