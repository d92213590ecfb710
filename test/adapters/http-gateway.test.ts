import { expect, test } from 'vitest';
import type { Gateway } from '../../src/gateway.ts';
import { loadText, SMALL_DEPLOYMENT } from '../config/memory-files.ts';
import { limitSpec } from '../world.ts';
import { type Answer, ask, serve } from './http-fixture.ts';

/** What a `gateway` section of a configuration means. */
function gatewayOf(section: object): Gateway | undefined {
  const result = loadText(`${SMALL_DEPLOYMENT}gateway: ${JSON.stringify(section)}\n`);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.settings.gateway;
}

const LIMITS = [
  limitSpec({ name: 'orders', resource: '/api/orders*', dimensions: {}, limit: 100 }),
  limitSpec({ name: 'writes', resource: '/api/orders*', dimensions: { method: 'POST' }, limit: 100 }),
  limitSpec({ name: 'clients', dimensions: { ip: '*' }, limit: 100 }),
  limitSpec({ name: 'keys', dimensions: { 'api-key': '*' }, limit: 100 }),
  limitSpec({ name: 'tenants', dimensions: { tenant: '*' }, limit: 100 }),
  limitSpec({ name: 'hosts', dimensions: { host: 'shop.example' }, limit: 100 }),
];

async function behind(section: object) {
  const { origin, ...rest } = await serve({
    limits: LIMITS,
    gateway: gatewayOf({ trustQuery: true, ...section }),
  });
  return {
    origin,
    ...rest,
    check: (headers: Record<string, string>, path = '/check?detail=1', method = 'GET') =>
      ask(origin + path, { headers, method }),
  };
}

/** The limits that a request met, each with its key. */
function met({ body }: Answer): Record<string, string> {
  return Object.fromEntries(body.limits.map(({ limit, key }: Record<string, string>) => [limit, key]));
}

const FORWARDED = {
  'x-forwarded-method': 'POST',
  'x-forwarded-uri': '/api/orders/7?page=2&resource=else',
  'x-forwarded-host': 'Shop.example',
};

const TRUSTING = { trustedProxies: ['loopback'] };

test.each([
  [
    'nginx',
    {
      'x-original-method': 'POST',
      'x-original-uri': '/api/orders/7?page=2',
      'x-forwarded-host': 'shop.example',
    },
  ],
  [
    'nginx',
    {
      'x-original-method': 'POST',
      'x-original-url': 'https://shop.example/api/orders/7?page=2',
      'x-forwarded-host': 'shop.example',
    },
  ],
  ['haproxy', FORWARDED],
  ['traefik', FORWARDED],
  ['caddy', FORWARDED],
  ['apisix', FORWARDED],
  ['kong', FORWARDED],
  [
    'kong',
    { 'x-forwarded-method': 'POST', 'x-forwarded-path': '/api/orders/7', 'x-forwarded-host': 'shop.example' },
  ],
])('what %s says of a request makes resource and dimensions', async (preset, headers) => {
  const { check } = await behind({ preset, ...TRUSTING });
  const answer = await check({
    ...headers,
    'x-forwarded-for': '203.0.113.9, 127.0.0.1',
    'x-api-key': 'secret',
  });
  expect(met(answer)).toEqual({
    orders: '',
    writes: '',
    hosts: '',
    clients: '203.0.113.9',
    keys: expect.stringMatching(/^[\w-]{22}$/),
  });
  expect(answer.text).not.toContain('secret');
});

test.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])(
  'Envoy sends %s with the original path behind the prefix, and nothing in it counts but the path',
  async (method) => {
    const { origin, world } = await serve({
      limits: LIMITS,
      gateway: gatewayOf({ preset: 'envoy-ext-authz' }),
    });
    const ways = [
      '/api/orders',
      '/api/orders?resource=else&permits=0&deny_status=200&d.method=X',
      '/batch',
      '/api//./orders',
    ];
    for (const way of ways) {
      const { status } = await ask(`${origin}/check${way}`, { method, headers: { 'idempotency-key': 'a' } });
      expect(status).toBe(200);
    }
    const { windows = [] } = world.region('us-east').usage('orders', '') ?? {};
    expect(windows[0]?.used).toBe(3);
    expect(world.region('us-east').usage('writes', '')?.windows[0]?.used).toBe(method === 'POST' ? 3 : 0);
  },
);

