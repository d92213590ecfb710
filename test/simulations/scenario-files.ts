import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadScenario } from '../../simulations/scenario/load-scenario.ts';
import { runScenario, type ScenarioRun } from '../../simulations/scenario/run-scenario.ts';
import type { Scenario } from '../../simulations/scenario/scenario.ts';

const FOLDER = new URL('../../simulations/scenarios/', import.meta.url);

/** Every scenario that is shipped, by its name. */
export function shippedScenarios(): ReadonlyMap<string, Scenario> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  return new Map(
    files.map((file) => [basename(file, '.yaml'), scenarioIn(fileURLToPath(new URL(file, FOLDER)))]),
  );
}

/** The scenario that a text describes. Throws where there is none. */
export function scenarioOf(text: string, seed = 1): Scenario {
  return scenarioIn('test.yaml', seed, text);
}

/** Runs the scenario that a text describes. */
export function play(text: string, seed = 1): Promise<ScenarioRun> {
  return runScenario(scenarioOf(text, seed));
}

function scenarioIn(file: string, seed = 1, text?: string): Scenario {
  const result = loadScenario(file, seed, text === undefined ? undefined : () => Buffer.from(text));
  if (!result.ok) throw new Error(JSON.stringify(result.problems, undefined, 2));
  return result.scenario;
}
