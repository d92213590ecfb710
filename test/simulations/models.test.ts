import { expect, test } from 'vitest';
import { MODELS } from '../../simulations/comparison/contestants.ts';
import { cutOff, flapping, headgate, LATENCY_MS, model, tinyWorld } from './models-fixture.ts';

const MOSTLY_ATHENS = { athens: 9, berlin: 1, cairo: 1 };
const SKEWED = tinyWorld({ origins: MOSTLY_ATHENS, perSecond: 300 });
const CAIRO_ALONE = tinyWorld(cutOff('cairo'));
const ATHENS_ALONE = tinyWorld(cutOff('athens'));
const FLAPPING = tinyWorld({ ...flapping('cairo'), windowMs: 2_000, limit: 600 });
const HEALTHY = tinyWorld({});

test.each([
  { about: 'demand is skewed', world: SKEWED },
  { about: 'one region is cut off', world: CAIRO_ALONE },
  { about: 'the first region is cut off', world: ATHENS_ALONE },
  { about: 'a link flaps', world: FLAPPING },
])('Headgate admits nothing above the limit when $about', async ({ world }) => {
  const { measures, failure } = await headgate(world);
  expect(failure).toBeUndefined();
  expect(measures.overAdmitted).toBe(0);
});

test('everybody gets the same requests', async () => {
  const all = await Promise.all(MODELS.map(({ name }) => model(name, HEALTHY)));
  const ours = await headgate(HEALTHY);
  expect(new Set([...all, ours].map(({ checks }) => checks)).size).toBe(1);
});

test('the same seed gives the same run of a model', async () => {
  const [once, again] = [await model('lease server', FLAPPING), await model('lease server', FLAPPING)];
  expect(again).toEqual(once);
});

test('static split is strict and denies falsely where demand is skewed', async () => {
  const { measures } = await model('static split', SKEWED);
  expect(measures.overAdmitted).toBe(0);
  expect(measures.falseDenials).toBeGreaterThan(0.3);
  expect(measures.messagesPerSecond).toBe(0);
  expect((await headgate(SKEWED)).measures.falseDenials).toBeLessThan(0.03);
});

test('static split forgets nothing in a crash, but what was on a lost disk', async () => {
  const crash = { kind: 'crash', region: 'cairo', atMs: 14_000, forMs: 500, clockBackMs: 0 } as const;
  const world = (losesDisk: boolean) =>
    tinyWorld({ windowMs: 12_000, limit: 3_000, faults: [{ ...crash, losesDisk }] });
  expect((await model('static split', world(false))).measures.overAdmitted).toBe(0);
  expect((await model('static split', world(true))).measures.overAdmitted).toBeGreaterThan(100);
});

test('gossip without shares over-admits as far as it lags, and by a whole limit for each side of a partition', async () => {
  const lagging = await model('G-counter gossip', HEALTHY);
  expect(lagging.measures.overAdmission).toBeGreaterThan(0.05);
  expect(lagging.measures.overAdmission).toBeLessThan(0.6);
  const parted = await model('G-counter gossip', tinyWorld({ ...cutOff('cairo'), perSecond: 1_200 }));
  expect(parted.measures.overAdmission).toBeGreaterThan(0.9);
});

test('a naive coordinator gives away what a region that flaps still uses', async () => {
  const { measures } = await model('naive redistribution', FLAPPING);
  expect(measures.overAdmission).toBeGreaterThan(0.1);
  expect((await model('naive redistribution', HEALTHY)).measures.overAdmitted).toBe(0);
});

test('a naive coordinator hands the share of a lost region to the others and back', async () => {
  const crash = {
    kind: 'crash',
    region: 'athens',
    atMs: 8_000,
    forMs: 10_000,
    losesDisk: false,
    clockBackMs: 0,
  } as const;
  const losses = [{ regions: ['athens'], atMs: 8_000, untilMs: 18_000 }];
  const { measures } = await model('naive redistribution', tinyWorld({ faults: [crash], losses }));
  expect(measures.reclaim).toBeLessThanOrEqual(4);
  expect(measures.utilisation).toBeGreaterThan(0.95);
});

