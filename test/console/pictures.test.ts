import { expect, test } from 'vitest';
import { roundSteps } from '../../src/console/charts/scale.ts';
import { arc, placeRegions } from '../../src/console/place-regions.ts';
import { lanesOf } from '../../src/console/spans.ts';
import { shownAge, shownCount, shownMs } from '../../src/console/wording.ts';
import type { Happening } from '../../src/watch/happening.ts';

const happened = (atMs: number, event: string, region = 'eu-west'): Happening => {
  return { id: `a-${atMs}`, atMs, kind: 'fence', tone: 'info', event, text: event, region };
};

test('a lane shows when a region was not heard and when it was fenced, in whatever order that is told', () => {
  const happenings = [
    happened(90, 'region_owns_again'),
    happened(80, 'peer_up'),
    happened(30, 'region_fenced'),
    happened(20, 'peer_suspected'),
    happened(25, 'peer_suspected'),
  ];
  expect(lanesOf(happenings, ['eu-west', 'us-east'], { fromMs: 0, toMs: 100 })).toEqual([
    {
      region: 'eu-west',
      spans: [
        { state: 'unheard', fromMs: 20, toMs: 80 },
        { state: 'fenced', fromMs: 30, toMs: 90 },
      ],
    },
    { region: 'us-east', spans: [] },
  ]);
});

test('what has not ended lasts until now, and what ended before is not shown', () => {
  const happenings = [happened(10, 'peer_suspected'), happened(20, 'peer_up'), happened(60, 'region_fenced')];
  const [lane] = lanesOf(happenings, ['eu-west'], { fromMs: 50, toMs: 100 });
  expect(lane?.spans).toEqual([{ state: 'fenced', fromMs: 60, toMs: 100 }]);
});

test.each([
  [0.4, [0, 0.1, 0.2, 0.3, 0.4]],
  [1, [0, 0.25, 0.5, 0.75, 1]],
  [7, [0, 2, 4, 6, 8]],
  [41, [0, 20, 40, 60]],
  [130_000, [0, 50_000, 100_000, 150_000]],
])('an axis up to %d has the steps %j', (most, steps) => {
  expect(roundSteps(most)).toEqual(steps);
});

test.each([1, 2, 3, 5, 12])('%i regions stand inside their picture, and none upon another', (count) => {
  const room = { width: 400, height: 300, marginX: 60, marginTop: 40, marginBottom: 80 };
  const points = placeRegions(count, room);
  for (const [at, { x, y }] of points.entries()) {
    expect(x).toBeGreaterThanOrEqual(60);
    expect(x).toBeLessThanOrEqual(340);
    expect(y).toBeGreaterThanOrEqual(40);
    expect(y).toBeLessThanOrEqual(220);
    for (const other of points.slice(at + 1))
      expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(20);
  }
});

test('a whole circle can be drawn as an arc', () => {
  expect(arc({ x: 0, y: 0 }, 10, 1)).toMatch(/^M0 -10A10 10 0 1 1 /);
});

test('numbers are said as people say them', () => {
  expect([0.041, 0.4, 83.2, 1_540, 61_000].map(shownMs)).toEqual([
    '41 µs',
    '0.4 ms',
    '83 ms',
    '1.5 s',
    '61 s',
  ]);
  expect([400, 61_000, 600_000, 90_000_000].map(shownAge)).toEqual(['now', '61 s', '10 min', '25 h']);
  expect([0, 3, 3.25, 1_234.5, 1_250_000].map(shownCount)).toEqual(['0', '3', '3.3', '1,235', '1.3M']);
});
