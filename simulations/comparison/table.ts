import type { Result } from './compete.ts';
import type { Seconds } from './measures.ts';

/** Rows of texts, the first of them the header. */
export type Cells = readonly (readonly string[])[];

/** One row for each contestant in one world. */
export function resultTable(results: readonly Result[]): Cells {
  const rows = results.map(({ contestant, measures }) => [
    contestant,
    percent(measures.overAdmission),
    percent(measures.utilisation),
    percent(measures.falseDenials),
    measures.messagesPerSecond.toFixed(0),
    seconds(measures.reclaim),
    seconds(measures.recovery),
    `${measures.waitMs.median} / ${measures.waitMs.p99}`,
  ]);
  return [
    [
      'contestant',
      'over-admission %',
      'utilisation %',
      'false denials %',
      'messages/s',
      'reclaim s',
      'recovery s',
      'wait ms, p50 / p99',
    ],
    ...rows,
  ];
}

/** The same for scripts: parts of one, and null where there was nothing to measure. */
export function resultRecords(results: readonly Result[]): unknown[] {
  return results.map(({ contestant, measures, trace, checks, failure }) => ({
    contestant,
    ...measures,
    reclaim: measures.reclaim ?? null,
    leasedReclaim: measures.leasedReclaim ?? null,
    recovery: measures.recovery ?? null,
    checks,
    trace,
    failure: failure ?? null,
  }));
}

/** Aligned for a terminal: the first column to the left, figures to the right. */
export function alignedTable(cells: Cells): string {
  return cells.map((row) => pad(row, cells).join('  ')).join('\n');
}

/** The same in Markdown. */
export function markdownTable(cells: Cells): string {
  const [header = [], ...rows] = cells.map((row) => `| ${pad(row, cells).join(' | ')} |`);
  const rule = widths(cells).map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [header, `| ${rule.join(' | ')} |`, ...rows].join('\n');
}

/** Seconds as a figure; a dash where there was nothing to measure. */
export function seconds(time: Seconds | undefined): string {
  if (time === undefined) return '–';
  return time === 'never' ? time : time.toFixed(1);
}

/** A part as a figure without its sign. */
export function percent(part: number): string {
  return (100 * part).toFixed(2);
}

function pad(row: readonly string[], cells: Cells): string[] {
  const columns = widths(cells);
  return row.map((cell, column) =>
    column === 0 ? cell.padEnd(columns[column] ?? 0) : cell.padStart(columns[column] ?? 0),
  );
}

function widths([header = [], ...rows]: Cells): number[] {
  return header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
}
