import { describe, expect, test } from 'vitest';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { type Answer, ask, type Served, serve } from './http-fixture.ts';

/** Of ten reports at one time this region may run four, a minute each; and of calls it may make 400. */
const LIMITS: readonly LimitSpec[] = [
  limitSpec({
    name: 'reports',
    resource: 'reports.*',
    algorithm: 'concurrency',
    limit: 10,
    windowMs: 10_000,
  }),
  limitSpec({ name: 'calls', resource: '*', limit: 1_000 }),
];

const REPORT = { resource: 'reports.run', dimensions: {} };

/** The exchange of one test with one coordinator. */
class Caller {
  readonly served: Served;

  constructor(served: Served) {
    this.served = served;
  }

  post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return ask(`${this.served.origin}${path}`, { json, headers });
  }

  async held(permits: number): Promise<string> {
    const { status, body } = await this.post('/check', { ...REPORT, permits });
    expect([status, typeof body.lease]).toEqual([200, 'string']);
    return body.lease;
  }

  used(limit: string): number | undefined {
    return this.served.world.region('us-east').usage(limit, '')?.windows[0]?.used;
  }
}

async function caller(options: Parameters<typeof serve>[0] = {}): Promise<Caller> {
  return new Caller(await serve({ limits: LIMITS, ...options }));
}

describe('a lease', () => {
  test('says when it runs out, and is given by allowed answers alone', async () => {
    const one = await caller();
    const { body } = await one.post('/check', { ...REPORT, permits: 4 });
    const nowMs = one.served.world.clock('us-east').now().wallMs;
    expect(body.leaseExpiresAt).toBe(Math.floor(nowMs / 1_000) * 1_000 + 11_000);
    expect((await one.post('/check/renew', { lease: body.lease })).body.expiresAt).toBe(body.leaseExpiresAt);
    const denied = await one.post('/check', REPORT);
    expect([denied.status, denied.body.reason]).toEqual([429, 'concurrency_exceeded']);
    expect(denied.text).not.toContain('lease');
    expect((await one.post('/check', { resource: 'else' })).text).not.toContain('lease');
  });

  test('is released once, and then there is room again', async () => {
    const one = await caller();
    const lease = await one.held(4);
    expect((await one.post('/check', REPORT)).status).toBe(429);
    const released = await one.post('/check/release', { lease });
    expect([released.status, released.body]).toEqual([200, { released: true }]);
    expect(released.headers.get('cache-control')).toBe('no-store');
    expect((await one.post('/check', { ...REPORT, permits: 4 })).status).toBe(200);
    const again = await one.post('/check/release', { lease });
    expect([again.status, again.body.code]).toEqual([404, 'unknown_lease']);
    expect(again.headers.get('content-type')).toContain('application/problem+json');
  });

  test('is renewed for a full time, and not known any more once it has run out', async () => {
    const one = await caller();
    const lease = await one.held(1);
    one.served.world.run(5_000);
    const renewed = await one.post('/check/renew', { lease });
    expect([renewed.status, renewed.body.renewed]).toEqual([200, true]);
    const nowMs = one.served.world.clock('us-east').now().wallMs;
    expect(renewed.body.expiresAt - nowMs).toBeGreaterThanOrEqual(10_000);
    one.served.world.run(11_000);
    for (const path of ['/check/renew', '/check/release'])
      expect((await one.post(path, { lease })).body.code).toBe('unknown_lease');
  });

  test('is not renewed where there is no room for it any more', async () => {
    const one = await caller();
    const lease = await one.held(4);
    // Cut off from both others this region has its floor alone, half of its share.
    one.served.world.loses = () => true;
    one.served.world.run(8_000);
    const refused = await one.post('/check/renew', { lease });
    expect([refused.status, refused.body.code, refused.body.retryable]).toEqual([
      409,
      'concurrency_exceeded',
      true,
    ]);
    expect((await one.post('/check/release', { lease })).status).toBe(200);
  });
});

