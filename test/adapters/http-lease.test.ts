import { describe, expect, test } from 'vitest';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { type Answer, ask, type Served, type ServeOptions, serve } from './http-fixture.ts';

// The first second of a window of 10 s, of which this region of three has 400 of 1,000.
const ORDERS = { resource: 'orders', dimensions: {} };

class Gateway {
  readonly served: Served;

  constructor(served: Served) {
    this.served = served;
  }

  lease(permits: number, needed = 0, smallest = needed): Promise<Answer> {
    return ask(`${this.served.origin}/lease`, { json: { ...ORDERS, permits, needed, smallest } });
  }

  giveBack(block: string, permits: number): Promise<Answer> {
    return ask(`${this.served.origin}/lease/return`, { json: { block, permits } });
  }

  check(permits: number, request: object = ORDERS): Promise<Answer> {
    return ask(`${this.served.origin}/check`, { json: { ...request, permits } });
  }

  used(limit: string): number | undefined {
    return this.served.world.region('us-east').usage(limit, '')?.windows[0]?.used;
  }

  wallMs(): number {
    return this.served.world.clock('us-east').now().wallMs;
  }
}

async function gateway(...limits: readonly Partial<LimitSpec>[]): Promise<Gateway> {
  return gatewayWith({}, ...limits);
}

async function gatewayWith(
  options: ServeOptions,
  ...limits: readonly Partial<LimitSpec>[]
): Promise<Gateway> {
  return new Gateway(await serve({ ...options, limits: limits.map((limit) => limitSpec(limit)) }));
}

describe('a block', () => {
  test('is spent when it is given, and says under what and until when it may be spent again', async () => {
    const one = await gateway({ name: 'calls', limit: 1_000 });
    const { status, body, headers } = await one.lease(60, 10);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const windowId = Math.floor(one.wallMs() / 10_000);
    const expiresInMs = (windowId + 1) * 10_000 - one.wallMs() - 1;
    expect(body).toEqual({
      leasable: true,
      permits: 60,
      block: expect.any(String),
      expiresInMs,
      limits: [
        {
          limit: 'calls',
          permits: 60,
          windowId,
          windowEndsAt: (windowId + 1) * 10_000,
          expiresInMs,
          quota: 1_000,
          windowMs: 10_000,
          remaining: 340,
          globalRemaining: 940,
          resetInMs: expiresInMs + 1,
        },
      ],
      region: 'us-east',
      degraded: false,
    });
    expect(one.used('calls')).toBe(60);
  });

  test('is a quarter of what is left at most, beyond what is needed at once', async () => {
    const one = await gateway({ limit: 1_000 });
    expect((await one.lease(1_000)).body.permits).toBe(100);
    expect((await one.lease(1_000, 200)).body.permits).toBe(200);
    // A hundred are left: the nearer the limit, the smaller the blocks.
    expect((await one.lease(1_000)).body.permits).toBe(25);
    // A request for more than there is takes nothing from smaller ones; of many together so many pass as can.
    expect((await one.lease(1_000, 100)).body.permits).toBe(0);
    const all = await one.lease(1_000, 100, 1);
    expect(all.body.permits).toBe(75);
    expect(all.body.denial).toEqual({
      reason: 'region_share_exhausted',
      limit: 'everything',
      retryAfterMs: expect.any(Number),
    });
    const none = await one.lease(5);
    expect([none.body.leasable, none.body.permits, none.body.denial]).toEqual([true, 0, undefined]);
  });

  test('is charged under every limit that its request meets, and as large as the tightest allows', async () => {
    const one = await gateway(
      { name: 'wide', limit: 10_000 },
      { name: 'tight', limit: 100, windowMs: 2_000 },
    );
    const { body } = await one.lease(1_000);
    expect(body.permits).toBe(10);
    expect([one.used('wide'), one.used('tight')]).toEqual([10, 10]);
    // It is over with the window that ends first.
    expect(body.expiresInMs).toBe(2_000 - (one.wallMs() % 2_000) - 1);
  });

  test.each([
    ['sliding-window', 10_000, 1_000],
    ['token-bucket', 10_000, 1_000],
    ['quota', 60_000, 60_000],
  ] as const)('of a %s is over with what it is counted in', async (algorithm, windowMs, countedInMs) => {
    const one = await gateway({
      algorithm,
      windowMs,
      limit: 1_000,
      burst: 1_000,
      ...(algorithm === 'quota' && { period: { unit: 'hour', timeZone: 'UTC' } }),
    });
    one.served.world.run(3_300);
    const { body } = await one.lease(4);
    expect(body.permits).toBe(4);
    expect(body.expiresInMs).toBe(Math.min(10_000, countedInMs - (one.wallMs() % countedInMs) - 1));
  });

  test('that meets no limit is good for the rest of the second', async () => {
    const one = await gateway({ resource: 'else' });
    const { body } = await one.lease(500);
    expect([body.permits, body.limits]).toEqual([500, []]);
    expect(body.expiresInMs).toBe(1_000 - (one.wallMs() % 1_000) - 1);
  });
});

