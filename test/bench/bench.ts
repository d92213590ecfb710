import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './figures.ts';
import { machine } from './machine.ts';
import { markdownPage, type Results, textTable } from './report.ts';
import type { Effort, Line, Row } from './row.ts';
import { ROWS } from './rows.ts';

const PAGE = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const RATIOS = fileURLToPath(new URL('ratios.json', import.meta.url));

// Measures what is asked for, or everything; only everything is written down.
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      row: { type: 'string', default: '' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
    },
  });
  const chosen = values.row === '' ? ROWS : ROWS.filter(({ name }) => values.row.split(',').includes(name));
  if (chosen.length === 0) {
    console.error(`no row is called ${values.row}; there are ${ROWS.map(({ name }) => name).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const described = machine();
  const results = await measureAll(chosen, {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
  });
  console.log(`\n${textTable(results)}\n\n${described.join('\n')}`);
  if (chosen !== ROWS) return;
  writeFileSync(PAGE, markdownPage(results, described));
  writeFileSync(RATIOS, `${JSON.stringify(ratiosOf(results), null, 2)}\n`);
}

/** What a guard may hold later figures against: a quotient of two sides is the same on any machine, or nearly. */
function ratiosOf(results: Results): Readonly<Record<string, number>> {
  const quotients = results.flatMap(({ lines }) => lines.filter(({ unit }) => unit === '×'));
  return Object.fromEntries(
    quotients.map(({ measure, figures }) => [measure, Number(median(figures).toFixed(3))]),
  );
}

async function measureAll(rows: readonly Row[], effort: Effort): Promise<Results> {
  const results: { row: Row; lines: readonly Line[] }[] = [];
  for (const row of rows) {
    const before = performance.now();
    const lines = await row.measure(effort);
    results.push({ row, lines });
    console.error(`${row.name}: ${((performance.now() - before) / 1_000).toFixed(0)} s`);
  }
  return results;
}

await main();