test('a body that a gateway passes on is not read, whatever it is', async () => {
  const { origin } = await behind({ preset: 'envoy-ext-authz' });
  const post = (body: string, type: string) =>
    ask(`${origin}/check/api/orders`, { method: 'POST', body, headers: { 'content-type': type } });
  expect((await post('{"resource":"else","permits":0}', 'application/json')).body.limit).toMatch(
    /orders|writes/,
  );
  expect((await post('not json', 'application/json')).status).toBe(200);
  expect((await post('a=b', 'application/x-www-form-urlencoded')).status).toBe(200);
  expect((await post('x'.repeat(200_000), 'what/ever; is')).status).toBe(200);
});

test('with a longer prefix a batch is a batch again', async () => {
  const { origin } = await behind({ preset: 'envoy-ext-authz', pathPrefix: '/check/envoy' });
  expect((await ask(`${origin}/check/batch`, { json: [] })).text).toBe('[]');
  expect((await ask(`${origin}/check/envoy/api/orders?detail=1`)).body.limit).toBe('orders');
  expect((await ask(`${origin}/check/envoys/api/orders`)).status).toBe(400);
});

test.each(['/release', '/renew', '/refund'])(
  'a client of Envoy that asks for %s gives nothing back, but is decided about',
  async (way) => {
    const { origin } = await behind({ preset: 'envoy-ext-authz' });
    const answer = await ask(`${origin}/check${way}`, {
      json: { resource: 'orders', permits: 1, lease: 'a' },
    });
    expect([answer.status, answer.body.allowed]).toEqual([200, true]);
  },
);

test('beside a gateway that tells the path in a header, what settles goes to its own path, and only when posted', async () => {
  const { origin } = await behind({ preset: 'nginx' });
  const headers = { 'x-original-uri': '/api/orders' };
  const released = await ask(`${origin}/check/release`, { json: { lease: 'a' }, headers });
  expect([released.status, released.body.code]).toEqual([404, 'unknown_lease']);
  const json = { resource: 'r', permits: 1, decidedAt: 0 };
  const refunded = await ask(`${origin}/check/refund`, { json, headers });
  expect([refunded.status, refunded.text.startsWith('{"refunded":')]).toEqual([200, true]);
  expect((await ask(`${origin}/check/release`, { headers })).body.allowed).toBe(true);
});

test('a denial has the status that suits the gateway, unless the query of the check says otherwise', async () => {
  const nginx = await behind({ preset: 'nginx' });
  const uri = { 'x-original-uri': '/api/orders' };
  const denied = await nginx.check(uri, '/check?permits=101');
  expect([denied.status, denied.headers.get('x-headgate-status')]).toEqual([403, '429']);
  expect((await nginx.check(uri, '/check?permits=101&deny_status=503')).status).toBe(503);
  const traefik = await behind({ preset: 'traefik', denyStatus: 503 });
  expect((await traefik.check({ 'x-forwarded-uri': '/api/orders' }, '/check?permits=101')).status).toBe(503);
});

test('a query that may be the client’s counts for nothing', async () => {
  const { check, world } = await behind({ preset: 'caddy', trustQuery: false });
  for (const query of [
    'resource=else',
    'permits=0',
    'd.method=GET',
    'permits=',
    'a=%ff',
    'deny_status=200&detail=1',
  ]) {
    const { status, body } = await check(FORWARDED, `/check?${query}`);
    expect([status, body.limit, body.limits]).toEqual([
      200,
      expect.stringMatching(/orders|writes/),
      undefined,
    ]);
  }
  expect(world.region('us-east').usage('writes', '')?.windows[0]?.used).toBe(6);
});

test('the query of the check adds to what the gateway says, and has the last word', async () => {
  const { check } = await behind({ preset: 'traefik' });
  expect(met(await check(FORWARDED, '/check?detail=1&d.tenant=acme&d.method=GET'))).toEqual({
    orders: '',
    hosts: '',
    tenants: 'acme',
  });
});

test("a caller's own idempotency key buys nothing at a gateway", async () => {
  const { check, world } = await behind({ preset: 'traefik' });
  for (let at = 0; at < 2; at += 1) await check({ ...FORWARDED, 'idempotency-key': 'always-the-same' });
  expect(world.region('us-east').usage('orders', '')?.windows[0]?.used).toBe(2);
});

