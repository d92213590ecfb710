import { expect, test } from 'vitest';
import { CONTESTANTS } from '../../simulations/comparison/contestants.ts';
import { headgate, temporaryFiles } from './command.ts';

const SCENARIO = `
title: Two regions for two seconds
regions:
  - { name: here, quota: 50% }
  - { name: there, quota: 50% }
duration: 4s
warmUp: 1s
limits:
  - { name: orders, match: { resource: orders }, limit: 20, window: 1s }
load:
  - { resource: orders, perSecond: 60 }
`;

test('a scenario is compared with others, in a table and as JSON', { timeout: 60_000 }, async () => {
  const { 'two.yaml': file } = temporaryFiles({ 'two.yaml': SCENARIO });
  const [table, json] = await Promise.all([
    headgate(['simulate', file, '--compare']),
    headgate(['simulate', file, '--compare', '--json']),
  ]);
  expect([table.code, json.code, table.stderr]).toEqual([0, 0, '']);
  const rows = table.stdout.split('\n');
  for (const { name } of CONTESTANTS) expect(rows.some((row) => row.startsWith(`${name}  `))).toBe(true);
  const { comparison } = JSON.parse(json.stdout) as {
    comparison: { contestant: string; overAdmitted: number }[];
  };
  expect(comparison.map(({ contestant }) => contestant)).toEqual(CONTESTANTS.map(({ name }) => name));
  expect(comparison.at(-1)).toMatchObject({
    overAdmitted: 0,
    overAdmission: 0,
    reclaim: null,
    failure: null,
  });
});
