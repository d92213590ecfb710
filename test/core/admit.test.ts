import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COUNTERS_MAX } from '../../src/bounds.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { usageOf } from '../../src/core/look.ts';
import { limitSpec } from '../world.ts';
import { booksIn, Lone } from './builders.ts';

/** One region that has every limit to itself. */
const sole = (...limits: readonly Partial<LimitSpec>[]) =>
  new Lone({ members: [{ region: 'us-east', weight: 1 }], limits: limits.map((limit) => limitSpec(limit)) });

const usedOf = (lone: Lone, limit = 'everything', key = '') =>
  usageOf(lone.state, limit, key)?.windows[0]?.used;

test('permits are spent up to the limit, and no further', () => {
  const lone = sole({ limit: 10 });
  expect([4, 4, 4, 2, 1].map((permits) => lone.check(permits).allowed)).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
  expect(usedOf(lone)).toBe(10);
});

test('a request that one limit denies spends nothing under any other', () => {
  const lone = sole(
    { name: 'wide', limit: 100 },
    { name: 'narrow', limit: 3 },
    { name: 'later', limit: 100 },
  );
  expect(lone.check(3).allowed).toBe(true);
  for (let round = 0; round < 5; round += 1) expect(lone.check(1).allowed).toBe(false);
  expect(['wide', 'narrow', 'later'].map((limit) => usedOf(lone, limit))).toEqual([3, 3, 3]);
});

test('whatever is asked, in every limit exactly the allowed permits are spent, and never more than there are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(6), { maxLength: 20 }),
      (limits, requests) => {
        const lone = sole(...limits.map((limit, at) => ({ name: `limit-${at}`, limit })));
        let spent = 0;
        for (const permits of requests) {
          const fits = spent + permits <= Math.min(...limits);
          expect(lone.check(permits).allowed).toBe(fits);
          if (fits) spent += permits;
          limits.forEach((_, at) => {
            expect(usedOf(lone, `limit-${at}`)).toBe(spent);
          });
        }
      },
    ),
  );
});

test('zero permits only peek: nothing is spent, counted or kept', () => {
  const lone = sole({ limit: 5 });
  const peek = lone.check(0);
  expect(peek).toMatchObject({ allowed: true, reason: 'ok', verdict: { remaining: 5, globalRemaining: 5 } });
  expect(lone.state.counters).toBe(0);
  lone.check(5);
  expect(lone.check(0)).toMatchObject({ allowed: true, verdict: { remaining: 0, globalRemaining: 0 } });
  expect(usedOf(lone)).toBe(5);
  expect(booksIn(lone)?.tally.allowed).toEqual(new Map([['ok', 1]]));
});

test('a denial leaves no counter behind', () => {
  const lone = sole({ limit: 5, dimensions: { tenant: '*' } });
  for (let tenant = 0; tenant < 100; tenant += 1) lone.check(6, { tenant: `tenant-${tenant}` });
  expect(lone.state.counters).toBe(0);
  expect(booksIn(lone)?.counters.size).toBe(0);
});

test('keys are counted apart', () => {
  const lone = sole({ limit: 2, dimensions: { tenant: '*' } });
  const allowed = ['a', 'b', 'a', 'b', 'a', 'b'].map((tenant) => lone.check(1, { tenant }).allowed);
  expect(allowed).toEqual([true, true, true, true, false, false]);
});

test('a limit in shadow denies nobody, says that it would have, and spends only what fits', () => {
  const lone = sole({ name: 'shadow', limit: 2, mode: 'shadow' }, { name: 'real', limit: 10 });
  expect(lone.check(2)).toMatchObject({ allowed: true, reason: 'ok' });
  const passed = lone.check(1);
  expect(passed).toMatchObject({ allowed: true, reason: 'shadow', verdict: { allowed: false } });
  expect(passed.verdict?.limit.name).toBe('shadow');
  expect([usedOf(lone, 'shadow'), usedOf(lone, 'real')]).toEqual([2, 3]);
});

test('an enforced denial is told before one in shadow', () => {
  const lone = sole({ name: 'shadow', limit: 1, mode: 'shadow' }, { name: 'real', limit: 2 });
  const denied = lone.check(3);
  expect(denied).toMatchObject({ allowed: false, reason: 'global_limit_exceeded' });
  expect(denied.verdict?.limit.name).toBe('real');
  expect(denied.verdicts.map(({ reason }) => reason)).toEqual(['shadow', 'global_limit_exceeded']);
});

test('a disabled limit neither denies nor counts, and is named as the reason only when nothing else matched', () => {
  const off = sole({ limit: 1, mode: 'disabled' });
  expect([1, 1].map((permits) => off.check(permits).reason)).toEqual(['disabled', 'disabled']);
  expect(off.check(1)).toMatchObject({ allowed: true, verdict: undefined, verdicts: [] });
  expect(off.state.counters).toBe(0);
  const beside = sole({ name: 'off', limit: 1, mode: 'disabled' }, { name: 'real', limit: 5 });
  expect(beside.check(2)).toMatchObject({ allowed: true, reason: 'ok', verdict: { remaining: 3 } });
});

test('what no limit meets is allowed, and that is the reason', () => {
  const lone = sole({ resource: 'api.*' }, { name: 'per-tenant', dimensions: { tenant: '*' } });
  expect(lone.check(1)).toMatchObject({
    allowed: true,
    reason: 'no_limit',
    verdict: undefined,
    verdicts: [],
  });
});

test('of several limits that admit, the one that leaves least is told', () => {
  const lone = sole(
    { name: 'wide', limit: 100 },
    { name: 'narrow', limit: 10 },
    { name: 'other', limit: 50 },
  );
  expect(lone.check(1).verdict).toMatchObject({ limit: { name: 'narrow' }, remaining: 9 });
});

test('a limit of 0 denies everything but a peek', () => {
  const lone = sole({ limit: 0 });
  expect(lone.check(1)).toMatchObject({ allowed: false, reason: 'global_limit_exceeded' });
  expect(lone.check(0).allowed).toBe(true);
});

test('full books deny new keys rather than forget, and go on counting the keys they have', () => {
  const lone = sole({ dimensions: { tenant: '*' } });
  lone.check(1, { tenant: 'known' });
  lone.state.counters = COUNTERS_MAX;
  expect(lone.check(1, { tenant: 'new' })).toMatchObject({ allowed: false, reason: 'degraded_closed' });
  expect(lone.check(0, { tenant: 'new' }).allowed).toBe(true);
  expect(lone.check(1, { tenant: 'known' }).allowed).toBe(true);
});

test('the tallies add up: what passed, what was denied and by whom', () => {
  const lone = sole({ name: 'real', limit: 3 }, { name: 'wide', limit: 100 });
  for (const permits of [2, 2, 1, 5]) lone.check(permits);
  const tally = (limit: string) => booksIn(lone, limit)?.tally;
  expect(tally('real')).toMatchObject({ permitsAllowed: 3, permitsDenied: 7 });
  expect(tally('real')?.allowed).toEqual(new Map([['ok', 2]]));
  expect(tally('real')?.denied).toEqual(new Map([['global_limit_exceeded', 2]]));
  expect(tally('wide')).toMatchObject({ permitsAllowed: 3, permitsDenied: 0 });
  expect(tally('wide')?.denied).toEqual(new Map());
});
