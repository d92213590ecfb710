import { expect, test } from 'vitest';
import { LimitTallies, policiesIn, TargetTally } from '../../src/cli/bench-tally.ts';
import { benchText, progressText } from '../../src/cli/bench-text.ts';
import { serve } from '../adapters/http-fixture.ts';
import { limitSpec } from '../world.ts';
import { headgate } from './command.ts';

const LIMITS = [
  limitSpec({ name: 'per "tenant"', dimensions: { tenant: '*' }, limit: 100 }),
  limitSpec({ name: 'all', limit: 1_000_000 }),
];

const SHORT = ['--duration', '1', '--rate', '300', '--keys', '2'];

test('bench tells how fast each region answers, and what they admit against the limits', async () => {
  const { origin, measured } = await serve({ limits: LIMITS });
  const { code, stdout, stderr } = await headgate(['bench', '--json', ...SHORT, origin, '127.0.0.1:1']);
  expect([code, stderr]).toEqual([6, '']);
  const { targets, limits } = JSON.parse(stdout);
  const [answers, silent] = targets;
  expect(silent).toMatchObject({ url: '127.0.0.1:1', error: expect.any(String), allowed: 0 });
  // In one window of a clock that stands still this region has 40 of the 100 of each key.
  expect(answers).toMatchObject({ region: 'us-east', allowed: 80, failed: 0 });
  expect(answers.allowed + answers.denied + answers.unsent).toBe(300);
  const { p50, p99, most, histogram } = answers.latencyMs;
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(most).toBeGreaterThanOrEqual(p99);
  expect(Object.keys(histogram).length).toBeGreaterThan(5);
  expect(limits).toEqual([
    { limit: 'per "tenant"', quota: 100, windowMs: 10_000, mostInOneWindow: 40, admitted: { 'us-east': 80 } },
    { limit: 'all', quota: 1_000_000, windowMs: 10_000, mostInOneWindow: 80, admitted: { 'us-east': 80 } },
  ]);
  // Beside one look at what is met.
  expect(measured.length).toBe(1 + answers.allowed + answers.denied);
});

test('bench at full speed releases what it holds, and shows a table', async () => {
  const jobs = limitSpec({ name: 'jobs', algorithm: 'concurrency', limit: 1_000 });
  const { origin, world } = await serve({ limits: [jobs] });
  const { code, stdout } = await headgate([
    'bench',
    '--duration',
    '1',
    '--rate',
    '0',
    '--connections',
    '2',
    origin,
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^us-east +http:\/\/127\.0\.0\.1:\d+ +[\d,.]+ +[\d,]+ +0 +0( +[\d.]+ ms){5}$/m);
  expect(stdout).toMatch(/^jobs +1,000 in 10 s +[\d,]+ +[\d,]+ +us-east [\d,]+$/m);
  const held = world
    .region('us-east')
    .usage('jobs', '')
    ?.windows.reduce((sum, { used }) => sum + used, 0);
  expect(held).toBe(0);
});

test.each([
  ['--rate', '50001'],
  ['--duration', '0'],
  ['--permits', '-1'],
  ['--dimension', 'tenant'],
])('bench refuses %s %s', async (...args) => {
  const { code, stderr } = await headgate(['bench', ...args]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/It must be|A dimension is written/)]);
});

test('the policies of a field are read, whatever their names', () => {
  expect(policiesIn(undefined)).toEqual([]);
  expect(policiesIn('"a";q=5;w=1, "b, \\"c\\";q=1;w=2\\\\";q=10;w=60')).toEqual([
    { limit: 'a', quota: 5, windowMs: 1_000 },
    { limit: 'b, "c";q=1;w=2\\', quota: 10, windowMs: 60_000 },
  ]);
});

test('of each limit the fullest window of one key is told, and what each region admitted', () => {
  const limits = new LimitTallies();
  const policy = { limit: 'a', quota: 10, windowMs: 1_000 };
  for (let second = 0; second < 20; second += 1) {
    const admitted = { decidedAtMs: second * 1_000 + 5, permits: second === 7 ? 4 : 1 };
    limits.admitted(policy, 'k', { ...admitted, region: 'east' });
    limits.admitted(policy, 'k', { ...admitted, region: 'west' });
    limits.admitted(policy, 'l', { ...admitted, region: 'west' });
  }
  expect(limits.byName.get('a')).toMatchObject({ most: 8 });
  expect(limits.byName.get('a')?.windows.size).toBeLessThanOrEqual(4);
  expect(benchText({ targets: [], limits, durationMs: 1_000 })).toMatch(
    /^a +10 in 1 s +69 +8 +east 23, west 46$/m,
  );
});

test('what fails is told by its reason, of which there are as many as can be shown', () => {
  const tally = new TargetTally();
  for (let nth = 0; nth < 100; nth += 1) tally.fail(`reason ${nth}`);
  tally.unsent = 7;
  tally.answered(true, 2);
  const target = { url: 'http://a', region: 'east', tally };
  const text = benchText({ targets: [target], limits: new LimitTallies(), durationMs: 500 });
  expect(text).toContain('http://a: 90 failed: other reasons');
  expect(text).toContain('too slow for the rate: 7 requests were not sent');
  expect(progressText({ targets: [target], limits: new LimitTallies(), durationMs: 500 }, 10_000)).toBe(
    '1 of 10 s: east 2/s, 0 denied, p99 2.0 ms',
  );
});
