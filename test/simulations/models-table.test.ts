import { expect, test } from 'vitest';
import type { Result } from '../../simulations/comparison/compete.ts';
import { CONTESTANTS, headgateWith } from '../../simulations/comparison/contestants.ts';
import {
  LOW_LIMIT_CONTESTANTS,
  LOW_LIMIT_WORLDS,
  lowLimitTable,
} from '../../simulations/comparison/low-limits.ts';
import type { Measures } from '../../simulations/comparison/measures.ts';
import { resultsPage } from '../../simulations/comparison/results-page.ts';
import { alignedTable, markdownTable, resultTable } from '../../simulations/comparison/table.ts';
import { judge } from '../../simulations/comparison/targets.ts';
import { Waits } from '../../simulations/comparison/waits.ts';
import type { Life } from '../../simulations/life.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import { cutOff, tinyWorld } from './models-fixture.ts';

const MEASURES: Measures = {
  overAdmission: 0,
  overAdmitted: 0,
  admitted: 100,
  utilisation: 0.995,
  falseDenials: 0.001,
  messagesPerSecond: 12.3,
  reclaim: undefined,
  leasedReclaim: undefined,
  recovery: undefined,
  waitMs: { median: 0, p99: 7 },
};

function result(contestant: string, measures: Partial<Measures> = {}): Result {
  return { contestant, trace: '', checks: 1_000, failure: undefined, measures: { ...MEASURES, ...measures } };
}

test('a result is a row, in which what could not be measured is a dash', () => {
  const cells = resultTable([
    result('one', { overAdmission: 0.215, reclaim: 'never', recovery: 3 }),
    result('two'),
  ]);
  expect(cells.slice(1)).toEqual([
    ['one', '21.50', '99.50', '0.10', '12', 'never', '3.0', '0 / 7'],
    ['two', '0.00', '99.50', '0.10', '12', '–', '–', '0 / 7'],
  ]);
});

test('tables are aligned, texts to the left and figures to the right', () => {
  const cells = [
    ['who', 'figure'],
    ['a long name', '1'],
  ];
  expect(alignedTable(cells)).toBe('who          figure\na long name       1');
  expect(markdownTable(cells)).toBe(
    '| who         | figure |\n| ----------- | -----: |\n| a long name |      1 |',
  );
});

test('targets are judged by what Headgate came to', () => {
  const usual = headgateWith(500).name;
  const large = headgateWith(800).name;
  const judged = judge(
    new Map([
      ['one-second-windows', [result('static split', { overAdmitted: 9 }), result(usual)]],
      ['low-limit', [result(usual, { utilisation: 0.5 })]],
      ['region-loss', [result(usual, { leasedReclaim: 4 }), result(large, { leasedReclaim: 5.5 })]],
      ['blackout', [result(usual, { recovery: 6 }), result(large, { recovery: 4 })]],
    ]),
  );
  expect(judged.map(({ measured, met }) => `${measured}: ${met}`)).toEqual([
    '0 in 6,000 checks: true',
    '99.50 %: true',
    'not run: false',
    'not run: false',
    '50.00 %: false',
    'not run: false',
    '5.5 s: false',
    '6.0 s: true',
  ]);
});

test('one permit too many, and one broken run, is a target missed', () => {
  const [over] = judge(new Map([['blackout', [result(headgateWith(0).name, { overAdmitted: 1 })]]]));
  expect(over).toMatchObject({ measured: '1 in 1,000 checks', met: false });
  const failure = { invariant: '1', what: 'too many', atMs: 1 };
  const [broken] = judge(new Map([['blackout', [{ ...result(headgateWith(0).name), failure }]]]));
  expect(broken).toMatchObject({ measured: '0 in 1,000 checks, 1 runs broken', met: false });
});

test('the page says who wrote it, begins with the targets and shows every world', () => {
  const scenario = { ...tinyWorld(cutOff('cairo')), title: 'One of three is cut off' };
  const results = CONTESTANTS.map(({ name }) => result(name));
  const low = LOW_LIMIT_WORLDS.map(() =>
    LOW_LIMIT_CONTESTANTS.map(({ name }) => result(name, { admitted: 50 })),
  );
  const page = resultsPage([{ name: 'tiny', scenario, results }], low);
  const lines = page.split('\n');
  expect(lines[0]).toContain('make compare');
  expect(page.match(/^## .*/gm)).toEqual([
    '## Targets',
    '## Who takes part',
    '## How to read the tables',
    '## One of three is cut off',
    '## Low limits',
  ]);
  expect(page).toContain(
    '`simulations/scenarios/tiny.yaml`: 3 regions · 300 per 1 s · 600 requests/s · cut at 8–20 s',
  );
  for (const { name } of CONTESTANTS)
    expect(page).toMatch(new RegExp(`^\\| ${name.replace('.', '\\.')} +\\|`, 'm'));
  expect(page.endsWith('.\n')).toBe(true);
});

test('low limits are told as parts of what an oracle lets through', () => {
  const admitted = [200, 100, 150, 50, 200, 199];
  const rows = LOW_LIMIT_WORLDS.map(() =>
    LOW_LIMIT_CONTESTANTS.map(({ name }, at) => result(name, { admitted: admitted[at] ?? 0 })),
  );
  expect(lowLimitTable(rows)[1]?.slice(2)).toEqual(['50.0 %', '75.0 %', '25.0 %', '100.0 %', '99.5 %']);
});

test('waits are told by the part of all requests that did not wait longer', () => {
  const waits = new Waits();
  const [life, request, decision] = [{} as Life, {} as CheckRequest, {} as Decision];
  for (const ms of [...Array(98).fill(0), 80.2, 500]) waits.checked(life, request, decision, ms);
  expect([waits.quantile(0.5), waits.quantile(0.99), waits.quantile(1)]).toEqual([0, 80, 500]);
});
