import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLimit } from '../../config/limit-text.ts';
import { parseLimits } from '../../config/limits-file.ts';
import { formOf, showLimits } from '../../config/limits-form.ts';

const permits = fc.integer({ min: 0, max: 1_000_000 });
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const word = fc.constantFrom('acme', 'Ö ä', 'a: b', '- x', 'null', '"', '1');

const counting = fc.oneof(
  fc.record({
    algorithm: fc.constantFrom('fixed-window', 'sliding-window'),
    window: fc.constantFrom('1s', '90s', '1d'),
  }),
  fc.record(
    { algorithm: fc.constant('token-bucket'), window: fc.constant('60s'), burst: permits },
    { requiredKeys: ['algorithm', 'window'] },
  ),
  fc.record(
    {
      algorithm: fc.constant('leaky-bucket'),
      window: fc.constant('60s'),
      burst: permits,
      maxDelay: fc.constantFrom('0ms', '250ms', '10s'),
    },
    { requiredKeys: ['algorithm', 'window'] },
  ),
  fc.record(
    { algorithm: fc.constant('concurrency'), lease: fc.constantFrom('1s', '90s', '10m') },
    { requiredKeys: ['algorithm'] },
  ),
  fc.record(
    {
      algorithm: fc.constant('quota'),
      window: fc.constantFrom('1h', '1d', '1w', '1mo'),
      timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
    },
    { requiredKeys: ['algorithm', 'window'] },
  ),
);

const entry = fc
  .tuple(
    counting,
    fc.record({
      asked: fc.constantFrom<object[]>(
        { resource: '*' },
        { resource: 'api.orders.*' },
        { resource: 'a: b' },
        { resource: '#x' },
        { domain: 'edge' },
        { domain: 'a: b' },
      ),
      limit: permits,
      mode: optional(fc.constantFrom('enforce', 'shadow', 'disabled')),
      rollout: optional(fc.constantFrom('0%', '0.5%', '12.5%', '100%')),
      priority: optional(fc.integer({ min: 0, max: 1_000 })),
      reclaim: optional(fc.integer({ min: 0, max: 800 }).map((permille) => permille / 1_000)),
      shares: optional(fc.constantFrom('demand', 'static', { 'us-east': 60.5, 'eu-west': 39.5 })),
      consistency: optional(fc.constantFrom('strict', 'available')),
      onError: optional(fc.constantFrom('open', 'closed')),
      overrides: optional(
        fc.uniqueArray(fc.tuple(word, permits), { selector: ([tenant]) => tenant, maxLength: 3 }),
      ),
    }),
  )
  .map(([how, { asked, overrides, ...rest }]) => ({
    name: 'limit',
    match: { ...asked, dimensions: { tenant: '*' } },
    ...how,
    ...rest,
    overrides: overrides?.map(([tenant, limit]) => ({ dimensions: { tenant }, limit })),
  }));

test('a limit that is written is read back as the very same, as YAML and as JSON', () => {
  fc.assert(
    fc.property(entry, (written) => {
      const first = parseLimit(JSON.stringify(written), 'limit', { origin: 'body' });
      if (!first.ok) throw new Error(JSON.stringify(first.problems));
      const form = formOf(first.value);
      expect(parseLimit(JSON.stringify(form), 'limit', { origin: 'body' })).toEqual(first);
      const yaml = showLimits({ version: 1, environment: 'test', limits: [form] });
      expect(parseLimits(yaml, 'limits.yaml', { environment: 'test' })).toEqual({
        ok: true,
        limits: [first.value],
        environment: 'test',
      });
    }),
    { numRuns: 300 },
  );
});
