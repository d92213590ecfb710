import { expect, test } from 'vitest';
import type { World } from '../world.ts';
import {
  type About,
  ask,
  askEverywhere,
  askTimes,
  pace,
  REGIONS,
  recipe,
  refund,
  sum,
  worldOf,
} from './recipe.ts';

// Recipes that protect one thing of which there is only so much: a stock, a service, a contract, places.

/** Shortly before ten in the morning in Berlin, in summer. */
const SALE = { startMs: Date.UTC(2026, 5, 1, 7, 59, 58) };

const buy = (customer: string): About => ({
  resource: 'shop.sale.buy',
  dimensions: { product: 'sneaker-42', customer },
});

/** Lets a new customer ask in each of these regions, at every step of 50 ms; returns how many units they bought in each. */
function crowd(world: World, regions: readonly string[], steps: number): number[] {
  const sold = regions.map(() => 0);
  for (let step = 0; step < steps; step += 1) {
    for (const [index, region] of regions.entries())
      for (let customer = 0; customer < 20; customer += 1)
        if (ask(world, region, buy(`${region}-${step}-${customer}`)).allowed)
          sold[index] = (sold[index] ?? 0) + 1;
    world.run(50);
  }
  return sold;
}

test('flash-sale: all of the stock is sold and not one more, while every region asks for it', async () => {
  const world = await worldOf(recipe('flash-sale'), SALE);
  expect(sum(crowd(world, REGIONS, 25))).toBe(500);
  for (const region of REGIONS)
    expect(ask(world, region, buy('late'))).toMatchObject({
      reason: 'global_limit_exceeded',
      verdict: { limit: { name: 'sale-stock' }, resetAtMs: Date.UTC(2026, 5, 1, 22) },
    });
});

test('flash-sale: all of the stock is sold in one region, where nobody else wants it', async () => {
  const world = await worldOf(recipe('flash-sale'), SALE);
  expect(crowd(world, ['ap-southeast'], 150)).toEqual([500]);
});

test('flash-sale: a burst is spread out, so that the checkout is not overrun', async () => {
  const world = await worldOf(recipe('flash-sale'), SALE);
  const delays = Array.from({ length: 400 }, (_, index) => ask(world, 'us-east', buy(`customer-${index}`)))
    .filter(({ allowed }) => allowed)
    .map(({ delayMs }) => delayMs);
  // This region's part is 80 at once, and 80 a second after that.
  expect(delays.filter((delayMs) => delayMs === 0)).toHaveLength(80);
  expect(delays).toHaveLength(160);
  expect(Math.max(...delays)).toBe(1_000);
  expect(ask(world, 'us-east', buy('another')).verdict?.limit.name).toBe('sale-pace');
});

test('flash-sale: a customer has four units at most, and a payment that fails gives them back', async () => {
  const world = await worldOf(recipe('flash-sale'), SALE);
  let bought = 0;
  for (let round = 0; round < 10; round += 1) {
    for (const region of REGIONS) if (ask(world, region, buy('greedy')).allowed) bought += 1;
    world.run(200);
  }
  expect(bought).toBe(4);
  const returned = REGIONS.filter(
    (region) => refund(world, region, buy('greedy'), 1)['sale-per-customer'] === 1,
  );
  const again = returned.filter((region) => ask(world, region, buy('greedy')).allowed);
  expect(again).toEqual(returned);
  expect(returned.length).toBeGreaterThan(0);
});

const ledger = (klass: string, service: string): About => ({
  resource: 'core.ledger.read',
  dimensions: { class: klass, service },
});

function everywhere(about: About): Record<string, About> {
  return Object.fromEntries(REGIONS.map((region) => [region, about]));
}

test('core-service-protection: the sum of all regions is held to the capacity', async () => {
  const world = await worldOf(recipe('core-service-protection', 'ledger-calls'));
  const about = ledger('interactive', 'web');
  expect(askEverywhere(world, about, 1_000)).toEqual([400, 350, 250]);
  const admitted = sum(Object.values(pace(world, everywhere(about), { perSecond: 2_000, seconds: 3 })));
  expect(admitted).toBeLessThanOrEqual(6_000);
  expect(admitted).toBeGreaterThan(5_800);
});

test('core-service-protection: batch work has its part, and leaves room for everything else', async () => {
  const world = await worldOf(recipe('core-service-protection'));
  let batch = 0;
  let interactive = 0;
  for (let step = 0; step < 60; step += 1) {
    for (const [index, region] of REGIONS.entries()) {
      batch += askTimes(world, region, ledger('batch', `job-${index}`), 50);
      interactive += askTimes(world, region, ledger('interactive', `web-${step % 4}`), 20);
    }
    world.run(50);
  }
  expect(interactive).toBe(60 * 3 * 20);
  expect(batch).toBeLessThanOrEqual(400 + 3 * 400);
  expect(batch).toBeGreaterThan(1_500);
});

test('core-service-protection: one caller that is too loud is held, the others go on', async () => {
  const world = await worldOf(recipe('core-service-protection'));
  expect(askEverywhere(world, ledger('interactive', 'loud'), 1_000)).toEqual([320, 280, 200]);
  expect(ask(world, 'us-east', ledger('interactive', 'loud')).verdict?.limit.name).toBe('ledger-per-service');
  expect(ask(world, 'us-east', ledger('interactive', 'quiet'))).toMatchObject({ allowed: true });
});

