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

// Recipes whose limits have one counter per tenant, account, product or model.

const call = (plan: string, tenant: string): About => ({
  resource: 'api.orders.create',
  dimensions: { plan, tenant },
});

test.each([
  { plan: 'free', tenant: 'hooli', burst: 20, aMinute: 60, aMonth: 10_000 },
  { plan: 'made-up', tenant: 'hooli', burst: 20, aMinute: 60, aMonth: 10_000 },
  { plan: 'pro', tenant: 'globex', burst: 200, aMinute: 600, aMonth: 500_000 },
  { plan: 'enterprise', tenant: 'acme', burst: 1_000, aMinute: 6_000, aMonth: 10_000_000 },
  { plan: 'enterprise', tenant: 'initech', burst: 5_000, aMinute: 30_000, aMonth: 100_000_000 },
])(
  'tenant-tiers: $tenant on plan $plan has its own numbers',
  async ({ plan, tenant, burst, aMinute, aMonth }) => {
    const world = await worldOf(recipe('tenant-tiers'));
    const about = call(plan, tenant);
    expect(ask(world, 'us-east', about, 0).verdicts).toMatchObject([
      { permits: aMinute },
      { permits: aMonth },
    ]);
    expect(sum(askEverywhere(world, about, burst))).toBe(burst);
    expect(sum(askEverywhere(world, about, burst))).toBe(0);
    // A bucket is full again after 20 seconds at the latest, and holds its burst however long nobody asks.
    world.run(20_000);
    expect(sum(askEverywhere(world, about, 2 * burst))).toBe(burst);
  },
);

test('tenant-tiers: a month has as many calls as the plan, all of them from the first on', async () => {
  const world = await worldOf(recipe('tenant-tiers', 'calls-per-month'));
  expect(askEverywhere(world, call('free', 'hooli'), 4_500)).toEqual([4_000, 3_500, 2_500]);
  expect(ask(world, 'eu-west', call('pro', 'hooli'))).toMatchObject({ allowed: true });
  expect(ask(world, 'eu-west', call('free', 'hooli')).verdict?.resetAtMs).toBe(Date.UTC(2026, 1));
});

const login = (account: string, ip: string): About => ({
  resource: 'auth.login',
  dimensions: { account, ip },
});

test('login-brute-force: one account has ten attempts in all regions together, from however many addresses', async () => {
  const world = await worldOf(recipe('login-brute-force'));
  let attempts = 0;
  for (let round = 0; round < 50; round += 1) {
    for (const [index, region] of REGIONS.entries())
      if (ask(world, region, login('alice', `198.51.${index}.${round}`)).allowed) attempts += 1;
    world.run(100);
  }
  expect(attempts).toBe(10);
  const denied = ask(world, 'us-east', login('alice', '192.0.2.1'));
  expect(denied).toMatchObject({
    reason: 'global_limit_exceeded',
    verdict: { limit: { name: 'attempts-per-account' } },
  });
  expect(denied.verdict?.retryAfterMs).toBeGreaterThan(14 * 60_000);
  expect(ask(world, 'us-east', login('bob', '192.0.2.1'))).toMatchObject({ allowed: true });
});

test('login-brute-force: a user of one region has all ten attempts there', async () => {
  const world = await worldOf(recipe('login-brute-force'));
  let attempts = 0;
  for (let round = 0; round < 20; round += 1) {
    if (ask(world, 'ap-southeast', login('carol', '192.0.2.7')).allowed) attempts += 1;
    world.run(1_000);
  }
  expect(attempts).toBe(10);
});

test('login-brute-force: logins that succeed give their attempt back, so only failures count', async () => {
  const world = await worldOf(recipe('login-brute-force'));
  const about = login('dave', '192.0.2.8');
  for (let round = 0; round < 30; round += 1) {
    expect(ask(world, 'eu-west', about)).toMatchObject({ allowed: true });
    expect(refund(world, 'eu-west', about, 1)).toEqual({
      'attempts-per-account': 1,
      'attempts-per-address': 1,
    });
  }
});

test('login-brute-force: one address that tries many accounts is held, an office is not', async () => {
  const world = await worldOf(recipe('login-brute-force'));
  const spray = (ip: string, accounts: number) =>
    REGIONS.map((region) => {
      let allowed = 0;
      for (let index = 0; index < accounts; index += 1)
        if (ask(world, region, login(`${region}-${index}`, ip)).allowed) allowed += 1;
      return allowed;
    });
  expect(spray('198.51.100.1', 100)).toEqual([40, 35, 25]);
  expect(spray('203.0.113.10', 100)).toEqual([100, 100, 100]);
});

const read = (product: string): About => ({ resource: 'catalogue.read', dimensions: { product } });

test('hot-parameter: the region where a product is hot gets nearly all of its limit, and never more', async () => {
  const world = await worldOf(recipe('hot-parameter'));
  world.runToNext(10_000);
  for (let window = 0; window < 3; window += 1) {
    const { 'us-east': here = 0 } = pace(world, { 'us-east': read('viral') }, { perSecond: 60, seconds: 10 });
    expect(here).toBeGreaterThanOrEqual(285);
    expect(here).toBeLessThanOrEqual(300);
    expect(ask(world, 'us-east', read(`other-${window}`))).toMatchObject({ allowed: true });
  }
});

test('hot-parameter: a burst on every region is held to the limit, one that was foreseen to its own', async () => {
  const world = await worldOf(recipe('hot-parameter'));
  world.runToNext(10_000);
  expect(askEverywhere(world, read('viral'), 1_000)).toEqual([120, 105, 75]);
  expect(askEverywhere(world, read('campaign-1'), 2_000)).toEqual([1_200, 1_050, 750]);
});

