import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../src/core/admit.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { pass, sole } from './sole.ts';

const LIMITS: readonly Partial<LimitSpec>[] = [
  { algorithm: 'fixed-window', limit: 7 },
  { algorithm: 'sliding-window', limit: 9, windowMs: 20_000 },
  { algorithm: 'token-bucket', limit: 10, burst: 6 },
  { algorithm: 'leaky-bucket', limit: 10, burst: 3, delayMsMax: 2_000 },
  { algorithm: 'concurrency', limit: 5, windowMs: 5_000 },
  { algorithm: 'quota', limit: 40, period: { unit: 'hour', timeZone: 'UTC' }, windowMs: 3_600_000 },
  { consistency: 'available', limit: 8 },
  { mode: 'shadow', limit: 2 },
  { rolloutPermille: 500, limit: 3 },
  { mode: 'disabled', limit: 0 },
];

test('what is explained is what is decided next, under any limits together; explaining changes nothing', () => {
  const deeds = fc.array(fc.tuple(fc.nat(5), fc.constantFrom(0, 300, 1_700)), {
    minLength: 1,
    maxLength: 25,
  });
  fc.assert(
    fc.property(fc.shuffledSubarray([...LIMITS], { minLength: 1 }), deeds, (limits, asked) => {
      const named = limits.map((limit, at) => ({ ...limit, name: `limit-${at}` }));
      const [lone, untold] = [sole(...named), sole(...named)];
      for (const [permits, afterMs] of asked) {
        for (const each of [lone, untold]) pass(each, afterMs);
        const told = explain(lone.state, { resource: 'orders', dimensions: {}, permits }, lone.at());
        const decided = lone.check(permits);
        const facts = ({ allowed, reason, delayMs, atMs }: typeof told) => ({
          allowed,
          reason,
          delayMs,
          atMs,
        });
        if (decided.verdicts.every(({ allowed }) => allowed)) expect(facts(told)).toEqual(facts(decided));
        else expect(told.allowed).toBe(decided.allowed);
        expect(
          told.verdicts.map(({ allowed, reason, retryAfterMs, delayMs }) => [
            allowed,
            reason,
            retryAfterMs,
            delayMs,
          ]),
        ).toEqual(
          decided.verdicts.map(({ allowed, reason, retryAfterMs, delayMs }) => [
            allowed,
            reason,
            retryAfterMs,
            delayMs,
          ]),
        );
        expect(told.lease).toBeUndefined();
        const same = untold.check(permits);
        expect(same.verdicts.map(({ remaining }) => remaining)).toEqual(
          decided.verdicts.map(({ remaining }) => remaining),
        );
      }
      expect(lone.state.leaseSequence).toBe(untold.state.leaseSequence);
    }),
    { numRuns: 150 },
  );
});

test('what is explained is not counted, and warms no key', () => {
  const lone = sole({ limit: 1, dimensions: { tenant: '*' } });
  for (let again = 0; again < 50; again += 1)
    explain(lone.state, { resource: 'orders', dimensions: { tenant: 'acme' }, permits: 2 }, lone.at());
  const [books] = lone.state.books.values();
  expect([books?.tally.denied.size, books?.hot.size, books?.counters.size, lone.state.counters]).toEqual([
    0, 0, 0, 0,
  ]);
});
