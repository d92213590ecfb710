import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { formatProblems } from '../../config/problem.ts';
import { compareAll } from '../../simulations/comparison/jobs.ts';
import { alignedTable, resultRecords, resultTable } from '../../simulations/comparison/table.ts';
import { loadScenario } from '../../simulations/scenario/load-scenario.ts';
import { runScenario, type ScenarioRun } from '../../simulations/scenario/run-scenario.ts';
import type { Scenario } from '../../simulations/scenario/scenario.ts';
import { isOk, summaryJson, summaryOf } from '../../simulations/scenario/summary.ts';
import { EXIT } from './exit-codes.ts';

type Options = {
  readonly seed: number;
  readonly compare?: boolean;
  readonly out?: string;
  readonly json?: boolean;
};

const HELP = `
Scenarios to begin with are in simulations/scenarios/: copy the one that is nearest to your world, put in your regions, limits and load,
and say what you expect of it.

Examples:
  headgate simulate simulations/scenarios/region-loss.yaml
  headgate simulate simulations/scenarios/region-loss.yaml --out reports
  headgate simulate simulations/scenarios/region-loss.yaml --compare
  for seed in 1 2 3; do headgate simulate mine.yaml --seed $seed --json | jq .utilisation; done

Exit code 1 when an expectation fails, 3 when the scenario has problems.`;

/** `headgate simulate`: what a scenario would be like, played through with the coordinator's own code in virtual time. */
export function define(command: Command): void {
  command
    .argument('<file>', 'a scenario: regions, limits, load, faults, and what is expected')
    .option('--seed <number>', 'chance; the same seed gives the same run', seed, 1)
    .option(
      '--compare',
      'also play it through with models of other ways to hold a limit, and show all in a table',
    )
    .option(
      '--out <directory>',
      'also write a report with charts there: one HTML file that needs nothing else',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(simulate);
}

async function simulate(file: string, options: Options): Promise<void> {
  const result = loadScenario(file, options.seed);
  if (!result.ok) {
    process.stderr.write(formatProblems(result.problems));
    process.exitCode = EXIT.configuration;
    return;
  }
  // A folder that cannot be made is found out before the run, not after it.
  if (options.out !== undefined) mkdirSync(options.out, { recursive: true });
  const run = await play(result.scenario);
  const report =
    options.out === undefined ? undefined : await writeReport(run, file, options.seed, options.out);
  const compared = options.compare === true ? await compareAll(result.scenario) : undefined;
  const text =
    options.json === true
      ? JSON.stringify(
          {
            ...summaryJson(run, options.seed),
            report: report ?? null,
            comparison: compared === undefined ? null : resultRecords(compared),
          },
          undefined,
          2,
        )
      : [
          summaryOf(run, options.seed),
          ...(compared === undefined ? [] : ['', alignedTable(resultTable(compared))]),
          ...(report === undefined ? [] : ['', `report: ${report}`]),
        ].join('\n');
  process.stdout.write(`${text}\n`);
  process.exitCode = isOk(run) ? EXIT.ok : EXIT.failed;
}

/** Writes the report and returns where it is. What draws charts is loaded only when it is wanted. */
async function writeReport(run: ScenarioRun, file: string, seed: number, folder: string): Promise<string> {
  const { reportOf } = await import('../../simulations/scenario/report/page.ts');
  const path = join(folder, `${basename(file, extname(file))}-seed-${seed}.html`);
  writeFileSync(path, reportOf(run, { file, seed, text: readFileSync(file, 'utf8') }));
  return path;
}

/** Plays a scenario through, and shows on a terminal how far it is. */
async function play(scenario: Scenario): Promise<ScenarioRun> {
  const { stderr } = process;
  if (!stderr.isTTY) return await runScenario(scenario);
  const run = await runScenario(scenario, (elapsedMs) => {
    stderr.write(`\r\x1b[K${Math.floor((elapsedMs / scenario.plan.faultyMs) * 100)} % played`);
  });
  stderr.write('\r\x1b[K');
  return run;
}

function seed(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('a whole number, please');
  return number;
}
