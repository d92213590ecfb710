import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Result } from '../simulations/comparison/compete.ts';
import { type Job, jobsOf, lowLimitJobsOf, readScenario } from '../simulations/comparison/jobs.ts';
import { LOW_LIMIT_WORLDS } from '../simulations/comparison/low-limits.ts';
import { resultsPage } from '../simulations/comparison/results-page.ts';
import { alignedTable } from '../simulations/comparison/table.ts';
import { judge, targetTable } from '../simulations/comparison/targets.ts';
import { ProgressBar } from './progress-bar.ts';

const SCENARIOS = new URL('../simulations/scenarios/', import.meta.url);
const PAGE = new URL('../simulations/RESULTS.md', import.meta.url);
const WORKER = new URL('../simulations/comparison/compare-worker.ts', import.meta.url);

/** The scenario that worlds with low limits are made from. */
const LOW_LIMIT = 'low-limit.yaml';

// Lets everybody live through every scenario, on all cores, and writes down what came out.
async function main(): Promise<void> {
  const files = readdirSync(SCENARIOS)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => fileURLToPath(new URL(name, SCENARIOS)));
  const jobs = files.flatMap(jobsOf);
  const lowLimits = files.filter((file) => basename(file) === LOW_LIMIT).flatMap(lowLimitJobsOf);
  const results = await runAll([...jobs, ...lowLimits]);
  const compared = files.map((file) => ({
    name: basename(file, '.yaml'),
    scenario: readScenario(file),
    results: jobs.flatMap((job, at) => (job.file === file ? (results[at] ?? []) : [])),
  }));
  const low = LOW_LIMIT_WORLDS.map((_, world) =>
    lowLimits.flatMap((job, at) => (job.lowLimit === world ? (results[jobs.length + at] ?? []) : [])),
  );
  writeFileSync(PAGE, resultsPage(compared, low));
  const judgements = judge(new Map(compared.map(({ name, results: all }) => [name, all])));
  console.log(`${alignedTable(targetTable(judgements))}\n\nsimulations/RESULTS.md has it all`);
  const broken = results.filter(({ failure }) => failure !== undefined);
  for (const { contestant, failure } of broken) {
    console.error(`${contestant} broke invariant ${failure?.invariant}: ${failure?.what}`);
  }
  process.exitCode = broken.length === 0 ? 0 : 1;
}

/** The results in the order of the jobs. The longest are begun first, so that no core is idle in the end. */
async function runAll(jobs: readonly Job[]): Promise<Result[]> {
  const results: Result[] = [];
  const progress = new ProgressBar(jobs.length, 'runs');
  const lengths = jobs.map(lengthOf);
  const order = jobs.map((_, at) => at).sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
  const thread = async () => {
    const worker = new Worker(WORKER, { execArgv: [] });
    for (let at = order.shift(); at !== undefined; at = order.shift()) {
      results[at] = await ask(worker, jobs[at]);
      progress.step();
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
  progress.end();
  return results;
}

/** Virtual time is not all that a run costs, but nearly. */
function lengthOf({ file }: Job): number {
  return readScenario(file).plan.faultyMs;
}

function ask(worker: Worker, job: Job | undefined): Promise<Result> {
  const answered = Promise.withResolvers<Result>();
  worker.once('message', answered.resolve);
  worker.once('error', answered.reject);
  worker.postMessage(job);
  return answered.promise.finally(() => {
    worker.off('message', answered.resolve);
    worker.off('error', answered.reject);
  });
}

await main();
