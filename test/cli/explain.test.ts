import { expect, test } from 'vitest';
import { serve } from '../adapters/http-fixture.ts';
import { limitSpec } from '../world.ts';
import { headgate } from './command.ts';

const LIMITS = [
  limitSpec({ name: 'orders', resource: 'api.orders.*', dimensions: { tenant: '*' }, limit: 50 }),
  limitSpec({ name: 'acme', dimensions: { tenant: 'acme', plan: 'gold' }, limit: 5 }),
  limitSpec({ name: 'trial', limit: 1, mode: 'shadow' }),
  limitSpec({ name: 'old', mode: 'disabled' }),
  limitSpec(),
];

test('explain shows what each limit would say, why others do not match, and spends nothing', async () => {
  const { origin, world } = await serve({ limits: LIMITS });
  const ask = (...args: string[]) =>
    headgate(['explain', 'api.orders.create', 'tenant=acme', '--url', origin, ...args]);
  const admitted = await ask('--permits', '2');
  expect([admitted.code, admitted.stderr]).toEqual([0, '']);
  expect(admitted.stdout).toMatch(/^us-east would admit 2 permits$/m);
  expect(admitted.stdout).toMatch(/^orders +admits +ok +acme +20 +50 +in /m);
  expect(admitted.stdout).toMatch(/^trial +denies +shadow .* shadow$/m);
  expect(admitted.stdout).toMatch(/^acme +the request has no dimension plan$/m);
  expect(admitted.stdout).toMatch(/^old +it is disabled$/m);
  const denied = await ask('--permits', '21');
  expect(denied.code).toBe(7);
  expect(denied.stdout).toMatch(/^us-east would deny 21 permits$/m);
  expect(denied.stdout).toMatch(/^orders +denies +region_share_exhausted/m);
  expect(world.region('us-east').usage('orders', 'acme')?.windows[0]?.used).toBe(0);
});

test('explain as JSON, without a match, and where nobody answers', async () => {
  const { origin } = await serve({ limits: [limitSpec({ name: 'orders', resource: 'api.orders.*' })] });
  const json = await headgate(['explain', '--json', '--url', origin, 'api.login', 'user=a=b']);
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toEqual({
    region: 'us-east',
    degraded: false,
    permits: 1,
    allowed: true,
    delayMs: 0,
    matched: [],
    misses: [{ limit: 'orders', why: 'its resource is api.orders.*' }],
  });
  const plain = await headgate(['explain', '--url', origin, 'api.login']);
  expect(plain.stdout).toContain('us-east would admit 1 permit: no limit matches');
  const nobody = await headgate(['explain', '--url', '127.0.0.1:1', 'x']);
  expect([nobody.code, nobody.stdout]).toEqual([6, '']);
  const refused = await headgate(['explain', '--url', origin, 'x'.repeat(300)]);
  expect([refused.code, refused.stderr]).toMatchObject([6, expect.stringContaining('invalid_request')]);
});

test('explain tells waits, roll-outs and domains as admission would, and asks nobody for quota', async () => {
  const { origin, world } = await serve({
    limits: [
      limitSpec({
        name: 'pace',
        algorithm: 'leaky-bucket',
        limit: 10,
        burst: 10,
        delayMsMax: 2_000,
        windowMs: 10_000,
      }),
      limitSpec({ name: 'soon', dimensions: { tenant: '*' }, limit: 0, rolloutPermille: 0 }),
      limitSpec({ name: 'of-edge', domain: 'edge', limit: 0 }),
    ],
  });
  for (let again = 0; again < 4; again += 1) world.check('us-east', 1);
  const before = world.region('us-east').explain({ resource: 'x', dimensions: {}, permits: 1 });
  const explained = await headgate(['explain', 'x', 'tenant=acme', '--url', origin]);
  expect(explained.stdout).toMatch(/^us-east would (admit 1 permit after a wait of|deny 1 permit)/);
  expect(explained.stdout).toMatch(/^soon +denies +shadow/m);
  expect(explained.stdout).toMatch(/^of-edge +it is about the domain edge of a rate limit service$/m);
  const edge = await headgate(['explain', 'edge', '--domain', 'edge', '--url', origin]);
  expect([edge.code, edge.stdout]).toEqual([
    7,
    expect.stringMatching(/^of-edge +denies +global_limit_exceeded/m),
  ]);
  const { allowed, delayMs, reason } = world.check('us-east', 1);
  expect([before.allowed, before.delayMs, before.reason]).toEqual([allowed, delayMs, reason]);
});
