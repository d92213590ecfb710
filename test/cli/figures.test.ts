import { expect, test } from 'vitest';
import { shownAmount, shownCount, shownMode, shownMs, shownShare } from '../../src/cli/figures.ts';
import { mismatchOf } from '../../src/cli/mismatch.ts';
import { limitSpec } from '../world.ts';

test.each([
  [undefined, '-'],
  [0, '0.0 ms'],
  [-7.04, '-7.0 ms'],
  [80, '80 ms'],
  [1_000, '1 s'],
  [2_345, '2.3 s'],
  [60_000, '60 s'],
  [600_000, '10 min'],
  [86_400_000, '24 h'],
  [30 * 86_400_000, '30 d'],
])('%s ms are shown as %j', (milliseconds, text) => {
  expect(shownMs(milliseconds)).toBe(text);
});

test('counts have separators and shares are in percent', () => {
  expect([shownCount(1_234_567.89), shownShare(0.4), shownShare(1 / 3)]).toEqual([
    '1,234,567.9',
    '40 %',
    '33.3 %',
  ]);
});

test('limits are shown by their algorithm, and a partial rollout as a part', () => {
  const quota = { algorithm: 'quota', period: { unit: 'month', timeZone: 'UTC' } } as const;
  expect([
    shownAmount(limitSpec()),
    shownAmount(limitSpec({ algorithm: 'token-bucket', limit: 50, windowMs: 1_000, burst: 200 })),
    shownAmount(limitSpec({ algorithm: 'concurrency', limit: 20 })),
    shownAmount(limitSpec(quota)),
    shownMode(limitSpec({ mode: 'shadow' })),
    shownMode(limitSpec({ rolloutPermille: 125 })),
  ]).toEqual([
    '1,000 in 10 s',
    '50 in 1 s, bursts of 200',
    '20 at one time',
    '1,000 a month',
    'shadow',
    'enforce for 12.5 %',
  ]);
});

test.each([
  ['api.*.create', 'api.orders.delete', 'its resource is api.*.create'],
  ['api.*.create', 'api.a+b.create', 'the request has no dimension tenant'],
  ['api.(x\\d', 'api.(x\\d', 'the request has no dimension tenant'],
])('why a limit on %s does not meet %s', (resource, asked, why) => {
  const limit = limitSpec({ resource, dimensions: { tenant: '*' } });
  expect(mismatchOf(limit, { resource: asked, dimensions: {} })).toBe(why);
});
