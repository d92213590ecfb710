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
  const progress = new Progress(count);
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
      progress.step(failed.length);
      return true;
    },
  });
  progress.end();
  console.log(
    `${count} seeds from ${from}: ${failed.length} failed, ${checks} checks, ${progress.seconds()} s`,
  );
  for (const [rarity, times] of rarities) console.log(`  ${String(times).padStart(9)}  ${rarity}`);
}

/** How far a long run is: a bar on a terminal, a line for every tenth elsewhere. */
class Progress {
  readonly #total: number;
  readonly #startedMs = performance.now();
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  step(failed: number): void {
    this.#done += 1;
    const part = this.#done / this.#total;
    const text = `${this.#done} of ${this.#total} seeds, ${failed} failed, ${this.seconds()} s`;
    if (process.stdout.isTTY) {
      const bar = '█'.repeat(Math.round(part * 30)).padEnd(30, '░');
      process.stdout.write(`\r\x1b[K${bar} ${text}, ${Math.round(this.seconds() * (1 / part - 1))} s left`);
    } else if (Math.floor(part * 10) > Math.floor(((this.#done - 1) / this.#total) * 10)) console.log(text);
  }

  line(text: string): void {
    console.log(process.stdout.isTTY ? `\r\x1b[K${text}` : text);
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  }

  seconds(): number {
    return Math.round((performance.now() - this.#startedMs) / 1_000);
  }
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
