import { describePlan } from '../failure-report.ts';
import type { Figures, RegionFigures, WorstWindow } from './figures.ts';
import type { ScenarioRun } from './run-scenario.ts';
import { count, describeJudged, moment, percent, seconds } from './wording.ts';

/** A run in a few aligned lines: what was asked for and given, region by region and in all, and whether it is what was expected. */
export function summaryOf(run: ScenarioRun, seed: number): string {
  const { scenario, outcome, figures, judged } = run;
  const { measured } = figures;
  const worst = figures.worst();
  const lines = [
    scenario.title.trim(),
    `seed ${seed} · ${describePlan(scenario.plan)} · trace ${outcome.trace}`,
    '',
    ...aligned(regionTable(figures)),
    '',
    `over-admission  ${count(figures.overAdmission())} permits in all windows`,
    `utilisation     ${percent(figures.utilisation(measured))} of what could have been admitted after ${moment(measured.fromMs)}`,
    `false denials   ${percent(figures.falseDenials(measured), 'up')} of what was asked for`,
    `fairness        ${figures.fairness(measured).toFixed(3)} (Jain; 1: every region got the same part of its demand)`,
    `time to reclaim ${reclaimed(figures.reclaimMs())}`,
    `recovery        ${recovered(figures.recoveryMs())}`,
    `network         ${count(figures.messagesPerSecond())} messages and ${count(figures.bytesPerSecond())} bytes a second`,
    ...(worst === undefined ? [] : [`worst window    ${describeWorst(worst)}`]),
  ];
  if (outcome.failure !== undefined) {
    const { invariant, what, atMs } = outcome.failure;
    lines.push('', `BROKEN after ${(atMs / 1_000).toFixed(3)} s: invariant ${invariant}: ${what}`);
  }
  if (judged.length > 0) lines.push('', ...judged.map(describeJudged));
  return lines.join('\n');
}

/** The same for scripts. */
export function summaryJson(run: ScenarioRun, seed: number): Record<string, unknown> {
  const { scenario, outcome, figures, judged } = run;
  const { measured } = figures;
  return {
    title: scenario.title.trim(),
    seed,
    trace: outcome.trace,
    ok: isOk(run),
    failure: outcome.failure === undefined ? null : { ...outcome.failure, recent: undefined },
    regions: figures.regions().map((row) => ({ ...row, reclaimMs: plain(row.reclaimMs) })),
    overAdmission: figures.overAdmission(),
    utilisation: figures.utilisation(measured),
    falseDenials: figures.falseDenials(measured),
    fairness: figures.fairness(measured),
    reclaimMs: plain(figures.reclaimMs()),
    recoveryMs: plain(figures.recoveryMs()),
    messagesPerSecond: figures.messagesPerSecond(),
    bytesPerSecond: figures.bytesPerSecond(),
    worstWindow: figures.worst() ?? null,
    expectations: judged.map(({ expectation, measured: value, ok }) => ({
      ...expectation,
      measured: plain(value),
      ok,
    })),
  };
}

/** Whether every expectation came true and no invariant broke. */
export function isOk({ outcome, judged }: ScenarioRun): boolean {
  return outcome.failure === undefined && judged.every(({ ok }) => ok);
}

/** Every region's figures in words, under a line of headings and above a line for all of them. */
export function regionTable(figures: Figures): string[][] {
  const rows = figures.regions();
  const { measured } = figures;
  const offered = total(rows, 'offered');
  return [
    [
      'region',
      'offered',
      'admitted',
      'denied',
      'over',
      'utilisation',
      'false denials',
      'demand met',
      'reclaimed',
      'messages/s',
      'kB/s',
    ],
    ...rows.map(rowOf),
    rowOf({
      region: 'all',
      offered,
      admitted: total(rows, 'admitted'),
      denied: total(rows, 'denied'),
      falselyDenied: total(rows, 'falselyDenied'),
      overAdmitted: figures.overAdmission(),
      utilisation: figures.utilisation(measured),
      reclaimMs: figures.reclaimMs(),
      messagesPerSecond: figures.messagesPerSecond(),
      bytesPerSecond: figures.bytesPerSecond(),
    }),
  ];
}

/** A window that was filled worst, in words. */
export function describeWorst({ limit, key, atMs, offered, admitted, most }: WorstWindow): string {
  const of = key === '' ? limit : `${limit}, ${key}`;
  return `${count(admitted)} of ${count(most)} at ${moment(Math.max(0, atMs))}, ${count(offered)} asked for (${of})`;
}

function rowOf(row: RegionFigures): string[] {
  const asked = row.offered > 0;
  return [
    row.region,
    count(row.offered),
    count(row.admitted),
    count(row.denied),
    count(row.overAdmitted),
    asked ? percent(row.utilisation) : '–',
    asked ? percent(row.falselyDenied / row.offered, 'up') : '–',
    asked ? percent(row.admitted / row.offered) : '–',
    row.reclaimMs === undefined ? '–' : seconds(row.reclaimMs),
    row.messagesPerSecond.toFixed(1),
    (row.bytesPerSecond / 1_000).toFixed(1),
  ];
}

function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function total(
  rows: readonly RegionFigures[],
  field: Exclude<keyof RegionFigures, 'region' | 'reclaimMs'>,
): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}

function reclaimed(ms: number | undefined): string {
  return ms === undefined ? '– (no region was lost to enough others for long enough)' : seconds(ms);
}

function recovered(ms: number | undefined): string {
  return ms === undefined ? '– (nothing was lost, or the windows are too long to tell)' : seconds(ms);
}

/** What never came is neither a number nor nothing to JSON. */
function plain(value: number | undefined): number | string | null {
  if (value === undefined) return null;
  return value === Number.POSITIVE_INFINITY ? 'never' : value;
}