const chat = (tenant: string, model = 'large'): About => ({
  resource: 'llm.chat',
  dimensions: { tenant, model },
});

/** Asks for as many answers of an estimated size as there may be. */
function answers(world: World, about: About, estimate: number): number[] {
  return REGIONS.map((region) => {
    let asked = 0;
    while (ask(world, region, about, estimate).allowed) asked += 1;
    return asked;
  });
}

test('llm-tokens: estimates are held to the limit of a minute, in all regions together', async () => {
  const world = await worldOf(recipe('llm-tokens'));
  expect(answers(world, chat('acme'), 5_000)).toEqual([8, 7, 5]);
  expect(answers(world, chat('acme', 'small'), 5_000)).toEqual([32, 28, 20]);
  expect(ask(world, 'us-east', chat('acme'), 1).verdict).toMatchObject({
    limit: { name: 'tokens-per-minute' },
  });
  world.run(57_900);
  expect(answers(world, chat('acme'), 5_000)).toEqual([0, 0, 0]);
  world.run(3_000);
  expect(sum(answers(world, chat('acme'), 5_000))).toBe(20);
});

test('llm-tokens: what an answer did not use can be used again, and what it used beyond its estimate counts', async () => {
  const world = await worldOf(recipe('llm-tokens'));
  const about = chat('acme');
  expect(answers(world, about, 10_000)).toEqual([4, 3, 2]);
  expect(refund(world, 'us-east', about, 7_000)).toEqual({
    'tokens-per-minute': 7_000,
    'tokens-per-day': 7_000,
  });
  expect(ask(world, 'us-east', about, 0).verdict?.remaining).toBe(7_000);
  expect(ask(world, 'us-east', about, 7_001)).toMatchObject({ allowed: false });
  expect(ask(world, 'us-east', about, 5_000)).toMatchObject({ allowed: true });
  // The answer was 1,500 tokens longer than had been estimated.
  expect(ask(world, 'us-east', about, 1_500)).toMatchObject({ allowed: true, verdict: { remaining: 500 } });
});

test('llm-tokens: no more is given back than was spent', async () => {
  const world = await worldOf(recipe('llm-tokens'));
  expect(ask(world, 'us-east', chat('acme'), 1_000)).toMatchObject({ allowed: true });
  expect(refund(world, 'us-east', chat('acme'), 5_000)).toMatchObject({ 'tokens-per-minute': 1_000 });
  expect(refund(world, 'us-east', chat('acme'), 1)).toMatchObject({ 'tokens-per-minute': 0 });
  expect(refund(world, 'eu-west', chat('acme'), 1)).toMatchObject({ 'tokens-per-minute': 0 });
});

const of = (resource: string, tenant: string): About => ({ resource, dimensions: { tenant } });

test('gradual-cut-over: a shadow denies nothing, and counts what it would have denied', async () => {
  const world = await worldOf(recipe('gradual-cut-over'));
  expect(askEverywhere(world, of('api.search', 'acme'), 100)).toEqual([100, 100, 100]);
  const shadows = REGIONS.map((region) => {
    const limit = world
      .region(region)
      .view()
      .limits.find(({ spec }) => spec.mode === 'shadow');
    return limit?.checks.find(({ reason }) => reason === 'shadow');
  });
  expect(shadows).toEqual([60, 65, 75].map((count) => ({ outcome: 'allowed', reason: 'shadow', count })));
  expect(askEverywhere(world, of('api.export', 'acme'), 100)).toEqual([8, 7, 5]);
});

/** Which of a thousand tenants are ever denied, in one region. */
function deniedTenants(world: World, region: string): number[] {
  const tenants = Array.from({ length: 1_000 }, (_, tenant) => tenant);
  return tenants.filter(
    (tenant) => askTimes(world, region, of('api.orders.create', `tenant-${tenant}`), 41) < 41,
  );
}

test('gradual-cut-over: a rollout denies its part of the tenants, the same ones everywhere and every time', async () => {
  const world = await worldOf(recipe('gradual-cut-over'));
  const denied = REGIONS.map((region) => deniedTenants(world, region));
  expect(denied[0]?.length).toBeGreaterThan(70);
  expect(denied[0]?.length).toBeLessThan(130);
  expect(denied[1]).toEqual(denied[0]);
  expect(denied[2]).toEqual(denied[0]);
});

test('gradual-cut-over: whoever is in stays in as the rollout grows', async () => {
  const limits = recipe('gradual-cut-over', 'orders-per-tenant');
  const at = async (rolloutPermille: number) =>
    deniedTenants(await worldOf(limits.map((limit) => ({ ...limit, rolloutPermille }))), 'us-east');
  const tenth = await at(100);
  const third = await at(300);
  expect(third).toEqual(expect.arrayContaining(tenth));
  expect(third.length).toBeGreaterThan(2 * tenth.length);
  expect(await at(0)).toEqual([]);
});

test('llm-tokens: an answer that takes its time gives back what it did not use, and nothing of a day that is over', async () => {
  const world = await worldOf(recipe('llm-tokens'), { startMs: Date.UTC(2026, 0, 1, 23, 58) });
  const about = chat('acme');
  const asked = ask(world, 'us-east', about, 20_000);
  world.run(30_000);
  expect(refund(world, 'us-east', about, { permits: 5_000, by: asked })).toEqual({
    'tokens-per-minute': 5_000,
    'tokens-per-day': 5_000,
  });
  world.run(120_000);
  expect(ask(world, 'us-east', about, 8_000)).toMatchObject({ allowed: true });
  expect(refund(world, 'us-east', about, { permits: 5_000, by: asked })).toEqual({
    'tokens-per-minute': 0,
    'tokens-per-day': 0,
  });
});