describe('a refund', () => {
  const CALL = { resource: 'orders', dimensions: {} };

  test('comes back under every limit that its request meets, and no more than was spent', async () => {
    const one = await caller();
    const { decidedAt } = (await one.post('/check', { ...CALL, permits: 7 })).body;
    const some = await one.post('/check/refund', { ...CALL, permits: 3, decidedAt });
    expect([some.status, some.body]).toEqual([200, { refunded: [{ limit: 'calls', permits: 3 }] }]);
    expect(one.used('calls')).toBe(4);
    const more = await one.post('/check/refund', { ...CALL, permits: 1_000, decidedAt });
    expect(more.body).toEqual({ refunded: [{ limit: 'calls', permits: 4 }] });
    expect(one.used('calls')).toBe(0);
  });

  test('comes back in the window of the decision alone: not to what others spent in the next', async () => {
    const one = await caller();
    const { world } = one.served;
    world.runToNext(10_000, 9_000);
    const { decidedAt } = (await one.post('/check', { ...CALL, permits: 7 })).body;
    expect(decidedAt).toBe(Math.floor(world.clock('us-east').now().wallMs));
    world.runToNext(10_000, 500);
    await one.post('/check', { ...CALL, permits: 5 });
    const nothing = { refunded: [{ limit: 'calls', permits: 0 }] };
    expect((await one.post('/check/refund', { ...CALL, permits: 5, decidedAt })).body).toEqual(nothing);
    const tomorrow = { ...CALL, permits: 5, decidedAt: decidedAt + 86_400_000 };
    expect((await one.post('/check/refund', tomorrow)).body).toEqual({ refunded: [] });
    expect(one.used('calls')).toBe(5);
  });

  test('leaves what is held at one time to its lease', async () => {
    const one = await caller();
    const { decidedAt } = (await one.post('/check', { ...REPORT, permits: 2 })).body;
    expect((await one.post('/check/refund', { ...REPORT, permits: 2, decidedAt })).body).toEqual({
      refunded: [{ limit: 'calls', permits: 2 }],
    });
    expect(one.used('reports')).toBe(2);
  });

  test('that meets no limit gives nothing back', async () => {
    const one = await caller({ limits: LIMITS.slice(0, 1) });
    expect((await one.post('/check/refund', { resource: 'else', permits: 1, decidedAt: 1 })).body).toEqual({
      refunded: [],
    });
  });

  test.each(['body', 'header'])(
    'with an id in the %s is made once within a minute, and answered alike',
    async (place) => {
      const one = await caller();
      const asked = await one.post('/check', { ...CALL, permits: 9, requestId: 'a' });
      const { decidedAt } = asked.body;
      const refund = () =>
        one.post(
          '/check/refund',
          { ...CALL, permits: 3, decidedAt, ...(place === 'body' && { requestId: 'a' }) },
          place === 'header' ? { 'idempotency-key': 'a' } : {},
        );
      const first = await refund();
      const second = await refund();
      expect(second.body).toEqual(first.body);
      expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([
        null,
        'true',
      ]);
      expect(one.used('calls')).toBe(6);
      const other = await one.post('/check/refund', { ...CALL, permits: 4, decidedAt, requestId: 'a' });
      expect([other.status, other.body.code]).toEqual([422, 'request_id_reused']);
      expect(one.used('calls')).toBe(6);
    },
  );
});

const LONG = 'x'.repeat(257);

test.each([
  ['/check/release', {}, ['lease']],
  ['/check/release', { lease: '' }, ['lease']],
  ['/check/renew', { lease: LONG }, ['lease']],
  ['/check/renew', { lease: 'a\nb' }, ['lease']],
  ['/check/release', { lease: 'a', resource: 'r' }, ['resource']],
  ['/check/refund', {}, ['resource', 'permits', 'decidedAt']],
  ['/check/refund', { resource: 'r', permits: 1 }, ['decidedAt']],
  ['/check/refund', { resource: 'r', permits: 1, decidedAt: -1 }, ['decidedAt']],
  ['/check/refund', { resource: 'r', permits: 1, decidedAt: 9e15 }, ['decidedAt']],
  ['/check/refund', { resource: 'r', permits: -1, decidedAt: 0 }, ['permits']],
  ['/check/refund', { resource: 'r', permits: 1_000_001, decidedAt: 0 }, ['permits']],
  ['/check/refund', { resource: 'r', permits: 1, dimensions: { a: 1 }, decidedAt: 0 }, ['dimensions.a']],
  ['/check/refund', { resource: 'r', permits: 1, denyStatus: 403, decidedAt: 0 }, ['denyStatus']],
  ['/check/refund', { resource: 'r', permits: 1, requestId: LONG, decidedAt: 0 }, ['requestId']],
  ['/check/refund?permits=1', { resource: 'r', permits: 1, decidedAt: 0 }, ['permits']],
  ['/check/release?lease=a', { lease: 'a' }, ['lease']],
])('%s with %j is refused for %j', async (path, json, fields) => {
  const one = await caller();
  const { status, body } = await one.post(path, json);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
});

test.each(['/check/release', '/check/renew', '/check/refund'])(
  '%s takes nothing but one object, and by any other method it is a check',
  async (path) => {
    const one = await caller();
    expect((await one.post(path, [])).body.code).toBe('malformed_json');
    const { origin } = one.served;
    expect((await ask(`${origin}${path}?resource=orders`)).body).toMatchObject({ allowed: true });
  },
);

test('who settles needs the role that decisions need', async () => {
  const hash = 'sha256:fc54a5caafc0b5b9c95a5d26fd3d53a5a4e4ff2ab1ac8f3c0d2f2f16bdd10a7c';
  const one = await caller({ tokens: [{ name: 'reader', role: 'read', hash }] });
  for (const path of ['/check/release', '/check/renew', '/check/refund'])
    expect((await one.post(path, { lease: 'a' })).body.code).toBe('token_missing');
});
