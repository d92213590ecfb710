import type { Truth } from '../checkers/truth.ts';
import { type Outcome, runPlan } from '../run.ts';
import type { World } from '../world.ts';
import { Figures, type Stretch } from './figures.ts';
import { Meter } from './meter.ts';
import type { Expectation, Measure, Scenario } from './scenario.ts';

/** Whether an expectation came true, and what was measured; undefined where there was nothing to measure. */
export type Judged = {
  readonly expectation: Expectation;
  readonly measured: number | undefined;
  readonly ok: boolean;
};

export type ScenarioRun = {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly figures: Figures;
  readonly meter: Meter;
  readonly judged: readonly Judged[];
};

/**
 * Runs a scenario and measures it. An invariant that breaks is in the outcome. `onSecond` is told how far the run is, in virtual
 * milliseconds.
 */
export async function runScenario(
  scenario: Scenario,
  onSecond?: (elapsedMs: number) => void,
): Promise<ScenarioRun> {
  const seen: { world?: World; truth?: Truth; meter?: Meter } = {};
  const outcome = await runPlan(scenario.plan, {
    checkers: 'headline',
    observers: (world, truth) => {
      const meter = new Meter(world);
      Object.assign(seen, { world, truth, meter });
      return onSecond === undefined ? [meter] : [meter, { second: () => onSecond(world.elapsedMs) }];
    },
  });
  const { world, truth, meter } = seen;
  if (world === undefined || truth === undefined || meter === undefined) throw new Error('nothing was run');
  const figures = new Figures(scenario, { world, truth, meter });
  const judged = scenario.expectations.map((expectation) => judge(expectation, figures));
  return { scenario, outcome, figures, meter, judged };
}

function judge(expectation: Expectation, figures: Figures): Judged {
  const { measure, atLeast, atMost } = expectation;
  const measured = MEASURERS[measure](figures, stretchOf(expectation, figures));
  const ok =
    measured !== undefined &&
    measured >= (atLeast ?? Number.NEGATIVE_INFINITY) &&
    measured <= (atMost ?? Number.POSITIVE_INFINITY);
  return { expectation, measured, ok };
}

function stretchOf({ fromMs, toMs, limit }: Expectation, { measured }: Figures): Stretch {
  return { fromMs: fromMs === 0 ? measured.fromMs : fromMs, toMs, limit };
}

const MEASURERS: Readonly<Record<Measure, (figures: Figures, stretch: Stretch) => number | undefined>> = {
  'over-admission': (figures) => figures.overAdmission(),
  utilisation: (figures, stretch) => (figures.hasWindows(stretch) ? figures.utilisation(stretch) : undefined),
  'false-denials': (figures, stretch) =>
    figures.hasWindows(stretch) ? figures.falseDenials(stretch) : undefined,
  reclaim: (figures) => seconds(figures.reclaimMs()),
  recovery: (figures) => seconds(figures.recoveryMs()),
  fairness: (figures, stretch) => (figures.hasWindows(stretch) ? figures.fairness(stretch) : undefined),
  peak: (figures, stretch) => (figures.hasWindows(stretch) ? figures.peak(stretch) : undefined),
  messages: (figures) => figures.messagesPerSecond(),
  bytes: (figures) => figures.bytesPerSecond(),
};

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
