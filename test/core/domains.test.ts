import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admit } from '../../src/core/admit.ts';
import { DomainMatcher } from '../../src/core/domains.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { sole } from './sole.ts';

type Written = readonly [resource: string, domain?: string];

const matched = (written: readonly Written[], resource: string, domain?: string) => {
  const entries = written.map(([pattern, of], index) => ({
    limit: compileLimit(
      limitSpec({ name: String(index), resource: pattern, ...(of !== undefined && { domain: of }) }),
    ),
  }));
  const request = { resource, dimensions: {}, permits: 1, ...(domain !== undefined && { domain }) };
  return new DomainMatcher(entries).candidates(request).map(({ limit }) => Number(limit.name));
};

test('a limit of a domain meets requests of that domain alone, one without meets all, in the order given', () => {
  const limits: readonly Written[] = [['*', 'edge'], ['edge'], ['*', 'mesh'], ['edge', 'edge'], ['*']];
  expect(matched(limits, 'edge', 'edge')).toEqual([0, 1, 3, 4]);
  expect(matched(limits, 'mesh', 'mesh')).toEqual([2, 4]);
  expect(matched(limits, 'edge', 'elsewhere')).toEqual([1, 4]);
  expect(matched(limits, 'edge')).toEqual([1, 4]);
  expect(matched(limits, 'edge', '__proto__')).toEqual([1, 4]);
});

test('finding is the same as trying every limit', () => {
  const domain = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });
  const pattern = fc.constantFrom('*', 'a', 'b', 'a*');
  fc.assert(
    fc.property(fc.array(fc.tuple(pattern, domain), { maxLength: 12 }), domain, (limits, asked) => {
      const resource = asked ?? 'ab';
      const tried = [...limits.keys()].filter((at) => {
        const [written = '', of] = limits[at] ?? [];
        const meets = written.endsWith('*')
          ? resource.startsWith(written.slice(0, -1))
          : written === resource;
        return meets && (of === undefined || of === asked);
      });
      expect(matched(limits as readonly Written[], resource, asked)).toEqual(tried);
    }),
    { numRuns: 200 },
  );
});

test('what a domain uses of its limit is its own: a request without it spends nothing there', () => {
  const lone = sole({ name: 'edge', domain: 'edge', limit: 1 }, { name: 'all', limit: 2 });
  const ask = (domain?: string) =>
    admit(
      lone.state,
      { resource: 'edge', dimensions: {}, permits: 1, ...(domain !== undefined && { domain }) },
      lone.at(),
    ).verdicts.map(({ limit, remaining }) => [limit.name, remaining]);
  expect(ask()).toEqual([['all', 1]]);
  expect(ask('edge')).toEqual([
    ['edge', 0],
    ['all', 0],
  ]);
});
