import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MATCH_CACHE_ENTRIES_MAX } from '../../src/bounds.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { counterKey, Matcher } from '../../src/core/match.ts';
import { limitSpec } from '../world.ts';
import { Lone } from './builders.ts';

const matcherOf = (...resources: readonly string[]) =>
  new Matcher(
    resources.map((resource) => ({ limit: compileLimit(limitSpec({ name: resource, resource })) })),
  );
const asking = (resource: string) => ({ resource, dimensions: {}, permits: 1 });
const matched = (resource: string, ...patterns: readonly string[]) =>
  matcherOf(...patterns)
    .candidates(asking(resource))
    .map(({ limit }) => limit.name);

/** The key of a request's counter under a limit with these dimensions. */
const keyOf = (limited: Readonly<Record<string, string>>, asked: Readonly<Record<string, string>>) =>
  counterKey(compileLimit(limitSpec({ dimensions: limited })), {
    resource: 'orders',
    dimensions: asked,
    permits: 1,
  });

test.each([
  {
    pattern: 'api.orders',
    meets: ['api.orders'],
    misses: ['api.orders.create', 'api.order', 'API.orders', ''],
  },
  { pattern: '*', meets: ['api.orders', '', '*', '__proto__'], misses: [] },
  { pattern: 'api.*', meets: ['api.', 'api.orders', 'api.*'], misses: ['api', 'apis.orders', 'Api.orders'] },
  { pattern: 'a*b', meets: ['a*b', 'ab', 'axb', 'abb'], misses: ['a', 'b', 'ba', 'abc'] },
  { pattern: '__proto__', meets: ['__proto__'], misses: ['constructor'] },
])('the resource pattern $pattern meets $meets and not $misses', ({ pattern, meets, misses }) => {
  for (const resource of meets) expect(matched(resource, pattern), resource).toEqual([pattern]);
  for (const resource of misses) expect(matched(resource, pattern), resource).toEqual([]);
});

test('every limit that meets a resource is found once, in the order in which limits were given', () => {
  const patterns = ['api.*', 'api.orders', '*', 'api.orders*', 'apx*', 'web.*'];
  expect(matched('api.orders', ...patterns)).toEqual(['api.*', 'api.orders', '*', 'api.orders*']);
});

test('finding is the same as trying every pattern', () => {
  const name = fc.stringMatching(/^[ab]{0,4}$/);
  const pattern = fc.oneof(
    name,
    name.map((prefix) => `${prefix}*`),
  );
  fc.assert(
    fc.property(fc.uniqueArray(pattern, { maxLength: 8 }), name, (patterns, resource) => {
      const tried = patterns.filter((one) =>
        one.endsWith('*') ? resource.startsWith(one.slice(0, -1)) : one === resource,
      );
      const matcher = matcherOf(...patterns);
      const ask = () => matcher.candidates(asking(resource)).map(({ limit }) => limit.name);
      expect(ask()).toEqual(tried);
      expect(ask()).toEqual(tried);
    }),
  );
});

test('what was looked up is remembered, but never more of it than the bound', () => {
  const matcher = matcherOf('*');
  const first = matcher.candidates(asking('resource-0'));
  for (let at = 1; at < MATCH_CACHE_ENTRIES_MAX; at += 1) matcher.candidates(asking(`resource-${at}`));
  expect(matcher.candidates(asking('resource-0'))).toBe(first);
  matcher.candidates(asking('one more'));
  expect(matcher.candidates(asking('resource-0'))).not.toBe(first);
  expect(matcher.candidates(asking('resource-0'))).toEqual(first);
});

