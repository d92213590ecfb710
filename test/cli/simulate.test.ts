import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { headgate, temporaryFiles } from './command.ts';

const SCENARIO = `title: Two regions for four seconds
regions:
  - { name: here, quota: 50% }
  - { name: there, quota: 50% }
duration: 4s
warmUp: 1s
limits:
  - { name: orders, match: { resource: orders }, limit: 20, window: 1s }
load:
  - { resource: orders, perSecond: 60 }
expect:
  - { measure: over-admission, atMost: 0 }
`;

const files = () =>
  temporaryFiles({
    'good.yaml': SCENARIO,
    'hopes.yaml': `${SCENARIO}  - { measure: fairness, atLeast: 2 }\n`,
    'wrong.yaml': SCENARIO.replace('atMost: 0', 'atMost: none').replace('perSecond: 60', 'perSecond: -1'),
  });

test('exits with 0 when every expectation holds, with a summary', async () => {
  const { code, stdout, stderr } = await headgate(['simulate', files()['good.yaml']]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Two regions for four seconds\nseed 1 · 2 regions · 20 per 1 s/);
  expect(stdout).toMatch(/^all +\d+ +\d+/m);
  expect(stdout).toMatch(/ok {5}over-admission ≤ 0 — 0\n$/);
});

test('exits with 1 when one does not, and says which', async () => {
  const { code, stdout, stderr } = await headgate(['simulate', files()['hopes.yaml']]);
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^ok {5}over-admission ≤ 0 — 0\nFAILED fairness ≥ 2\.000 — [\d.]+$/m);
});

test('exits with 3 when the scenario has problems, with every one and its place', async () => {
  const { 'wrong.yaml': file } = files();
  const { code, stdout, stderr } = await headgate(['simulate', file]);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain(`${file}:10:36 load[0].perSecond: got -1`);
  expect(stderr).toContain(`${file}:12:40 expect[0].atMost: got "none"`);
});

test.each([
  [[], "missing required argument 'file'"],
  [['mine.yaml', '--seed', 'lucky'], 'a whole number, please'],
  [['mine.yaml', '--seed', '-1'], 'a whole number, please'],
  [['mine.yaml', '--seed', ''], 'a whole number, please'],
  [['mine.yaml', 'yours.yaml'], 'too many arguments'],
])('simulate %j is refused: %s', async (args, why) => {
  const { code, stdout, stderr } = await headgate(['simulate', ...args]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(why);
});

test('--json prints one object, whatever came out', async () => {
  const { code, stdout } = await headgate(['simulate', files()['hopes.yaml'], '--json', '--seed', '7']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    title: 'Two regions for four seconds',
    seed: 7,
    ok: false,
    overAdmission: 0,
    report: null,
    regions: [{ region: 'here' }, { region: 'there' }],
    expectations: [
      { measure: 'over-admission', ok: true },
      { measure: 'fairness', ok: false },
    ],
  });
});

test('--out writes one report into a folder that it makes, and says where', async () => {
  const folder = join(temporaryFolder(), 'reports', 'today');
  const { 'good.yaml': file } = files();
  const { code, stdout } = await headgate(['simulate', file, '--seed', '5', '--out', folder]);
  expect(code).toBe(0);
  const report = join(folder, 'good-seed-5.html');
  expect(stdout).toMatch(new RegExp(`\\n\\nreport: ${report}\\n$`));
  expect(readdirSync(folder)).toEqual(['good-seed-5.html']);
  const html = readFileSync(report, 'utf8');
  expect(html).toMatch(/^<!doctype html>\n[\s\S]*<\/html>\n$/);
  expect(html).toContain('Two regions for four seconds');
  expect(html).toContain(`headgate simulate ${file} --seed 5`);
});

test('--out where no folder can be is told before anything is played', async () => {
  const { 'good.yaml': file } = files();
  const { code, stdout, stderr } = await headgate(['simulate', file, '--out', join(file, 'reports')]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('ENOTDIR');
});

test('--help has examples and the exit codes', async () => {
  const { code, stdout } = await headgate(['simulate', '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Examples:\n  headgate simulate simulations/scenarios/region-loss.yaml\n');
  expect(stdout).toContain('Exit code 1 when an expectation fails');
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