describe('what is left of a block', () => {
  test('comes back once, never more than was given', async () => {
    const one = await gateway({ name: 'calls', limit: 1_000 });
    const { body } = await one.lease(60, 10);
    const back = await one.giveBack(body.block, 1_000_000);
    expect([back.status, back.body]).toEqual([200, { returned: [{ limit: 'calls', permits: 60 }] }]);
    const again = await one.giveBack(body.block, 50);
    expect([again.status, again.body.code]).toEqual([404, 'unknown_block']);
    expect(one.used('calls')).toBe(0);
  });

  test.each(['fixed-window', 'token-bucket', 'sliding-window'] as const)(
    'frees nothing of a later window: %s',
    async (algorithm) => {
      const one = await gateway({ algorithm, limit: 1_000, windowMs: 1_000, burst: 1_000 });
      const { body } = await one.lease(50);
      one.served.world.run(1_000);
      await one.check(80);
      const before = (await one.check(0)).body.remaining;
      await one.giveBack(body.block, 50);
      const after = (await one.check(0)).body.remaining;
      // A bucket is fuller for it: these were never spent, and it holds no more than its burst.
      expect(after - before).toBe(algorithm === 'token-bucket' ? 50 : 0);
    },
  );

  test('goes back to the slot in which it was charged', async () => {
    const one = await gateway({ algorithm: 'sliding-window', limit: 1_000, windowMs: 10_000 });
    await one.check(100);
    one.served.world.run(2_000);
    const { body } = await one.lease(40);
    one.served.world.run(1_000);
    expect((await one.giveBack(body.block, 40)).body.returned).toEqual([
      { limit: 'everything', permits: 40 },
    ]);
    // The hundred of the first slot count for as long as they did.
    one.served.world.run(6_000);
    expect((await one.check(0)).body.remaining).toBe(300);
  });
});

describe('limits of which no blocks are given', () => {
  test.each([
    ['concurrency', {}],
    ['leaky-bucket', { burst: 10, delayMsMax: 1_000 }],
  ] as const)('%s', async (algorithm, more) => {
    const one = await gateway(
      { name: 'each', algorithm, limit: 10, ...more },
      { name: 'calls', limit: 1_000 },
    );
    const { body } = await one.lease(5, 5);
    expect(body).toEqual({
      leasable: false,
      reason: 'algorithm',
      limit: 'each',
      forMs: 10_000,
      region: 'us-east',
      degraded: false,
    });
    expect(one.used('calls')).toBe(0);
  });

  test.each([{ mode: 'shadow' }, { rolloutPermille: 0 }] as const)(
    'what is tried out is given as long as all of it would be allowed: %j',
    async (tried) => {
      const one = await gateway({ name: 'tried', limit: 100, ...tried }, { name: 'calls', limit: 100_000 });
      expect((await one.lease(1_000)).body).toMatchObject({ leasable: true, permits: 10 });
      await one.check(30);
      const { body } = await one.lease(10, 1);
      expect(body).toMatchObject({ leasable: false, reason: 'shadow', limit: 'tried' });
      expect(body.forMs).toBeGreaterThanOrEqual(100);
      expect(one.used('calls')).toBe(40);
    },
  );

  test('what is disabled is as if it were not there', async () => {
    const one = await gateway({ mode: 'disabled', limit: 1 }, { name: 'calls', limit: 1_000 });
    expect((await one.lease(50)).body).toMatchObject({ leasable: true, permits: 50 });
  });

  test('a coordinator that is about to stop gives none', async () => {
    const one = await gateway({ limit: 1_000 });
    const held = (await one.lease(50)).body;
    one.served.server.drain();
    expect((await one.lease(50)).body).toMatchObject({ leasable: false, reason: 'draining' });
    expect((await one.giveBack(held.block, 50)).status).toBe(200);
  });
});

const LONG = 'x'.repeat(257);

const WRONG = [
  ['/lease', {}, ['resource', 'permits']],
  ['/lease', { ...ORDERS, permits: 0 }, ['permits']],
  ['/lease', { ...ORDERS, permits: 1_000_001 }, ['permits']],
  ['/lease', { ...ORDERS, permits: 2, needed: 3 }, ['needed']],
  ['/lease', { ...ORDERS, permits: 2, needed: -1 }, ['needed']],
  ['/lease', { ...ORDERS, permits: 3, needed: 2, smallest: 3 }, ['smallest']],
  ['/lease', { ...ORDERS, permits: 2, requestId: 'a' }, ['requestId']],
  ['/lease?needed=1', { ...ORDERS, permits: 2 }, ['needed']],
  ['/lease/return', {}, ['block', 'permits']],
  ['/lease/return', { block: LONG, permits: 1 }, ['block']],
  ['/lease/return', { block: 'a', permits: 1.5 }, ['permits']],
] as const;

test('what is asked wrongly is refused, with every field that is not right', async () => {
  const { served } = await gateway({});
  for (const [path, json, fields] of WRONG) {
    const { status, body } = await ask(`${served.origin}${path}`, { json });
    expect([json, status, body.code]).toEqual([json, 400, 'invalid_request']);
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  }
});

test('who takes blocks needs the role that decisions need', async () => {
  const hash = 'sha256:fc54a5caafc0b5b9c95a5d26fd3d53a5a4e4ff2ab1ac8f3c0d2f2f16bdd10a7c';
  const one = await gatewayWith({ tokens: [{ name: 'reader', role: 'read', hash }] }, {});
  expect((await one.lease(1)).body.code).toBe('token_missing');
  expect((await one.giveBack('a', 1)).body.code).toBe('token_missing');
});