test.each([
  { limited: {}, asked: { tenant: 'acme' }, key: '' },
  { limited: { tenant: 'acme' }, asked: { tenant: 'acme', user: 'u1' }, key: '' },
  { limited: { tenant: 'acme' }, asked: { tenant: 'other' }, key: undefined },
  { limited: { tenant: 'acme' }, asked: {}, key: undefined },
  { limited: { tenant: '*' }, asked: { tenant: 'acme' }, key: 'acme' },
  { limited: { tenant: '*' }, asked: { tenant: '*' }, key: '*' },
  { limited: { tenant: '*' }, asked: { tenant: '' }, key: '' },
  { limited: { tenant: '*' }, asked: { user: 'u1' }, key: undefined },
  { limited: { tenant: '*' }, asked: { tenant: 'a,b\\c' }, key: 'a,b\\c' },
  { limited: { user: '*', tenant: '*' }, asked: { tenant: 'acme', user: 'u1' }, key: 'acme,u1' },
  { limited: { user: '*', tenant: '*' }, asked: { tenant: 'acme' }, key: undefined },
  { limited: { user: '*', tenant: 'acme' }, asked: { tenant: 'acme', user: 'u1' }, key: 'u1' },
  { limited: { user: '*', tenant: '*' }, asked: { tenant: 'a,b', user: 'c\\' }, key: 'a\\,b,c\\\\' },
])('under a limit on $limited a request with $asked has the key $key', ({ limited, asked, key }) => {
  expect(keyOf(limited, asked as unknown as Readonly<Record<string, string>>)).toBe(key);
});

test('different values of several dimensions never share a key, commas and backslashes or not', () => {
  const value = fc.oneof(fc.stringMatching(/^[a,\\]{0,4}$/), fc.string({ unit: 'binary', maxLength: 6 }));
  fc.assert(
    fc.property(fc.tuple(value, value, value), fc.tuple(value, value, value), (one, other) => {
      const limited = { a: '*', b: '*', c: '*' };
      const key = ([a, b, c]: readonly string[]) => keyOf(limited, { a: a ?? '', b: b ?? '', c: c ?? '' });
      expect(key(one) === key(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2_000 },
  );
});

test('the order of dimensions does not matter, in the limit or in the request', () => {
  const names = ['tenant', 'user', 'api_key', 'region'];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(names, { minLength: 4 }),
      fc.shuffledSubarray(names, { minLength: 4 }),
      (limited, asked) => {
        const shuffled = keyOf(
          Object.fromEntries(limited.map((name) => [name, '*'])),
          Object.fromEntries(asked.map((name) => [name, `${name}-value`])),
        );
        expect(shuffled).toBe('api_key-value,region-value,tenant-value,user-value');
      },
    ),
  );
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'a dimension called %s is met by a request that carries it, and by no other',
  (name) => {
    const limited = Object.fromEntries([[name, '*']]);
    expect(keyOf(limited, {})).toBeUndefined();
    expect(keyOf(limited, JSON.parse(`{"${name}":"mine"}`) as Record<string, string>)).toBe('mine');
    expect(keyOf(limited, Object.create(null) as Record<string, string>)).toBeUndefined();
    const exactly = Object.fromEntries([[name, 'mine']]);
    expect(keyOf(exactly, {})).toBeUndefined();
    expect(keyOf(exactly, JSON.parse(`{"${name}":"mine"}`) as Record<string, string>)).toBe('');
  },
);

test('inherited dimensions are no dimensions', () => {
  const inherited = Object.create({ tenant: 'acme' }) as Record<string, string>;
  expect(keyOf({ tenant: '*' }, inherited)).toBeUndefined();
  expect(keyOf({ tenant: 'acme' }, inherited)).toBeUndefined();
});

test('keys that look like properties of every object are counted like any other', () => {
  const lone = new Lone({
    members: [{ region: 'us-east', weight: 1 }],
    limits: [limitSpec({ limit: 2, dimensions: { tenant: '*' } })],
  });
  for (const tenant of ['__proto__', 'constructor', 'prototype']) {
    const allowed = [1, 2, 3].map(() => lone.check(1, { tenant }).allowed);
    expect(allowed, tenant).toEqual([true, true, false]);
  }
});
