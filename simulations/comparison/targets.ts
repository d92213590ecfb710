import type { Result } from './compete.ts';
import { headgateWith } from './contestants.ts';
import type { Measures, Seconds } from './measures.ts';
import { type Cells, percent, seconds } from './table.ts';

/** What everybody came to, by the name of the scenario. */
export type Results = ReadonlyMap<string, readonly Result[]>;

/** What a target asks for, what came out, and whether that is enough. */
export type Judgement = {
  readonly target: string;
  readonly bound: string;
  readonly measured: string;
  readonly met: boolean;
};

/** λ where nothing else is said, and a larger one. */
const USUAL = headgateWith(500).name;
const LARGE = headgateWith(800).name;

/** Scenarios in which regions are cut off from each other, and hear each other again. */
const CUTS = ['one-against-all', 'two-against-three', 'blackout'];

/** Holds what Headgate came to against what it is to come to. */
export function judge(results: Results): Judgement[] {
  return [
    strictness(results),
    utilisation(results, 'one-second-windows', {
      target: 'utilisation, 1 s windows, L = 1,000, 80/20 skew',
      atLeast: 0.99,
    }),
    utilisation(results, 'all-in-one-region', {
      target: 'utilisation, 60 s windows, all demand in one region',
      atLeast: 0.99,
    }),
    utilisation(results, 'moving-hot-spot', {
      target: 'utilisation, moving hot spot, 10 s windows',
      atLeast: 0.97,
    }),
    utilisation(results, 'low-limit', {
      target: 'utilisation, one permit per region and window, asked for 3 times as often',
      atLeast: 0.85,
    }),
    utilisation(results, 'low-limit-quiet', {
      target: 'utilisation, one permit per region and window, asked for 0.9 times as often',
      atLeast: 0.85,
    }),
    slowest(
      ['region-loss', ...CUTS].flatMap((name) =>
        timesOf(results, name, ({ leasedReclaim }) => leasedReclaim),
      ),
      { target: "a dead region's leased part is in use again, λ = 0.5 and 0.8", atMost: 5 },
    ),
    slowest(
      CUTS.flatMap((name) => timesOf(results, name, ({ recovery }) => recovery)),
      { target: 'full utilisation after healing, λ = 0.5 and 0.8', atMost: 6 },
    ),
  ];
}

/** The judgements as a table. */
export function targetTable(judgements: readonly Judgement[]): Cells {
  return [
    ['target', 'bound', 'measured', ''],
    ...judgements.map(({ target, bound, measured, met }) => [
      target,
      bound,
      measured,
      met ? 'met' : 'not met',
    ]),
  ];
}

function strictness(results: Results): Judgement {
  const ours = [...results.values()].flat().filter(({ contestant }) => contestant.startsWith('Headgate'));
  const over = ours.reduce((sum, { measures }) => sum + measures.overAdmitted, 0);
  const broken = ours.filter(({ failure }) => failure !== undefined).length;
  const checks = ours.reduce((sum, result) => sum + result.checks, 0);
  return {
    target: 'over-admission, strict, every scenario and λ',
    bound: '0',
    measured: `${over} in ${checks.toLocaleString('en')} checks${broken === 0 ? '' : `, ${broken} runs broken`}`,
    met: over === 0 && broken === 0 && ours.length > 0,
  };
}

function utilisation(
  results: Results,
  scenario: string,
  { target, atLeast }: { readonly target: string; readonly atLeast: number },
): Judgement {
  const measured = find(results, scenario, USUAL)?.utilisation;
  return {
    target: `${target} (${scenario})`,
    bound: `≥ ${atLeast * 100} %`,
    measured: measured === undefined ? 'not run' : `${percent(measured)} %`,
    met: measured !== undefined && measured >= atLeast,
  };
}

function slowest(
  times: readonly (Seconds | undefined)[],
  { target, atMost }: { readonly target: string; readonly atMost: number },
): Judgement {
  const known = times.filter((time) => time !== undefined);
  const worst = known.includes('never') ? 'never' : Math.max(...known.map(Number));
  const isKnown = known.length > 0;
  return {
    target,
    bound: `≤ ${atMost} s`,
    measured: isKnown ? `${seconds(worst)}${worst === 'never' ? '' : ' s'}` : 'not run',
    met: isKnown && worst !== 'never' && worst <= atMost,
  };
}

function timesOf(
  results: Results,
  scenario: string,
  time: (measures: Measures) => Seconds | undefined,
): (Seconds | undefined)[] {
  return [USUAL, LARGE].map((name) => {
    const measures = find(results, scenario, name);
    return measures && time(measures);
  });
}

function find(results: Results, scenario: string, contestant: string): Measures | undefined {
  return results.get(scenario)?.find((result) => result.contestant === contestant)?.measures;
}
