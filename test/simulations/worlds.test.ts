import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { drawPlan } from '../../simulations/draw.ts';
import { FAULT_CLASSES } from '../../simulations/fault-menu.ts';
import type { Plan } from '../../simulations/plan.ts';
import { RARITIES } from '../../simulations/rarities.ts';
import regressions from '../../simulations/regressions.json' with { type: 'json' };
import { runPlan } from '../../simulations/run.ts';
import { type SeedResult, seedsFrom, soak } from '../../simulations/soak.ts';

const SEEDS = 304;
const SIMULATE = fileURLToPath(new URL('../../scripts/simulate.ts', import.meta.url));

describe('over many seeded worlds', () => {
  const results = runAll();

  test(`${SEEDS} of them, in every kind of trouble, keep every promise`, { timeout: 600_000 }, async () => {
    const failed = (await results).flatMap(({ seed, failure }) =>
      failure === undefined
        ? []
        : [`${failure.invariant}: ${failure.what}; rerun: make simulate SEED=${seed}`],
    );
    expect(failed).toEqual([]);
    expect(SEEDS).toBeGreaterThanOrEqual(10 * FAULT_CLASSES.length);
  });

  test.each(RARITIES)('sometimes %s', { timeout: 600_000 }, async (rarity) => {
    const times = (await results).map(({ rarities }) => new Map(rarities).get(rarity) ?? 0);
    expect(times.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });
});

describe('what failed once', () => {
  test.each(regressions as Regression[])(
    'does not fail again in seed $seed: $invariant',
    async ({ seed, plan }) => {
      expect((await runPlan(plan)).failure).toBeUndefined();
      expect((await runPlan(drawPlan(seed))).failure).toBeUndefined();
    },
  );
});

describe('a seed names a run', () => {
  test('the same seed does the same, in two processes too', () => {
    const traces = [simulate(8427), simulate(8427)];
    expect(traces[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(traces[1]).toBe(traces[0]);
  });

  test('different seeds do different things', async () => {
    const traces = await Promise.all([1, 2, 3].map(async (seed) => (await runPlan(drawPlan(seed))).trace));
    expect(new Set(traces).size).toBe(3);
  });

  test('messages that travel as frames make no difference to what happens', async () => {
    const plan = { ...drawPlan(4), frames: false };
    const asObjects = await runPlan(plan);
    const asFrames = await runPlan({ ...plan, frames: true });
    expect(asFrames.trace).toBe(asObjects.trace);
  });
});

type Regression = { readonly seed: number; readonly invariant: string; readonly plan: Plan };

async function runAll(): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  await soak({
    seeds: seedsFrom(1, SEEDS),
    threads: 2,
    onResult: (result) => {
      results.push(result);
      return true;
    },
  });
  return results;
}

function simulate(seed: number): string | undefined {
  const output = execFileSync(process.execPath, [SIMULATE, '--seed', String(seed)], { encoding: 'utf8' });
  return /^trace: (.*)$/m.exec(output)?.[1];
}
