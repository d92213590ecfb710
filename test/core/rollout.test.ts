import { expect, test } from 'vitest';
import { compileLimit } from '../../src/core/limit.ts';
import { isEnforced, Matcher } from '../../src/core/match.ts';
import { limitSpec } from '../world.ts';
import { sole } from './sole.ts';

const KEYS = Array.from({ length: 20_000 }, (_, at) => `tenant-${at}`);
const enforcedOf = (rolloutPermille: number, name = 'everything') => {
  const limit = compileLimit(limitSpec({ name, rolloutPermille }));
  return new Set(KEYS.filter((key) => isEnforced(limit, key)));
};

test.each([0, 1, 100, 500, 999, 1_000])(
  'a rollout of %i thousandths enforces for so many of the keys',
  (permille) => {
    const part = enforcedOf(permille).size / KEYS.length;
    if (permille % 1_000 === 0) expect(part).toBe(permille / 1_000);
    expect(Math.abs(part - permille / 1_000)).toBeLessThan(0.015);
  },
);

test('a rollout that goes on enforces for all for whom it did before', () => {
  const [before, after] = [enforcedOf(200), enforcedOf(300)];
  expect([...before].every((key) => after.has(key))).toBe(true);
});

test('under different limits it is different keys that go first', () => {
  const [one, other] = [enforcedOf(500, 'one'), enforcedOf(500, 'other')];
  const both = [...one].filter((key) => other.has(key)).length / KEYS.length;
  expect(Math.abs(both - 0.25)).toBeLessThan(0.02);
});

test('a key that the rollout has not come to is in shadow; the others are denied', () => {
  const lone = sole({ limit: 0, rolloutPermille: 500, dimensions: { tenant: '*' } });
  const enforced = enforcedOf(500);
  for (const tenant of KEYS.slice(0, 200)) {
    const denied = enforced.has(tenant);
    const { allowed, reason } = lone.check(1, { tenant });
    expect([allowed, reason]).toEqual([!denied, denied ? 'global_limit_exceeded' : 'shadow']);
  }
});

test.each(['shadow', 'disabled'] as const)('no rollout enforces a limit that is %s', (mode) => {
  expect(isEnforced(compileLimit(limitSpec({ mode, rolloutPermille: 1_000 })), 'acme')).toBe(false);
});

const LIMITS = 10_000;
const matcherOf = (
  dimensionsOf: (at: number) => Readonly<Record<string, string>>,
  resourceOf = (_at: number) => 'orders',
) =>
  new Matcher(
    Array.from({ length: LIMITS }, (_, at) => ({
      limit: compileLimit(
        limitSpec({ name: `limit-${at}`, resource: resourceOf(at), dimensions: dimensionsOf(at) }),
      ),
    })),
  );

test.each([
  { differ: 'in their only dimension', dimensionsOf: (at: number) => ({ tenant: `t${at}` }) },
  { differ: 'in the second of two', dimensionsOf: (at: number) => ({ plan: 'pro', tenant: `t${at}` }) },
  { differ: 'in the first of two', dimensionsOf: (at: number) => ({ tenant: `t${at}`, plan: 'pro' }) },
  { differ: 'beside one that makes keys', dimensionsOf: (at: number) => ({ user: '*', tenant: `t${at}` }) },
])('of 10,000 limits that differ $differ only those that may be met are looked at', ({ dimensionsOf }) => {
  const matcher = matcherOf(dimensionsOf);
  const ask = (tenant: string) =>
    matcher.candidates({ resource: 'orders', dimensions: { tenant, plan: 'pro', user: 'u1' }, permits: 1 });
  expect(ask('t7').map(({ limit }) => limit.name)).toEqual(['limit-7']);
  expect(ask('nobody')).toEqual([]);
});

test('of 10,000 limits that differ in their resource only those that may be met are looked at', () => {
  const matcher = matcherOf(
    () => ({}),
    (at) => (at % 2 === 0 ? `orders.${at}` : `orders.${at}.*`),
  );
  const ask = (resource: string) => matcher.candidates({ resource, dimensions: {}, permits: 1 });
  expect([ask('orders.8'), ask('orders.9.read'), ask('orders.8.read')].map((found) => found.length)).toEqual([
    1, 1, 0,
  ]);
});
