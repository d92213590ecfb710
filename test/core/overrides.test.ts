import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MATCH_CACHE_ENTRIES_MAX } from '../../src/bounds.ts';
import { keyOf, valuesOf } from '../../src/core/match-key.ts';
import { type Override, Overrides } from '../../src/core/overrides.ts';
import { limitSpec } from '../world.ts';
import { Lone } from './builders.ts';
import { drain, passTo, publish, sole } from './sole.ts';

const override = (dimensions: Readonly<Record<string, string>>, limit: number): Override => ({
  dimensions,
  limit,
});

test('the override that names most of the values counts, of equals the first', () => {
  const overrides = new Overrides(
    [
      override({}, 1),
      override({ tenant: 'acme' }, 2),
      override({ user: 'u1' }, 3),
      override({ tenant: 'acme', user: 'u1' }, 4),
      override({ tenant: 'acme', user: 'u1' }, 5),
      override({ tenant: 'acme', user: '*' }, 6),
    ],
    ['tenant', 'user'],
  );
  const found = (tenant: string, user: string) => overrides.find(keyOf([tenant, user]))?.limit;
  expect([found('acme', 'u1'), found('acme', 'u2'), found('other', 'u1'), found('other', 'u2')]).toEqual([
    4, 2, 3, 1,
  ]);
});

test('finding is the same as looking at every override', () => {
  const value = fc.constantFrom('a', 'b', ',', 'a,b', '\\', '*');
  const some = fc.record({ x: value, y: value, z: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 6 }), fc.tuple(value, value, value), (all, values) => {
      const names = ['x', 'y', 'z'] as const;
      const named = (each: (typeof all)[number]) =>
        names.filter((name) => (each[name] ?? '*') !== '*').length;
      const fitting = all
        .map((dimensions, at) => ({ dimensions, at }))
        .filter(({ dimensions }) =>
          names.every((name, at) => (dimensions[name] ?? '*') === '*' || dimensions[name] === values[at]),
        )
        .sort((a, b) => named(b.dimensions) - named(a.dimensions) || a.at - b.at);
      const overrides = new Overrides(
        all.map((dimensions, at) => override(dimensions as Readonly<Record<string, string>>, at)),
        names,
      );
      for (let again = 0; again < 2; again += 1)
        expect(overrides.find(keyOf(values))?.limit).toBe(fitting[0]?.at);
    }),
    { numRuns: 1_000 },
  );
});

test('the values of a key of several are those that made it', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a,\\]{0,4}$/), { minLength: 2, maxLength: 4 }), (values) => {
      expect(valuesOf(keyOf(values))).toEqual(values);
    }),
  );
});

test('of a limit by one dimension a value with commas is found as it stands', () => {
  const overrides = new Overrides([override({ tenant: 'a,b\\' }, 7)], ['tenant']);
  expect(overrides.find('a,b\\')?.limit).toBe(7);
  expect(overrides.find('a')).toBeUndefined();
});

test.each(['__proto__', 'constructor', 'toString'])(
  'the value %s is overridden like any other, and only by name',
  (tenant) => {
    const overrides = new Overrides([override({ tenant: 'acme' }, 7)], ['tenant']);
    expect(overrides.find(tenant)).toBeUndefined();
    expect(new Overrides([override({ tenant }, 7)], ['tenant']).find(tenant)?.limit).toBe(7);
    expect(
      new Overrides([override({ tenant: 'acme' }, 7)], ['tenant', tenant]).find(keyOf(['acme', 'x']))?.limit,
    ).toBe(7);
  },
);

test('what was found is remembered, but not without bound', () => {
  const overrides = new Overrides([override({ tenant: 'acme' }, 7)], ['tenant', 'user']);
  for (let user = 0; user < 2 * MATCH_CACHE_ENTRIES_MAX; user += 1)
    expect(overrides.find(keyOf(['acme', `u${user}`]))?.limit).toBe(7);
});

test('an overridden key has its own limit, in all that is said of it', () => {
  const lone = sole({
    limit: 10,
    dimensions: { tenant: '*' },
    overrides: [override({ tenant: 'big' }, 30), override({ tenant: 'none' }, 0)],
  });
  expect(lone.check(0, { tenant: 'big' }).verdict).toMatchObject({
    permits: 30,
    remaining: 30,
    globalRemaining: 30,
  });
  expect(lone.check(31, { tenant: 'big' }).verdict?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
  expect(lone.check(11, { tenant: 'small' }).verdict?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
  expect(['big', 'small', 'none'].map((tenant) => drain(lone, { tenant }))).toEqual([30, 10, 0]);
});

test('an override is shared among regions like the limit', () => {
  const lone = new Lone({
    limits: [
      limitSpec({ limit: 10, dimensions: { tenant: '*' }, overrides: [override({ tenant: 'big' }, 1_000)] }),
    ],
  });
  expect(lone.check(0, { tenant: 'big' }).verdict?.remaining).toBe(200);
});

test('of an overridden bucket both the rate and what is saved up are its own; the burst of the limit is not', () => {
  const bucket = { algorithm: 'token-bucket', limit: 10, windowMs: 10_000, burst: 3 } as const;
  const lone = sole({
    ...bucket,
    dimensions: { tenant: '*' },
    overrides: [override({ tenant: 'big' }, 50), { dimensions: { tenant: 'tight' }, limit: 50, burst: 1 }],
  });
  expect(['big', 'tight', 'other'].map((tenant) => drain(lone, { tenant }))).toEqual([50, 1, 3]);
  passTo(lone, 1_000);
  expect(['big', 'tight', 'other'].map((tenant) => drain(lone, { tenant }))).toEqual([5, 1, 1]);
});

test('an override that comes or goes while a window is open counts from its adoption on', () => {
  const limit = { limit: 10, windowMs: 60_000, dimensions: { tenant: '*' } };
  const lone = sole({ ...limit });
  expect(drain(lone, { tenant: 'acme' })).toBe(10);
  publish(lone, { ...limit, overrides: [override({ tenant: 'acme' }, 4)] });
  passTo(lone, 5_000);
  expect(lone.check(1, { tenant: 'acme' })).toMatchObject({
    allowed: false,
    verdict: { permits: 4, remaining: 0 },
  });
  passTo(lone, 60_000);
  expect(drain(lone, { tenant: 'acme' })).toBe(4);
});
