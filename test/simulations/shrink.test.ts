import { expect, test } from 'vitest';
import { drawPlan } from '../../simulations/draw.ts';
import type { Plan } from '../../simulations/plan.ts';
import type { Outcome } from '../../simulations/run.ts';
import { shrink } from '../../simulations/shrink.ts';

const SEED_WITH_CRASHES = 115;

const FAILURE = { invariant: 'broken', what: '', atMs: 0, recent: [] };

/** What a run of `plan` comes to in a world that breaks 1 s after the last crash of `region`, and only then. */
function broken(region: string) {
  return async (plan: Plan): Promise<Outcome> => {
    const crash = plan.faults.findLast((fault) => fault.kind === 'crash' && fault.region === region);
    const atMs = (crash?.atMs ?? 0) + 1_000;
    const isBroken = crash !== undefined && plan.faultyMs + plan.healMs >= atMs;
    return {
      plan,
      trace: '',
      checks: 0,
      events: 0,
      messages: 0,
      virtualMs: 0,
      rarities: new Map(),
      failure: isBroken ? { ...FAILURE, atMs } : undefined,
    };
  };
}

test('a failing plan is cut down to what the failure needs', async () => {
  const drawn = drawPlan(SEED_WITH_CRASHES);
  expect(drawn.faults.some(({ kind }) => kind === 'crash')).toBe(true);
  const crash = {
    kind: 'crash',
    region: 'r2',
    atMs: 9_000,
    forMs: 500,
    losesDisk: true,
    clockBackMs: 0,
  } as const;
  const plan: Plan = { ...drawn, faults: [...drawn.faults, crash].sort((a, b) => a.atMs - b.atMs) };
  const run = broken('r2');
  const { outcome } = await shrink(await run(plan), run);
  expect(outcome.failure?.invariant).toBe('broken');
  expect(outcome.plan.faults).toHaveLength(1);
  expect(outcome.plan.members).toHaveLength(1);
  expect(outcome.plan.limits).toHaveLength(1);
  expect(outcome.plan.faultyMs).toBeLessThan(plan.faultyMs + 1);
  expect(outcome.plan.quietMs).toBe(0);
});

test('a plan whose failure goes away with every step stays as it is', async () => {
  const plan = drawPlan(1);
  const failing = { ...(await broken('nobody')(plan)), failure: FAILURE };
  const { outcome } = await shrink(failing, broken('nobody'));
  expect(outcome.plan).toBe(plan);
});
