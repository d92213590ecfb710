import { expect, test } from 'vitest';
import { isOk, summaryJson, summaryOf } from '../../simulations/scenario/summary.ts';
import {
  bounds,
  count,
  describeJudged,
  measured,
  percent,
  seconds,
  span,
} from '../../simulations/scenario/wording.ts';
import { play } from './scenario-files.ts';

const TINY = `title: Two regions for ten seconds
regions:
  - { name: east, quota: 60% }
  - { name: south-west, quota: 40% }
duration: 10s
warmUp: 4s
limits:
  - { name: orders, match: { resource: orders }, limit: 20, window: 1s, shares: static }
load:
  - { resource: orders, perSecond: 30, from: { east: 2, south-west: 1 }, shape: steady }
expect:
  - { measure: over-admission, atMost: 0 }
  - { measure: utilisation, atLeast: 0.99 }
  - { measure: utilisation, atLeast: 0.99, atMost: 1, from: 5s, to: 9s, limit: orders }
  - { measure: fairness, atLeast: 0.999 }
  - { measure: reclaim, atMost: 5 }
`;

/** What is said of messages changes with the protocol, the rest does not. */
function withoutTraffic(summary: string): string {
  return summary
    .replace(/trace [0-9a-f]{16}/, 'trace …')
    .replace(/^network .*$/m, 'network …')
    .replace(/ {2,}[\d.]+ {2,}[\d.]+$/gm, '  …')
    .replace(/ +messages\/s +kB\/s$/m, '  …');
}

test('a run is told in aligned lines', async () => {
  const run = await play(TINY);
  expect(withoutTraffic(summaryOf(run, 1))).toBe(`Two regions for ten seconds
seed 1 · 2 regions · 20 per 1 s · journals · 0 faults · 10.0 s · trace …

region      offered  admitted  denied  over  utilisation  false denials  demand met  reclaimed  …
east            120        72      48     0     100.00 %         0.00 %     60.00 %          –  …
south-west       60        48      12     0     100.00 %         0.00 %     80.00 %          –  …
all             180       120      60     0     100.00 %         0.00 %     66.66 %          –  …

over-admission  0 permits in all windows
utilisation     100.00 % of what could have been admitted after 4 s
false denials   0.00 % of what was asked for
fairness        0.980 (Jain; 1: every region got the same part of its demand)
time to reclaim – (no region was lost to enough others for long enough)
recovery        – (nothing was lost, or the windows are too long to tell)
network …
worst window    20 of 20 at 4 s, 30 asked for (orders)

ok     over-admission ≤ 0 — 0
ok     utilisation ≥ 99.00 % — 100.00 %
ok     utilisation ≥ 99.00 % and ≤ 100.00 % from 5 s to 9 s under orders — 100.00 %
FAILED fairness ≥ 0.999 — 0.980
FAILED reclaim ≤ 5.0 s — nothing to measure`);
  expect(isOk(run)).toBe(false);
});

test('the same as JSON, where what was not measured is null', async () => {
  const run = await play(TINY);
  expect(summaryJson(run, 1)).toMatchObject({
    title: 'Two regions for ten seconds',
    seed: 1,
    trace: expect.stringMatching(/^[0-9a-f]{16}$/),
    ok: false,
    failure: null,
    overAdmission: 0,
    utilisation: 1,
    falseDenials: 0,
    reclaimMs: null,
    recoveryMs: null,
    regions: [
      {
        region: 'east',
        offered: 120,
        admitted: 72,
        denied: 48,
        overAdmitted: 0,
        utilisation: 1,
        reclaimMs: null,
      },
      { region: 'south-west', offered: 60, admitted: 48, denied: 12 },
    ],
    worstWindow: { limit: 'orders', key: '', atMs: 4_000, offered: 30, admitted: 20, most: 20, possible: 20 },
    expectations: [{ ok: true }, { ok: true }, { ok: true }, { ok: false }, { measured: null, ok: false }],
  });
});

test('the same seed gives the same run, another seed another one', async () => {
  const random = TINY.replace('shape: steady', 'shape: poisson');
  const [first, again, other] = await Promise.all([play(random, 1), play(random, 1), play(random, 2)]);
  expect(again.outcome.trace).toBe(first.outcome.trace);
  expect(other.outcome.trace).not.toBe(first.outcome.trace);
});

test('a stretch in which nothing was asked for is not a success', async () => {
  const text = TINY.replace('shape: steady', 'shape: steady, ends: 4s');
  const run = await play(text);
  expect(run.judged.map(describeJudged)).toContain('FAILED utilisation ≥ 99.00 % — nothing to measure');
});

test.each([
  [0.999_999, 'down', '99.99 %'],
  [1, 'down', '100.00 %'],
  [0.99, 'down', '99.00 %'],
  [0.000_001, 'up', '0.01 %'],
  [0, 'up', '0.00 %'],
] as const)('%f rounded %s is %s', (part, rounded, text) => {
  expect(percent(part, rounded)).toBe(text);
});

test('numbers come with their units', () => {
  expect([count(1_234_567.4), seconds(3_100), seconds(Number.POSITIVE_INFINITY)]).toEqual([
    '1,234,567',
    '3.1 s',
    'never',
  ]);
  expect([800, 1_000, 60_000, 90_000, 86_400_000 * 30].map(span)).toEqual([
    '0.8 s',
    '1 s',
    '1 min',
    '90 s',
    '30 d',
  ]);
  expect(measured('recovery', Number.POSITIVE_INFINITY)).toBe('never');
  const expectation = { fromMs: 0, toMs: 1, limit: undefined, atMost: 6, atLeast: undefined } as const;
  expect(bounds({ ...expectation, measure: 'recovery' })).toBe('≤ 6.0 s');
});
