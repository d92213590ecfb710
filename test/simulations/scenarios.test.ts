import { describe, expect, test } from 'vitest';
import { runScenario } from '../../simulations/scenario/run-scenario.ts';
import type { Scenario } from '../../simulations/scenario/scenario.ts';
import { summaryOf } from '../../simulations/scenario/summary.ts';
import { describeJudged } from '../../simulations/scenario/wording.ts';
import { shippedScenarios } from './scenario-files.ts';

const SHIPPED = shippedScenarios();

/** A run takes a few seconds, and more on a machine that has other things to do. */
const PATIENCE = { timeout: 120_000 };

test('what operators are afraid of is among the scenarios', () => {
  expect([...SHIPPED.keys()]).toEqual(
    expect.arrayContaining([
      'healthy-uniform',
      'healthy-skewed',
      'follow-the-sun',
      'hot-key',
      'flash-crowd',
      'region-loss',
      'one-against-all',
      'two-against-three',
      'one-way-link',
      'flapping-link',
      'blackout',
      'clock-skew',
      'rolling-restart',
      'amnesia',
      'limit-cut-during-partition',
      'add-region',
      'low-limit',
      'one-second-windows',
      'monthly-quota',
    ]),
  );
});

test.each([...SHIPPED])(
  '%s says what is to be learned, and expects nothing above the limit',
  (_, scenario) => {
    expect(scenario.about).toBeDefined();
    const { measure, atMost } = scenario.expectations[0] ?? {};
    expect([measure, atMost]).toEqual(['over-admission', 0]);
    expect(scenario.expectations.length).toBeGreaterThan(1);
  },
);

describe('a scenario comes out as it says', () => {
  test.each([...SHIPPED])('%s', PATIENCE, async (_, scenario) => {
    const run = await runScenario(scenario);
    const failed = run.judged.filter(({ ok }) => !ok);
    expect([failed.map(describeJudged), run.outcome.failure], summaryOf(run, 1)).toEqual([[], undefined]);
  });
});

describe('an expectation fails', () => {
  test('where shares stay in place and demand does not', PATIENCE, async () => {
    const scenario = named('healthy-skewed');
    const limits = scenario.plan.limits.map((limit) => ({ ...limit, shares: 'static' as const }));
    await expectFailures({ ...scenario, plan: { ...scenario.plan, limits } }, [
      'utilisation',
      'false-denials',
      'fairness',
    ]);
  });

  test('where nothing of a lost region can be reclaimed', PATIENCE, async () => {
    const scenario = named('region-loss');
    const limits = scenario.plan.limits.map((limit) => ({ ...limit, reclaimPermille: 0 }));
    await expectFailures({ ...scenario, plan: { ...scenario.plan, limits } }, ['utilisation']);
  });

  test('where links stay down', PATIENCE, async () => {
    const scenario = named('two-against-three');
    const faults = scenario.plan.faults.map((fault) => ({ ...fault, forMs: scenario.plan.faultyMs }));
    await expectFailures({ ...scenario, plan: { ...scenario.plan, faults } }, ['recovery']);
  });
});

async function expectFailures(scenario: Scenario, measures: readonly string[]): Promise<void> {
  const { judged, outcome } = await runScenario(scenario);
  const failed = judged.filter(({ ok }) => !ok).map(({ expectation }) => expectation.measure);
  expect(outcome.failure).toBeUndefined();
  expect(failed).toEqual(expect.arrayContaining([...measures]));
  expect(failed).not.toContain('over-admission');
}

function named(name: string): Scenario {
  const scenario = SHIPPED.get(name);
  if (scenario === undefined) throw new RangeError(`there is no scenario ${name}`);
  return scenario;
}