test('a central counter makes others wait for a round trip', async () => {
  // Demand below the limit, so that nobody is refused from what it remembers.
  const { measures } = await model('central counter, fails open', tinyWorld({ perSecond: 200 }));
  expect(measures.waitMs.median).toBeGreaterThanOrEqual(2 * LATENCY_MS);
  expect(measures.overAdmission).toBeLessThan(0.02);
  expect((await headgate(HEALTHY)).measures.waitMs.p99).toBe(0);
});

test('a central counter that cannot be reached lets everything through', async () => {
  const { measures } = await model('central counter, fails open', ATHENS_ALONE);
  expect(measures.overAdmission).toBeGreaterThan(0.5);
  expect(measures.waitMs.p99).toBeGreaterThanOrEqual(500);
});

test('global random drop holds a limit on average and not in a window', async () => {
  const { measures } = await model('global random drop', HEALTHY);
  const windows = 20;
  expect(measures.admitted / windows).toBeGreaterThan(0.95 * 300);
  expect(measures.admitted / windows).toBeLessThan(1.05 * 300);
  expect(measures.overAdmission).toBeGreaterThan(0.05);
});

test('flow-proportional shares follow demand, and are taken twice in a partition', async () => {
  const skewed = await model('flow-proportional share', SKEWED);
  expect(skewed.measures.utilisation).toBeGreaterThan(0.9);
  expect(skewed.measures.overAdmission).toBeLessThan(0.15);
  const parted = await model('flow-proportional share', tinyWorld({ ...cutOff('cairo'), perSecond: 1_200 }));
  expect(parted.measures.overAdmission).toBeGreaterThan(0.5);
});

test('a lease server keeps leases apart, and takes its time when the master is gone', async () => {
  const { measures } = await model('lease server', ATHENS_ALONE);
  // What stands in buckets when a window begins is a tenth of the limit at most.
  expect(measures.overAdmission).toBeLessThan(0.1);
  // No lease of the region that is cut off lasts; the others must elect a master that learns for one lease.
  expect(measures.falseDenials).toBeGreaterThan((await headgate(ATHENS_ALONE)).measures.falseDenials);
  expect(measures.reclaim === 'never' || Number(measures.reclaim) > 5).toBe(true);
});

test('a lease server follows demand', async () => {
  const { measures } = await model('lease server', SKEWED);
  expect(measures.utilisation).toBeGreaterThan(0.85);
});

test('a reactive bounded counter is strict, moves rights to demand, and leaves those of a lost region idle', async () => {
  const world = tinyWorld({ origins: MOSTLY_ATHENS, perSecond: 30, windowMs: 12_000 });
  const skewed = await model('reactive bounded counter', world);
  expect(skewed.measures.overAdmitted).toBe(0);
  expect(skewed.measures.utilisation).toBeGreaterThan(0.95);
  const parted = await model('reactive bounded counter', CAIRO_ALONE);
  expect(parted.measures.overAdmitted).toBe(0);
  expect(parted.measures.reclaim).toBe('never');
  expect((await headgate(CAIRO_ALONE)).measures.reclaim).toBeLessThanOrEqual(5);
});

test('what Headgate leases of a lost region is in use again, and what it does not lease is not', async () => {
  const crash = {
    kind: 'crash',
    region: 'cairo',
    atMs: 8_000,
    forMs: 12_000,
    losesDisk: false,
    clockBackMs: 0,
  } as const;
  const world = tinyWorld({
    faults: [crash],
    losses: [{ regions: ['cairo'], atMs: 8_000, untilMs: 20_000 }],
  });
  expect((await headgate(world, 0)).measures.reclaim).toBe('never');
  expect((await headgate(world, 800)).measures.leasedReclaim).toBeLessThanOrEqual(5);
});
