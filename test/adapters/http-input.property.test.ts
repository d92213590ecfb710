import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ERRORS } from '../../src/errors.ts';
import { ask, serve } from './http-fixture.ts';

/** Bodies near enough to right ones to get past the first check. */
const nearlyRight = fc.record(
  {
    resource: fc.oneof(fc.constant('r'), fc.string({ unit: 'binary' }), fc.anything()),
    dimensions: fc.oneof(fc.dictionary(fc.string({ unit: 'binary' }), fc.string()), fc.anything()),
    permits: fc.oneof(fc.nat(3), fc.double(), fc.anything()),
    denyStatus: fc.oneof(fc.constantFrom(200, 403, 429, 503), fc.integer()),
    requestId: fc.oneof(fc.string(), fc.anything()),
    [fc.sample(fc.string(), { numRuns: 1, seed: 1 })[0] ?? 'x']: fc.anything(),
  },
  { requiredKeys: [] },
);

const bodies = fc.oneof(
  nearlyRight.map((body) => Buffer.from(stringified(body))),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
);

/** JSON cannot write everything that `anything` is; what it cannot becomes null. */
function stringified(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? 'null'
  );
}

test('whatever is posted, the answer is a decision or a problem of the table, never a failure', async () => {
  const { origin, logged } = await serve();
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const headers = { 'content-type': 'application/json' };
      expectSane(await ask(`${origin}/check`, { method: 'POST', body: Uint8Array.from(body), headers }));
    }),
    { numRuns: 400 },
  );
  expect(logged).toEqual([]);
});

test('whatever is asked, the answer is a decision or a problem of the table, never a failure', async () => {
  const { origin, logged } = await serve();
  const pieces = fc.oneof(
    fc.constantFrom(
      'resource=',
      'd.',
      'permits=',
      'deny_status=',
      'detail=',
      '&',
      '=',
      '%',
      '%00',
      '%ff',
      '+',
      '?',
      '1',
      'r',
    ),
    fc.string({ maxLength: 3 }).map(encodeURIComponent),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces, { maxLength: 30 }),
      fc.constantFrom('/check', '/check/a%zz/b'),
      async (parts, path) => {
        expectSane(await ask(`${origin}${path}?${parts.join('')}`));
      },
    ),
    { numRuns: 400 },
  );
  expect(logged).toEqual([]);
});

function expectSane({ status, body, headers }: Awaited<ReturnType<typeof ask>>): void {
  if (body?.allowed === undefined) {
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(ERRORS).toHaveProperty(body.code);
    expect(body.status).toBe(status);
    expect(status).toBeLessThan(500);
    expect(body.errors === undefined || body.errors.length > 0).toBe(true);
  } else {
    expect(headers.get('x-headgate-status')).toBe(body.allowed ? '200' : '429');
  }
}
