import { expect, test } from 'vitest';
import { limitSpec } from '../world.ts';
import { ask, serve } from './http-fixture.ts';

const ORDERS = { resource: 'api.orders.create', dimensions: { tenant: 'acme' } };

test('an allowed request answers 200 with every field of the contract', async () => {
  const { origin, world } = await serve();
  const { status, body, headers } = await ask(`${origin}/check`, { json: ORDERS });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('application/json');
  expect(headers.get('x-headgate-status')).toBe('200');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(body)).toEqual([
    'allowed',
    'reason',
    'limit',
    'remaining',
    'globalRemaining',
    'resetAt',
    'retryAfterMs',
    'delayMs',
    'decidedAt',
    'region',
    'degraded',
  ]);
  const resetAt = (Math.floor(world.time.nowMs / 10_000) + 1) * 10_000;
  expect(body).toMatchObject({
    allowed: true,
    reason: 'ok',
    limit: 'orders-per-tenant',
    globalRemaining: 4,
    resetAt,
    retryAfterMs: 0,
    delayMs: 0,
    region: 'us-east',
    degraded: false,
  });
});

test('a denial is a problem document that carries the decision', async () => {
  const { origin } = await serve();
  const { status, body, headers } = await ask(`${origin}/check`, { json: { ...ORDERS, permits: 6 } });
  expect(status).toBe(429);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(headers.get('x-headgate-status')).toBe('429');
  expect(body).toMatchObject({
    status: 429,
    title: expect.any(String),
    'violated-policies': ['orders-per-tenant'],
    allowed: false,
    limit: 'orders-per-tenant',
  });
});

test('an exhausted share is told from an exceeded quota', async () => {
  const { origin, world } = await serve({ limits: [limitSpec({ limit: 10 })] });
  const given = world.drain('us-east');
  expect(given).toBeLessThan(10);
  const share = await ask(`${origin}/check`, { json: { resource: 'any' } });
  expect(share.body.reason).toBe('region_share_exhausted');
  expect(share.body.type).toBe('https://iana.org/assignments/http-problem-types#temporary-reduced-capacity');
  for (const region of ['eu-west', 'ap-southeast']) world.drain(region);
  world.run(1_000);
  const quota = await ask(`${origin}/check`, { json: { resource: 'any' } });
  expect(quota.body.reason).toBe('global_limit_exceeded');
  expect(quota.body.type).toBe('https://iana.org/assignments/http-problem-types#quota-exceeded');
});

test.each([
  [200, 200, 'application/json'],
  [403, 403, 'application/problem+json'],
  [429, 429, 'application/problem+json'],
  [503, 503, 'application/problem+json'],
])(
  'a denial asked for as %i is sent as %i, and the true status stays in a header',
  async (denyStatus, status, type) => {
    const { origin } = await serve();
    const posted = await ask(`${origin}/check`, { json: { ...ORDERS, permits: 6, denyStatus } });
    const got = await ask(
      `${origin}/check?resource=api.orders.x&d.tenant=acme&permits=6&deny_status=${denyStatus}`,
    );
    for (const answer of [posted, got]) {
      expect(answer.status).toBe(status);
      expect(answer.headers.get('x-headgate-status')).toBe('429');
      expect(answer.headers.get('content-type')).toContain(type);
      expect(answer.body).toMatchObject({ allowed: false, status });
    }
  },
);

test('query and body forms meet the same counter, whatever the order of dimensions', async () => {
  const limits = [limitSpec({ dimensions: { tenant: '*', user: '*' }, limit: 100 })];
  const { origin } = await serve({ limits });
  const first = await ask(`${origin}/check`, {
    json: { resource: 'r', dimensions: { tenant: 'a b', user: 'ü/1' } },
  });
  const second = await ask(`${origin}/check?d.user=%C3%BC%2F1&d.tenant=a+b&resource=r`);
  expect(second.body.remaining).toBe(first.body.remaining - 1);
});

const PEEK = { ...ORDERS, permits: 0 };

test('zero permits only peek', async () => {
  const { origin } = await serve();
  const peek = () => ask(`${origin}/check`, { json: PEEK });
  const first = await peek();
  expect((await peek()).body).toEqual(first.body);
});

