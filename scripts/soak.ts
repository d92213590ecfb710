import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { drawPlan } from '../simulations/draw.ts';
import { describePlan } from '../simulations/failure-report.ts';
import { RARITIES } from '../simulations/rarities.ts';
import { runPlan } from '../simulations/run.ts';
import { shrink } from '../simulations/shrink.ts';
import { type SeedResult, seedsFrom, soak } from '../simulations/soak.ts';
import { ProgressBar } from './progress-bar.ts';

const REGRESSIONS = new URL('../simulations/regressions.json', import.meta.url);

/** Failed seeds that are made smaller at the end; the others are kept as they are. */
const SHRUNK_MAX = 5;

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
});

// Runs many seeds on all cores. Seeds that fail are added to simulations/regressions.json, with the smallest world in which they fail.
async function main(): Promise<void> {
  const failed: SeedResult[] = [];
  try {
    await run(failed);
  } finally {
    // What has failed is kept whatever becomes of the rest.
    if (failed.length > 0) await keep(failed);
  }
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function run(failed: SeedResult[]): Promise<void> {
  const count = Number(values.seeds);
  const from = Number(values.from);
  const rarities = new Map<string, number>(RARITIES.map((rarity) => [rarity, 0]));
  const progress = new ProgressBar(count, 'seeds');
  let checks = 0;
  await soak({
    seeds: seedsFrom(from, count),
    threads: availableParallelism(),
    onResult: (result) => {
      checks += result.checks;
      for (const [rarity, times] of result.rarities)
        rarities.set(rarity, (rarities.get(rarity) ?? 0) + times);
      if (result.failure !== undefined) {
        failed.push(result);
        progress.line(`seed ${result.seed}: invariant ${result.failure.invariant}: ${result.failure.what}`);
      }
      progress.step(`, ${failed.length} failed`);
      return true;
    },
  });
  progress.end();
  console.log(
    `${count} seeds from ${from}: ${failed.length} failed, ${checks} checks, ${progress.seconds()} s`,
  );
  for (const [rarity, times] of rarities) console.log(`  ${String(times).padStart(9)}  ${rarity}`);
}

type Regression = { readonly seed: number; readonly invariant: string; readonly plan: unknown };

async function keep(failed: readonly SeedResult[]): Promise<void> {
  const known = JSON.parse(readFileSync(REGRESSIONS, 'utf8')) as Regression[];
  const fresh = failed.filter(({ seed }) => !known.some((regression) => regression.seed === seed));
  for (const [at, { seed, failure }] of fresh.entries()) {
    const outcome = await runPlan(drawPlan(seed));
    const { plan } = at < SHRUNK_MAX ? (await shrink(outcome, runPlan)).outcome : outcome;
    known.push({ seed, invariant: failure?.invariant ?? '', plan });
    console.log(`kept seed ${seed}: ${describePlan(plan)}; rerun: make simulate SEED=${seed}`);
  }
  writeFileSync(REGRESSIONS, `${JSON.stringify(known, undefined, 1)}\n`);
}

await main();
