import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/client/connect.ts';
import { connect } from '../../src/client/connect.ts';
import type { Limiter } from '../../src/client/limiter.ts';
import { Deployment } from './deployment.ts';

const ORDERS = { resource: 'orders', dimensions: { tenant: 'acme' } };

/** Asks for single permits so many times a second for `ms` milliseconds; every answer, in the order in which they came. */
async function load(
  deployment: Deployment,
  limiter: Limiter,
  { perSecond, ms }: { readonly perSecond: number; readonly ms: number },
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (let atMs = 0; atMs < ms; atMs += 1_000 / perSecond)
    deployment.at(atMs, () => {
      void Promise.resolve(limiter.check(ORDERS)).then((decision) => decisions.push(decision));
    });
  await deployment.run(ms + 500);
  return decisions;
}

function tally(decisions: readonly Decision[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { source, allowed } of decisions) {
    const name = `${source} ${allowed ? 'allowed' : 'denied'}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('blocks', () => {
  test('what is asked for seldom is asked about one by one', async () => {
    const deployment = await Deployment.of({ limits: [{}] });
    const limiter = deployment.client();
    const decision = await deployment.answer(limiter.check(ORDERS));
    expect(decision).toMatchObject({ allowed: true, source: 'region', limit: 'everything', remaining: 999 });
    expect(decision.fields['RateLimit']).toBe('"everything";r=999;t=9');
    expect(deployment.asked.map(({ path }) => path)).toEqual(['/check']);
  });

  test('what is asked for often is decided here, with some questions a second', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 100_000 }] });
    const decisions = await load(deployment, deployment.client(), { perSecond: 500, ms: 4_000 });
    expect(decisions).toHaveLength(2_000);
    expect(tally(decisions)['block allowed']).toBeGreaterThan(1_950);
    expect(deployment.asked.length).toBeLessThan(40);
    expect(deployment.askedAt('/check')).toHaveLength(2);
  });

  test('with a block the answer is there at once, and knows what is left', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 1_000 }] });
    const limiter = deployment.client();
    for (let nth = 0; nth < 10; nth += 1) await deployment.answer(limiter.check(ORDERS));
    const decision = limiter.check(ORDERS);
    expect(decision).not.toBeInstanceOf(Promise);
    expect(JSON.parse(JSON.stringify(decision))).toMatchObject({
      allowed: true,
      reason: 'ok',
      source: 'block',
      limit: 'everything',
      remaining: 989,
      limits: [{ limit: 'everything', quota: 1_000, windowMs: 10_000, remaining: 989 }],
    });
  });

  test('those that come while a block is on its way are decided together', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 100 }] });
    const limiter = deployment.client();
    const answers = Array.from({ length: 150 }, () => limiter.check(ORDERS));
    const decisions = await deployment.answer(Promise.all(answers));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(100);
    // The first two by themselves; the third asks for a block, and those after it in one go.
    expect(deployment.asked.length).toBeLessThan(8);
    expect(deployment.used()).toBe(100);
  });

  test('a large request that is denied takes nothing from small ones', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 10 }] });
    const limiter = deployment.client();
    for (let nth = 0; nth < 4; nth += 1) await deployment.answer(limiter.check({ ...ORDERS, permits: 2 }));
    const large = await deployment.answer(limiter.check({ ...ORDERS, permits: 5 }));
    expect([large.allowed, large.reason]).toEqual([false, 'global_limit_exceeded']);
    expect((await deployment.answer(limiter.check({ ...ORDERS, permits: 2 }))).allowed).toBe(true);
  });

  test('are spent in their window only: in the next everything is charged anew', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 200, windowMs: 1_000 }] });
    const limiter = deployment.client();
    const decisions = await load(deployment, limiter, { perSecond: 1_000, ms: 5_000 });
    const allowed = decisions.filter((decision) => decision.allowed).length;
    expect(allowed).toBeGreaterThan(990);
    expect(allowed).toBeLessThanOrEqual(1_000);
  });

  test('what is left comes back when nobody asks any more, and the kind is forgotten', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 10_000, windowMs: 60_000 }] });
    const limiter = deployment.client();
    await load(deployment, limiter, { perSecond: 100, ms: 1_000 });
    expect(limiter.stats().shapes).toBe(1);
    await deployment.run(1_500);
    expect(deployment.askedAt('/lease/return')).not.toEqual([]);
    expect(deployment.used()).toBe(100);
    expect(limiter.stats()).toMatchObject({ shapes: 0, block: expect.any(Number) });
  });

  test('what is left comes back on close, that on its way included', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 10_000 }] });
    const limiter = deployment.client();
    for (let nth = 0; nth < 10; nth += 1) await deployment.answer(limiter.check(ORDERS));
    const onItsWay = limiter.check({ ...ORDERS, permits: 500 });
    await deployment.answer(limiter.close());
    expect((await onItsWay).allowed).toBe(true);
    expect(deployment.used()).toBe(510);
    expect(limiter.check(ORDERS)).toMatchObject({ allowed: false, source: 'fallback' });
    const { permitsTaken, permitsReturned } = limiter.stats();
    expect(permitsTaken - permitsReturned).toBe(508);
  });

  test('of a sliding window what is left comes back when its slot is over, for it would count for long', async () => {
    const deployment = await Deployment.of({
      limits: [{ algorithm: 'sliding-window', limit: 300, windowMs: 10_000 }],
    });
    const limiter = deployment.client();
    const decisions = await load(deployment, limiter, { perSecond: 40, ms: 20_000 });
    const allowed = decisions.filter((decision) => decision.allowed).length;
    // 300 in any ten seconds, of 400 asked for.
    expect(allowed).toBeLessThanOrEqual(600 + 300);
    expect(allowed).toBeGreaterThan(560);
  });
});

describe('where no blocks are given', () => {
  test('each request is asked about, and after a while whether there are any', async () => {
    const deployment = await Deployment.of({ limits: [{ algorithm: 'concurrency', limit: 1_000 }] });
    const limiter = deployment.client();
    const decisions = await load(deployment, limiter, { perSecond: 10, ms: 12_000 });
    expect(decisions.every(({ lease }) => lease !== undefined)).toBe(true);
    expect(deployment.askedAt('/lease')).toHaveLength(2);
  });

  test('leases: false asks about every request', async () => {
    const deployment = await Deployment.of({ limits: [{}] });
    const decisions = await load(deployment, deployment.client({ leases: false }), {
      perSecond: 50,
      ms: 1_000,
    });
    expect(tally(decisions)).toEqual({ 'region allowed': 50 });
    expect(deployment.askedAt('/lease')).toEqual([]);
  });

  test('more kinds of requests than are followed are asked about', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 10_000 }] });
    const limiter = deployment.client({ leases: { shapesMax: 2 } });
    for (let nth = 0; nth < 20; nth += 1)
      for (const tenant of ['a', 'b', 'c', 'd'])
        await deployment.answer(limiter.check({ resource: 'orders', dimensions: { tenant } }));
    expect(limiter.stats()).toMatchObject({ shapes: 2, block: expect.any(Number) });
    expect(deployment.askedAt('/check').length).toBeGreaterThanOrEqual(40);
    expect(limiter.stats().block).toBeGreaterThan(30);
  });

  test('a request for nothing looks at what is left', async () => {
    const deployment = await Deployment.of({ limits: [{}] });
    const limiter = deployment.client();
    for (let nth = 0; nth < 5; nth += 1)
      expect(await deployment.answer(limiter.check({ ...ORDERS, permits: 0 }))).toMatchObject({
        allowed: true,
        source: 'region',
        remaining: 1_000,
      });
  });
});

describe('denials', () => {
  test('of a flood most are answered here, and what is free again is noticed at once', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 100, windowMs: 1_000 }] });
    const decisions = await load(deployment, deployment.client(), { perSecond: 2_000, ms: 3_000 });
    const counts = tally(decisions);
    expect(counts['memory denied']).toBeGreaterThan(4_500);
    expect(decisions.filter(({ allowed }) => allowed).length).toBeGreaterThanOrEqual(295);
    expect(deployment.asked.length).toBeLessThan(400);
    const denied = decisions.filter(({ allowed }) => !allowed);
    expect(denied.every(({ retryAfterMs = 0 }) => retryAfterMs > 0 && retryAfterMs <= 1_000)).toBe(true);
    expect(denied[0]).toMatchObject({ reason: 'global_limit_exceeded', limit: 'everything', remaining: 0 });
  });

  test('what can never be had is told no time', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 10 }] });
    const limiter = deployment.client();
    for (let nth = 0; nth < 5; nth += 1) await deployment.answer(limiter.check(ORDERS));
    const decision = await deployment.answer(limiter.check({ ...ORDERS, permits: 11 }));
    expect([decision.allowed, decision.retryAfterMs]).toEqual([false, undefined]);
  });
});

describe('the kinds of requests', () => {
  test('do not depend on the order of dimensions, and are not confused by what is in them', async () => {
    const deployment = await Deployment.of({ limits: [{ limit: 10_000 }] });
    const limiter = deployment.client();
    const kinds = [
      { resource: 'r', dimensions: { a: '1', b: '2' } },
      { resource: 'r', dimensions: { b: '2', a: '1' } },
      { resource: 'r', dimensions: { a: '1:b1:2' } },
      { resource: 'r', dimensions: { a: '1' } },
      { resource: 'r1:a', dimensions: {} },
      { resource: 'r' },
      { resource: 'r', dimensions: {} },
    ];
    for (const kind of kinds) await deployment.answer(limiter.check(kind));
    expect(limiter.stats().shapes).toBe(5);
  });
});

test('what is no request is refused, and what the coordinator finds wrong too', async () => {
  const deployment = await Deployment.of({ limits: [{}] });
  const limiter = deployment.client();
  expect(() => limiter.check({ resource: 7 as unknown as string })).toThrow(/resource must be a string/);
  expect(() => limiter.check({ resource: 'r', dimensions: { a: 1 as unknown as string } })).toThrow(
    /dimensions\.a must be a string/,
  );
  for (const permits of [-1, 1.5, Number.NaN, 1_000_001])
    expect(() => limiter.check({ ...ORDERS, permits })).toThrow(/permits must be an integer/);
  for (let nth = 0; nth < 5; nth += 1)
    await expect(deployment.answer(limiter.check({ resource: '' }))).rejects.toThrow(
      /invalid_request: resource/,
    );
});

test.each([
  [{ url: 'nowhere' }, /url must be an address/],
  [{ url: 'ftp://a' }, /http:\/\/ or https:\/\//],
  [{ url: 'http://me@a' }, /give a token/],
  [{ url: 'http://a', token: 'a b' }, /token must be/],
  [{ url: 'http://a', timeoutMs: 0 }, /timeoutMs must be an integer from 1 to 60000, not 0/],
  [{ url: 'http://a', leases: { aheadMs: 1e9 } }, /leases\.aheadMs must be/],
  [{ url: 'http://a', onError: 'ajar' as 'open' }, /onError must be/],
])('options %j are refused', (options, message) => {
  expect(() => connect(options)).toThrow(message);
});
