import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ask } from '../../src/adapters/grpc/asks.ts';
import { decideAll, type Outcome } from '../../src/adapters/grpc/decide.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import type { Region } from '../../src/region/region.ts';
import { limitSpec, World } from '../world.ts';

const LIMITS: readonly LimitSpec[] = [
  limitSpec({ name: 'all', resource: 'edge', limit: 30 }),
  limitSpec({ name: 'per-tenant', resource: 'edge', dimensions: { tenant: '*' }, limit: 20 }),
  limitSpec({ name: 'per-path', resource: 'edge', dimensions: { path: '*', tenant: '*' }, limit: 10 }),
];

const asks: fc.Arbitrary<Ask> = fc
  .record({
    tenant: fc.constantFrom('a', 'b'),
    path: fc.option(fc.constantFrom('/x', '/y'), { nil: undefined }),
    permits: fc.constantFrom(1, 1, 1, 0, 2, 7),
    cap: fc.option(fc.nat(12), { nil: undefined, freq: 8 }),
  })
  .map(({ tenant, path, permits, cap }) => ({
    request: {
      resource: 'edge',
      dimensions: path === undefined ? { tenant } : { tenant, path },
      permits,
    },
    cap: cap === undefined ? undefined : { windowMs: 10_000, permits: cap },
  }));

const requests = fc.array(fc.array(asks, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 15 });

test('all questions of a request pass and each counter is charged between once and for all, or nothing is spent', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (list) => {
      const world = await World.started({ members: [{ region: 'us-east', weight: 1 }], limits: LIMITS });
      world.runToNext(10_000, 1_000);
      const region = world.region('us-east');
      for (const request of list) expectAllOrNothing(region, request);
    }),
    { numRuns: 150 },
  );
});

function expectAllOrNothing(region: Region, request: readonly Ask[]): void {
  const before = usage(region);
  const { allowed, answers } = decideAll(region, request) as Outcome;
  const after = usage(region);
  expect(answers.map(({ ask }) => ask)).toEqual(request);
  expect(allowed).toBe(answers.every((answer) => answer.allowed));
  if (!allowed) {
    expect(after).toEqual(before);
    return;
  }
  for (const { limit, key, id } of COUNTERS) {
    const meeting = request.filter((ask) => keyOf(limit, ask) === key);
    const permits = meeting.map((ask) => ask.request.permits);
    const charged = (after.get(id) ?? 0) - (before.get(id) ?? 0);
    expect(charged, id).toBeGreaterThanOrEqual(Math.max(0, ...permits));
    expect(charged, id).toBeLessThanOrEqual(permits.reduce((sum, each) => sum + each, 0));
    expect(after.get(id), id).toBeLessThanOrEqual(limit.limit);
    for (const { cap } of meeting) {
      if (cap !== undefined) expect(after.get(id), `${id} capped`).toBeLessThanOrEqual(cap.permits);
    }
  }
}

const COUNTERS = LIMITS.flatMap((limit) => {
  const keys = limit.name === 'all' ? [''] : limit.name === 'per-tenant' ? ['a', 'b'] : pathKeys();
  return keys.map((key) => ({ limit, key, id: `${limit.name} ${key}` }));
});

function pathKeys(): readonly string[] {
  return ['a', 'b'].flatMap((tenant) => ['/x', '/y'].map((path) => `${path},${tenant}`));
}

/** The key by which a question meets a limit; undefined where it does not. */
function keyOf({ dimensions }: LimitSpec, { request }: Ask): string | undefined {
  const values = Object.keys(dimensions).map((name) => request.dimensions[name]);
  return values.includes(undefined) ? undefined : values.join(',');
}

function usage(region: Region): ReadonlyMap<string, number> {
  return new Map(
    COUNTERS.map(({ limit, key, id }) => [id, region.usage(limit.name, key)?.windows[0]?.used ?? 0]),
  );
}
