import { expect, test } from 'vitest';
import { ThrottlingHistory } from '../../src/watch/throttling/history.ts';
import { limitSpec } from '../world.ts';
import { ask, type Served, serve } from './http-fixture.ts';

const PER_TENANT = limitSpec({
  name: 'per-tenant',
  dimensions: { tenant: '*' },
  limit: 100,
  shares: 'demand',
});

/** Us-east for a while, looked at once a second of virtual time as the daemon does. */
async function throttled(): Promise<Served> {
  const throttling = new ThrottlingHistory();
  const served = await serve({ limits: [PER_TENANT, limitSpec({ limit: 1_000_000 })], throttling });
  const { world } = served;
  const region = world.region('us-east');
  for (let second = 0; second < 30; second += 1) {
    const asked = second < 20 ? 1 : 60;
    for (let at = 0; at < asked; at += 1) world.check('us-east', 1, { tenant: 'acme' });
    world.check('us-east', 1, { tenant: 'beta' });
    world.run(1_000);
    const { sitting, degraded } = region.standing();
    throttling.take({
      wallMs: world.clock('us-east').now().wallMs,
      holds: sitting ? 'nothing' : degraded ? 'floor' : 'whole',
      tallies: region.tallies(),
      sharesOf: (limit) => region.shareOf(limit),
      shortKeysOf: (limit) => region.hotKeys({ limit, by: 'denials' }) ?? [],
    });
  }
  return served;
}

test('a limit that denies is explained: its likely cause, its key, and who used what of it', async () => {
  const { origin } = await throttled();
  const { status, body } = await ask(`${origin}/v1/throttling?limit=per-tenant&since=5m`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ region: 'us-east', limits: [{ limit: 'per-tenant', episodes: [{}] }] });
  expect(body.toMs - body.fromMs).toBe(300_000);
  const [limit] = body.limits;
  expect(limit.causes[0]).toMatchObject({ cause: 'demand_rose', likely: true });
  expect(limit.causes.map(({ cause }: { cause: string }) => cause)).toContain('hot_key');
  expect(limit.keys[0]).toMatchObject({ key: 'acme' });
  const used = limit.keys[0].byRegion.map(({ region }: { region: string }) => region);
  expect(used.toSorted()).toEqual(['ap-southeast', 'eu-west', 'us-east']);
  expect(limit.seconds).toHaveLength(30);
  expect(limit.seconds.at(-1)).toMatchObject({ offered: 61, limit: 100, holds: 'whole' });
  expect(limit.denied).toBeLessThan(limit.offered);
});

test('of all limits only those that denied are told of', async () => {
  const { origin } = await throttled();
  const { body } = await ask(`${origin}/v1/throttling`);
  expect(body.limits.map(({ limit }: { limit: string }) => limit)).toEqual(['per-tenant']);
  const quiet = await ask(`${origin}/v1/throttling?limit=everything`);
  expect(quiet.body.limits).toMatchObject([{ limit: 'everything', denied: 0, episodes: [], causes: [] }]);
});

test.each([
  ['?limit=nobody', 404, 'unknown_limit', undefined],
  ['?since=16m', 400, 'invalid_request', 'since'],
  ['?since=0s', 400, 'invalid_request', 'since'],
  ['?since=yesterday', 400, 'invalid_request', 'since'],
  ['?since=', 400, 'invalid_request', 'since'],
  ['?limits=a', 400, 'invalid_request', 'limits'],
  ['?limit=a&limit=b', 400, 'invalid_request', 'limit'],
  ['?limit=%ff', 400, 'invalid_request', 'limit'],
])('%s is refused', async (query, status, code, field) => {
  const { origin } = await serve();
  const answer = await ask(`${origin}/v1/throttling${query}`);
  expect([answer.status, answer.body.code, answer.body.errors?.[0].field]).toEqual([status, code, field]);
});
