import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { formatProblems } from '../../config/problem.ts';
import { loadScenario } from '../../simulations/scenario/load-scenario.ts';
import { runScenario } from '../../simulations/scenario/run-scenario.ts';
import { isOk, summaryJson, summaryOf } from '../../simulations/scenario/summary.ts';
import { EXIT } from './exit-codes.ts';

type Options = { readonly seed: number; readonly json?: boolean };

/** `headgate simulate`: what a scenario would be like, played through with the coordinator's own code in virtual time. */
export function define(command: Command): void {
  command
    .argument('<file>', 'a scenario: regions, limits, load, faults, and what is expected')
    .option('--seed <number>', 'chance; the same seed gives the same run', seed, 1)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nScenarios to begin with are in simulations/scenarios/.')
    .addHelpText('after', 'Exit code 1 when an expectation does not come true.')
    .addHelpText('after', '\nExample:\n  headgate simulate simulations/scenarios/region-loss.yaml')
    .action(simulate);
}

async function simulate(file: string, options: Options): Promise<void> {
  const result = loadScenario(file, options.seed);
  if (!result.ok) {
    process.stderr.write(formatProblems(result.problems));
    process.exitCode = EXIT.configuration;
    return;
  }
  const run = await runScenario(result.scenario);
  const text =
    options.json === true
      ? JSON.stringify(summaryJson(run, options.seed), undefined, 2)
      : summaryOf(run, options.seed);
  process.stdout.write(`${text}\n`);
  process.exitCode = isOk(run) ? EXIT.ok : EXIT.failed;
}

function seed(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('a whole number, please');
  return number;
}
