import { isMet, median, written } from './figures.ts';
import type { Line, Row } from './row.ts';

/** What was measured, row by row. */
export type Results = readonly { readonly row: Row; readonly lines: readonly Line[] }[];

const TITLES = ['MEASURE', 'MEDIAN', 'LEAST–MOST', 'TARGET', '', 'FROM'] as const;

/** One table for all rows, aligned for a terminal. */
export function textTable(results: Results): string {
  const cells = [TITLES as readonly string[], ...results.flatMap(({ lines }) => lines.map(cellsOf))];
  const widths = TITLES.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 || column === 2
            ? cell.padStart(widths[column] ?? 0)
            : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same as a page: a table for each row, and on which machine it was measured. */
export function markdownPage(results: Results, machine: readonly string[]): string {
  const tables = results.map(({ row, lines }) =>
    [
      `## ${row.name}`,
      '',
      row.what,
      '',
      '| Measure | Median | Least–most | Target | | From |',
      '| --- | ---: | ---: | --- | --- | --- |',
      ...lines.map((line) => `| ${cellsOf(line).join(' | ')} |`),
    ].join('\n'),
  );
  return [
    '# What it costs',
    '',
    'Written by `make bench`. What is compared runs in turns; a figure is the median of all rounds, a ratio the median of the ratios',
    'within each round. Load and servers have a core each.',
    '',
    ...machine.map((line) => `- ${line}`),
    '',
    ...tables.flatMap((table) => [table, '']),
  ].join('\n');
}

function cellsOf(line: Line): string[] {
  const { measure, figures, unit, target, beside = '' } = line;
  const met = isMet(line);
  const goal =
    target === undefined
      ? ''
      : 'atLeast' in target
        ? `≥ ${target.atLeast.toLocaleString('en')}`
        : `≤ ${target.atMost.toLocaleString('en')}`;
  return [
    measure,
    `${written(median(figures))} ${unit}`,
    `${written(Math.min(...figures))}–${written(Math.max(...figures))}`,
    goal === '' ? '' : `${goal} ${unit}`,
    met === undefined ? '' : met ? 'met' : 'MISSED',
    beside,
  ];
}