test('core-service-protection: the others take over most of what a lost region had', async () => {
  const world = await worldOf(recipe('core-service-protection', 'ledger-calls'));
  world.kill('ap-southeast');
  world.run(6_000);
  const about = ledger('interactive', 'web');
  const left = { 'us-east': about, 'eu-west': about };
  askTimes(world, 'us-east', about, 1_000);
  askTimes(world, 'eu-west', about, 1_000);
  const admitted = sum(Object.values(pace(world, left, { perSecond: 3_000, seconds: 4 })));
  // A quarter of 2,000 a second was the lost region's; a fifth of that stays reserved for it.
  expect(admitted).toBeLessThanOrEqual(4 * 1_900);
  expect(admitted).toBeGreaterThan(4 * 1_850);
});

const geocode: About = { resource: 'provider.geocode', dimensions: {} };

test('third-party-contract: a day has so many calls, and ends at midnight where the provider lives', async () => {
  const daily = recipe('third-party-contract', 'provider-calls-per-day');
  // Ten seconds before midnight in New York, where it is winter.
  const midnightMs = Date.UTC(2026, 0, 2, 5);
  const world = await worldOf(daily, { startMs: midnightMs - 10_000 });
  expect(askEverywhere(world, geocode, 4_100)).toEqual([4_000, 3_500, 2_500]);
  world.run(1_000);
  expect(ask(world, 'us-east', geocode)).toMatchObject({
    reason: 'global_limit_exceeded',
    verdict: { limit: { name: 'provider-calls-per-day' }, resetAtMs: midnightMs },
  });
  world.time.runUntil(midnightMs - 1);
  expect(askEverywhere(world, geocode, 10)).toEqual([0, 0, 0]);
  world.time.runUntil(midnightMs);
  expect(sum(askEverywhere(world, geocode, 2_500))).toBeGreaterThanOrEqual(5_000);
  expect(ask(world, 'us-east', geocode, 0).verdict?.resetAtMs).toBe(midnightMs + 86_400_000);
});

test('third-party-contract: midnight elsewhere changes nothing', async () => {
  const daily = recipe('third-party-contract', 'provider-calls-per-day');
  const world = await worldOf(daily, { startMs: Date.UTC(2026, 0, 1, 23, 59, 55) });
  expect(sum(askEverywhere(world, geocode, 4_100))).toBe(10_000);
  world.run(5_000);
  expect(askEverywhere(world, geocode, 10)).toEqual([0, 0, 0]);
});

test('third-party-contract: calls go out evenly, at the agreed pace; a call that was not made is given back', async () => {
  const world = await worldOf(recipe('third-party-contract'));
  const delays = Array.from({ length: 60 }, () => ask(world, 'us-east', geocode))
    .filter(({ allowed }) => allowed)
    .map(({ delayMs }) => delayMs);
  // Four at once of the burst of ten, and then twenty a second, for the two seconds that a call may wait.
  expect(delays).toEqual([0, 0, 0, 0, ...Array.from({ length: 40 }, (_, index) => 50 * (index + 1))]);
  expect(ask(world, 'us-east', geocode).verdict).toMatchObject({
    limit: { name: 'provider-pace' },
    retryAfterMs: 50,
  });
  // The day's call comes back; the place in the queue does not, for those behind it were told when to go.
  expect(refund(world, 'us-east', geocode, 1)).toEqual({ 'provider-calls-per-day': 1, 'provider-pace': 0 });
  world.run(50);
  expect(ask(world, 'us-east', geocode)).toMatchObject({ allowed: true, delayMs: 2_000 });
});

const report = (tenant: string): About => ({ resource: 'reports.run', dimensions: { tenant } });

/** Starts reports in every region until one is denied; returns their leases by region. */
function startReports(world: World, tenant: string): Record<string, string[]> {
  const leases: Record<string, string[]> = {};
  for (const region of REGIONS) {
    const held: string[] = [];
    for (let { lease } = ask(world, region, report(tenant)); lease !== undefined; ) {
      held.push(lease);
      ({ lease } = ask(world, region, report(tenant)));
    }
    leases[region] = held;
  }
  return leases;
}

test('concurrent-reports: a tenant runs eight at one time; one that is over makes room for another', async () => {
  const world = await worldOf(recipe('concurrent-reports'));
  const leases = startReports(world, 'globex');
  expect(Object.values(leases).flat()).toHaveLength(8);
  expect(ask(world, 'eu-west', report('globex'))).toMatchObject({
    reason: 'concurrency_exceeded',
    verdict: { limit: { name: 'reports-at-once-per-tenant' } },
  });
  const [lease = ''] = leases['eu-west'] ?? [];
  expect(world.region('us-east').release(lease), 'another region knows nothing of it').toBe(false);
  expect(world.region('eu-west').release(lease)).toBe(true);
  expect(world.region('eu-west').release(lease), 'it was over already').toBe(false);
  expect(askTimes(world, 'eu-west', report('globex'), 3)).toBe(1);
});

test('concurrent-reports: forty run at one time, whoever asks', async () => {
  const world = await worldOf(recipe('concurrent-reports'));
  const tenants = Array.from({ length: 10 }, (_, tenant) => startReports(world, `tenant-${tenant}`));
  const started = REGIONS.map((region) => sum(tenants.map((leases) => leases[region]?.length ?? 0)));
  expect(started).toEqual([16, 14, 10]);
});

test('concurrent-reports: one that crashed makes room after its lease, one that is renewed goes on', async () => {
  const world = await worldOf(recipe('concurrent-reports'));
  const leases = startReports(world, 'globex');
  const [renewed = ''] = leases['us-east'] ?? [];
  world.run(40_000);
  expect(world.region('us-east').renew(renewed)).toMatchObject({ renewed: true });
  world.run(19_900);
  expect(REGIONS.map((region) => ask(world, region, report('globex'), 0).verdict?.remaining)).toEqual([
    0, 0, 0,
  ]);
  world.run(1_100);
  // All but the one that goes on.
  expect(Object.values(startReports(world, 'globex')).flat()).toHaveLength(7);
  expect(world.region('us-east').release(renewed)).toBe(true);
});
