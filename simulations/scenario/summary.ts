import { describePlan } from '../failure-report.ts';
import type { RegionFigures } from './figures.ts';
import type { Judged, ScenarioRun } from './run-scenario.ts';
import type { Expectation } from './scenario.ts';

/** A run in a few aligned lines: what was asked for and given, region by region and in all, and whether it is what was expected. */
export function summaryOf(run: ScenarioRun, seed: number): string {
  const { scenario, outcome, figures, judged } = run;
  const measured = figures.measured;
  const worst = figures.worst();
  const lines = [
    scenario.title.trim(),
    `seed ${seed} · ${describePlan(scenario.plan)} · trace ${outcome.trace}`,
    '',
    ...regionTable(figures.regions()),
    '',
    `over-admission  ${count(figures.overAdmission())} permits in all windows`,
    `utilisation     ${percent(figures.utilisation(measured))} of what could have been admitted after ${measured.fromMs / 1_000} s`,
    `false denials   ${percent(figures.falseDenials(measured))} of what was asked for`,
    `fairness        ${figures.fairness(measured).toFixed(3)} (Jain; 1: every region got the same part of its demand)`,
    `time to reclaim ${time(figures.reclaimMs())}`,
    `recovery        ${time(figures.recoveryMs())}`,
  ];
  if (worst !== undefined) {
    const at = (worst.atMs / 1_000).toFixed(0);
    lines.push(
      `worst window    ${count(worst.admitted)} of ${count(worst.most)} at ${at} s (${worst.limit}, key "${worst.key}")`,
    );
  }
  if (outcome.failure !== undefined) {
    const { invariant, what, atMs } = outcome.failure;
    lines.push('', `BROKEN after ${(atMs / 1_000).toFixed(3)} s: invariant ${invariant}: ${what}`);
  }
  if (judged.length > 0) lines.push('', ...judged.map(describeJudged));
  return lines.join('\n');
}

/** The same for scripts. */
export function summaryJson(run: ScenarioRun, seed: number): unknown {
  const { scenario, outcome, figures, judged } = run;
  const measured = figures.measured;
  return {
    title: scenario.title.trim(),
    seed,
    trace: outcome.trace,
    ok: isOk(run),
    failure: outcome.failure === undefined ? null : { ...outcome.failure, recent: undefined },
    regions: figures.regions(),
    overAdmission: figures.overAdmission(),
    utilisation: figures.utilisation(measured),
    falseDenials: figures.falseDenials(measured),
    fairness: figures.fairness(measured),
    reclaimMs: figures.reclaimMs() ?? null,
    recoveryMs: figures.recoveryMs() ?? null,
    messagesPerSecond: figures.messagesPerSecond(),
    bytesPerSecond: figures.bytesPerSecond(),
    worstWindow: figures.worst() ?? null,
    expectations: judged.map(({ expectation, measured: value, ok }) => ({
      ...expectation,
      measured: value ?? null,
      ok,
    })),
  };
}

/** Whether every expectation came true and no invariant broke. */
export function isOk({ outcome, judged }: ScenarioRun): boolean {
  return outcome.failure === undefined && judged.every(({ ok }) => ok);
}

function regionTable(regions: readonly RegionFigures[]): string[] {
  const all: RegionFigures = {
    region: 'all',
    offered: total(regions, 'offered'),
    admitted: total(regions, 'admitted'),
    denied: total(regions, 'denied'),
    falselyDenied: total(regions, 'falselyDenied'),
    messagesPerSecond: total(regions, 'messagesPerSecond'),
    bytesPerSecond: total(regions, 'bytesPerSecond'),
  };
  const rows = [...regions, all].map((row) => [
    row.region,
    count(row.offered),
    count(row.admitted),
    count(row.denied),
    row.offered === 0 ? '–' : percent(row.falselyDenied / row.offered),
    row.messagesPerSecond.toFixed(1),
    (row.bytesPerSecond / 1_000).toFixed(1),
  ]);
  const table = [['region', 'offered', 'admitted', 'denied', 'false denials', 'messages/s', 'kB/s'], ...rows];
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

function describeJudged({ expectation, measured, ok }: Judged): string {
  const { fromMs, toMs, limit, measure } = expectation;
  const where = [
    fromMs > 0 ? `from ${fromMs / 1_000} s` : '',
    fromMs > 0 ? `to ${toMs / 1_000} s` : '',
    limit === undefined ? '' : `under ${limit}`,
  ].filter((part) => part !== '');
  const value = measured === undefined ? 'nothing to measure' : shown(measure, measured);
  return [ok ? 'ok    ' : 'FAILED', measure, bounds(expectation), ...where, `— ${value}`].join(' ');
}

function bounds({ measure, atLeast, atMost }: Expectation): string {
  const parts = [
    atLeast === undefined ? '' : `≥ ${shown(measure, atLeast)}`,
    atMost === undefined ? '' : `≤ ${shown(measure, atMost)}`,
  ];
  return parts.filter((part) => part !== '').join(' and ');
}

function shown(measure: Expectation['measure'], value: number): string {
  switch (measure) {
    case 'utilisation':
    case 'false-denials':
      return percent(value);
    case 'reclaim':
    case 'recovery':
      return value === Number.POSITIVE_INFINITY ? 'never' : `${value.toFixed(1)} s`;
    case 'fairness':
      return value.toFixed(3);
    case 'over-admission':
    case 'messages':
    case 'bytes':
      return count(value);
  }
}

function total(rows: readonly RegionFigures[], field: Exclude<keyof RegionFigures, 'region'>): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}

function count(amount: number): string {
  return Math.round(amount).toLocaleString('en');
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}

function time(ms: number | undefined): string {
  if (ms === undefined) return '– (nothing was lost for long)';
  return ms === Number.POSITIVE_INFINITY ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