test('HEAD answers as GET does, without a body', async () => {
  const { origin } = await serve();
  const { status, headers, text } = await ask(`${origin}/check?resource=r`, { method: 'HEAD' });
  expect([status, headers.get('x-headgate-status'), text]).toEqual([200, '200', '']);
  expect(headers.get('ratelimit')).toContain('everything');
});

test('every sub-path is the same endpoint, and the query of a forwarded request does not disturb', async () => {
  const { origin } = await serve();
  for (const path of ['/check/', '/check/api/orders', '/check/%zz/..;/x']) {
    expect((await ask(`${origin}${path}`, { json: { resource: 'r' } })).status).toBe(200);
    expect((await ask(`${origin}${path}?resource=r&page=2&page=3&q=%ff`)).status).toBe(200);
  }
  expect((await ask(`${origin}/checkout?resource=r`)).status).toBe(404);
});

test('a request that no limit matches is allowed and says so', async () => {
  const { origin, measured } = await serve({ limits: [limitSpec({ resource: 'other' })] });
  const { status, body, headers } = await ask(`${origin}/check?resource=r&detail=1`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    allowed: true,
    reason: 'no_limit',
    limit: null,
    remaining: null,
    resetAt: null,
    limits: [],
  });
  expect(headers.has('ratelimit')).toBe(false);
  expect(measured).toHaveLength(1);
});

test('detail adds one entry per matched limit', async () => {
  const { origin } = await serve();
  const { body } = await ask(`${origin}/check?detail=1`, { json: { ...ORDERS, permits: 6 } });
  expect(body.limits).toMatchObject([
    { limit: 'orders-per-tenant', key: 'acme', allowed: false, remaining: expect.any(Number) },
    { limit: 'everything', key: '', allowed: true, globalRemaining: expect.any(Number) },
  ]);
});

test('a denied request spends nothing', async () => {
  const { origin, world } = await serve();
  await ask(`${origin}/check`, { json: { ...ORDERS, permits: 6 } });
  for (const limit of ['orders-per-tenant', 'everything']) {
    for (const window of world.region('us-east').usage(limit, limit === 'everything' ? '' : 'acme')
      ?.windows ?? []) {
      expect(window.used).toBe(0);
    }
  }
});

test('the same request id gets the same answer and spends once, for 60 s', async () => {
  const { origin, world } = await serve({ limits: [limitSpec({ windowMs: 1_000 })] });
  const post = (requestId: string) =>
    ask(`${origin}/check`, { json: { resource: 'r', permits: 10, requestId } });
  const first = await post('a');
  const again = await post('a');
  expect(again.text).toBe(first.text);
  expect(first.headers.has('idempotent-replayed')).toBe(false);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect((await post('b')).body.remaining).toBe(first.body.remaining - 10);
  const byHeader = await ask(`${origin}/check?resource=r&permits=10`, {
    headers: { 'idempotency-key': '"a"' },
  });
  expect(byHeader.text).toBe(first.text);
  world.run(59_000);
  expect((await post('a')).text).toBe(first.text);
  world.run(1_001);
  expect((await post('a')).text).not.toBe(first.text);
});

test('a request id that comes back with another request is refused', async () => {
  const { origin } = await serve();
  await ask(`${origin}/check`, { json: { resource: 'r', requestId: 'a' } });
  const other = await ask(`${origin}/check`, { json: { resource: 'r', permits: 2, requestId: 'a' } });
  expect([other.status, other.body.code]).toEqual([422, 'request_id_reused']);
});

test('a decision that fails inside is 500 without a word about why, and the next one is answered', async () => {
  let calls = 0;
  const { origin, logged } = await serve({
    coordinator: {
      check: (request) => {
        calls += 1;
        if (calls === 1) throw new Error(`secret of ${request.resource}`);
        return {
          allowed: true,
          reason: 'no_limit',
          verdict: undefined,
          verdicts: [],
          delayMs: 0,
          lease: undefined,
          atMs: 0,
          degraded: false,
        };
      },
    },
  });
  const failed = await ask(`${origin}/check?resource=r`);
  expect([failed.status, failed.body.code, failed.body.retryable]).toEqual([500, 'internal', true]);
  expect(failed.text).not.toContain('secret');
  expect(logged).toEqual(['request_failed']);
  expect((await ask(`${origin}/check?resource=r`)).status).toBe(200);
});
