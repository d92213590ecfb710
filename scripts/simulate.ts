import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { classOf, drawPlan } from '../simulations/draw.ts';
import { describeFailure, describePlan } from '../simulations/failure-report.ts';
import type { Plan } from '../simulations/plan.ts';
import { type Outcome, runPlan } from '../simulations/run.ts';
import { shrink } from '../simulations/shrink.ts';

const COLUMNS = 200;

// Runs one seeded world with every checker watching: `--seed N`, a plan that an earlier failure left (`--plan FILE`), or a seed drawn now.
// Exits with 1 when an invariant broke, after looking for a smaller world in which it breaks too.
const { values } = parseArgs({
  options: { seed: { type: 'string' }, plan: { type: 'string' }, 'no-shrink': { type: 'boolean' } },
});

async function main(): Promise<void> {
  const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`not a seed: ${values.seed}`);
  const plan = values.plan === undefined ? drawPlan(seed) : readPlan(values.plan);
  const rerun =
    values.plan === undefined ? `make simulate SEED=${seed}` : `make simulate PLAN=${values.plan}`;
  console.log(values.plan === undefined ? `seed: ${seed} (${classOf(seed)})` : `plan: ${values.plan}`);
  console.log(`world: ${describePlan(plan)}`);
  const outcome = await runPlan(plan);
  console.log(`trace: ${outcome.trace}`);
  if (outcome.failure === undefined) {
    const { checks, events, messages, virtualMs } = outcome;
    console.log(
      `ok: ${checks} checks, ${events} events, ${messages} messages, ${virtualMs / 1_000} s virtual`,
    );
    return;
  }
  process.exitCode = 1;
  console.log(describeFailure(outcome, COLUMNS));
  console.log(`rerun: ${rerun}`);
  if (values['no-shrink'] !== true) await tellSmaller(outcome, seed);
}

async function tellSmaller(failing: Outcome, seed: number): Promise<void> {
  const { outcome, runs } = await shrink(failing, runPlan, ({ plan }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kshrinking: ${describePlan(plan)}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const file = join(tmpdir(), `headgate-simulation-${seed}.json`);
  writeFileSync(file, `${JSON.stringify(outcome.plan, undefined, 1)}\n`);
  console.log(`\nthe smallest world found in ${runs} runs where it fails alike:`);
  console.log(describePlan(outcome.plan));
  for (const fault of outcome.plan.faults) console.log(`  fault: ${JSON.stringify(fault)}`);
  console.log(`rerun: make simulate PLAN=${file}`);
}

function readPlan(file: string): Plan {
  return JSON.parse(readFileSync(file, 'utf8')) as Plan;
}

await main();
