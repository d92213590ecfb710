import { isInnerList, parseList } from 'structured-headers';
import { expect, test } from 'vitest';
import { availableField, policyField, retryAfterField } from '../../src/adapters/http/rate-limit-fields.ts';
import type { Decision, Verdict } from '../../src/core/decision.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { ask, serve } from './http-fixture.ts';

/** A List of structured fields as pairs of the item's string and its parameters. */
function listOf(field: string | null): [unknown, Record<string, unknown>][] {
  return parseList(field ?? '').map((item) => {
    if (isInnerList(item)) throw new Error('an inner list has no place here');
    return [item[0], Object.fromEntries(item[1])];
  });
}

function verdict(changes: Partial<Verdict> & { readonly name?: string }): Verdict {
  const { name = 'a', ...rest } = changes;
  return {
    limit: compileLimit(limitSpec({ name })),
    key: '',
    windowId: 0,
    permits: 1_000,
    allowed: true,
    reason: 'ok',
    remaining: 1,
    globalRemaining: 1,
    resetAtMs: 12_000,
    retryAfterMs: 0,
    delayMs: 0,
    ...rest,
  };
}

function decision(...verdicts: readonly Verdict[]): Decision {
  const allowed = verdicts.every((each) => each.allowed);
  return {
    allowed,
    reason: 'ok',
    verdict: verdicts[0],
    verdicts,
    delayMs: 0,
    lease: undefined,
    atMs: 0,
    degraded: false,
  };
}

test('real answers parse as structured fields, the most restrictive limit first', async () => {
  const { origin } = await serve();
  const { headers, body } = await ask(`${origin}/check?resource=api.orders.x&d.tenant=acme`);
  expect(listOf(headers.get('ratelimit-policy'))).toEqual([
    ['orders-per-tenant', { q: 5, w: 10 }],
    ['everything', { q: 1_000, w: 10 }],
  ]);
  expect(listOf(headers.get('ratelimit'))).toEqual([
    ['orders-per-tenant', { r: body.remaining, t: 9 }],
    ['everything', { r: expect.any(Number), t: 9 }],
  ]);
  expect(headers.has('retry-after')).toBe(false);
});

test('a denied caller that waits for Retry-After gets through', async () => {
  const { origin, world } = await serve();
  const denied = await ask(`${origin}/check?resource=api.orders.x&d.tenant=acme&permits=2`);
  const attempts = [denied];
  while (attempts.at(-1)?.status === 200) {
    attempts.push(await ask(`${origin}/check?resource=api.orders.x&d.tenant=acme&permits=2`));
  }
  const last = attempts.at(-1);
  expect(last?.status).toBe(429);
  const wait = Number(last?.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(0);
  world.run(wait * 1_000);
  expect((await ask(`${origin}/check?resource=api.orders.x&d.tenant=acme&permits=2`)).status).toBe(200);
});

test.each([
  ['nothing denied: until the window ends', verdict({ resetAtMs: 10_001 }), 1],
  [
    'denied: until the same request could pass',
    verdict({ allowed: false, retryAfterMs: 840, resetAtMs: 60_000 }),
    1,
  ],
  ['a window that is over', verdict({ resetAtMs: 9_000 }), 0],
])('t in seconds, rounded up: %s', (_case, each, t) => {
  expect(listOf(availableField(decision(each), 10_000))).toEqual([['a', { r: 1, t }]]);
});

test.each([
  [0, 0, '0'],
  [1, 0, '1'],
  [1_000, 0, '1'],
  [1_000, 0.5, '2'],
  [10_000, 0.99, '11'],
  [60_000, 0.999, '66'],
  [Number.POSITIVE_INFINITY, 0, undefined],
])('%d ms of waiting with chance %d is Retry-After %s', (retryAfterMs, chance, seconds) => {
  const denied = decision(
    verdict({ allowed: false, retryAfterMs }),
    verdict({ allowed: false, retryAfterMs: 0 }),
  );
  expect(retryAfterField(denied, () => chance)).toBe(seconds);
});

test('Retry-After waits for the slowest limit that denied, and not for one that allowed', () => {
  const slow = verdict({ allowed: false, retryAfterMs: 7_000 });
  const fast = verdict({ allowed: false, retryAfterMs: 2_000 });
  const calm = verdict({ resetAtMs: 99_000 });
  expect(retryAfterField(decision(fast, slow, calm), () => 0)).toBe('7');
});

test.each([
  ['quoted "name" \\', 'quoted "name" \\'],
  ['größe', 'gr??e'],
])('the name %s becomes a string of structured fields', (name, parsed) => {
  expect(listOf(policyField(decision(verdict({ name }))))[0]?.[0]).toBe(parsed);
});

test('many matched limits fill at most eight items', () => {
  const verdicts = Array.from({ length: 20 }, (_, at) => verdict({ name: `limit-${at}` }));
  expect(listOf(policyField(decision(...verdicts))).map(([name]) => name)).toEqual(
    verdicts.slice(0, 8).map(({ limit }) => limit.spec.name),
  );
});