test('callers that say what they ask for are heard as ever beside a gateway', async () => {
  const { origin, check } = await behind({ preset: 'traefik' });
  expect((await ask(`${origin}/check`, { json: { resource: '/api/orders' } })).body.limit).toBe('orders');
  expect((await check(FORWARDED, '/check?resource=else&d.tenant=acme&detail=1')).body.limit).toBe('tenants');
  const lost = await ask(`${origin}/check`);
  expect([lost.status, lost.body.code]).toEqual([400, 'invalid_request']);
});

test('without a gateway in the configuration its header fields mean nothing', async () => {
  const { origin } = await serve();
  const answer = await ask(`${origin}/check`, { headers: FORWARDED });
  expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'resource']);
});

test.each([
  ['the last address that is not trusted', 'loopback', '203.0.113.9', '203.0.113.9'],
  ['not what a caller made up in front of it', 'loopback', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
  ['behind a row of trusted proxies', '127.0.0.1,10.0.0.0/8', '203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['IPv6 too', 'loopback', '2001:db8::1', '2001:db8::1'],
  ['the gateway itself where nobody else is told', 'loopback', '', '127.0.0.1'],
  ['the one who asks, where it is not trusted', '10.0.0.0/8', '203.0.113.9', '127.0.0.1'],
])('the client is %s', async (_what, trusted, forwardedFor, client) => {
  const { check } = await behind({ preset: 'traefik', trustedProxies: trusted.split(',') });
  expect(met(await check({ ...FORWARDED, 'x-forwarded-for': forwardedFor }))['clients']).toBe(client);
});

test('dimensions of the configuration stand beside those of the preset, and in place of one of the same name', async () => {
  const { check } = await behind({
    preset: 'traefik',
    dimensions: {
      tenant: { header: 'X-Tenant', default: 'nobody' },
      'api-key': { header: 'Authorization', hashed: true },
    },
  });
  const anonymous = met(await check({ ...FORWARDED, 'x-api-key': 'a' }));
  expect(anonymous).toEqual({ orders: '', writes: '', hosts: '', tenants: 'nobody' });
  const known = met(await check({ ...FORWARDED, 'x-tenant': 'acme', authorization: 'Bearer x' }));
  expect(known).toMatchObject({ tenants: 'acme', keys: expect.stringMatching(/^[\w-]{22}$/) });
  expect(
    met(await check({ ...FORWARDED, 'x-tenant': Buffer.from('größe').toString('latin1') }))['tenants'],
  ).toBe('größe');
});

test.each([
  [{ from: 'method-and-path' }, FORWARDED, 'POST /api/orders/7'],
  [{ from: 'constant', constant: 'everything-here' }, FORWARDED, 'everything-here'],
  [{ from: 'header', header: 'X-Route' }, { 'x-route': 'orders.create' }, 'orders.create'],
])('the resource is %j', async (resource, headers, expected) => {
  const asked: string[] = [];
  const { origin } = await serve({
    gateway: gatewayOf({ preset: 'traefik', resource }),
    coordinator: {
      check: (request) => {
        asked.push(request.resource);
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
  expect((await ask(`${origin}/check`, { headers })).status).toBe(200);
  expect(asked).toEqual([expected]);
});

test.each([
  ['a value that is too long', { ...FORWARDED, 'x-tenant': 'x'.repeat(257) }, '/check', 'x-tenant'],
  ['a query of the check that is not right', FORWARDED, '/check?permits=-1', 'permits'],
  ['an unknown parameter', FORWARDED, '/check?permit=1', 'permit'],
  ['no method where it is part of the resource', { 'x-forwarded-uri': '/a' }, '/check', 'resource'],
])('%s is refused and spends nothing', async (_what, headers, path, field) => {
  const { origin, measured } = await serve({
    gateway: gatewayOf({
      preset: 'custom',
      trustQuery: true,
      resource: { from: 'method-and-path' },
      dimensions: { tenant: { header: 'X-Tenant' } },
    }),
  });
  const { status, body } = await ask(origin + path, { headers });
  expect([status, body.code, body.errors[0].field]).toEqual([400, 'invalid_request', field]);
  expect(measured).toEqual([]);
});
