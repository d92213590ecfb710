import { type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitSpec } from '../world.ts';
import { descriptor, type GrpcServed, rawCall, serveGrpc } from './grpc-fixture.ts';

const TENANT = descriptor({ tenant: 'acme' });
const PATH = descriptor({ tenant: 'acme', path: '/a' });

const METHOD = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit';

const edge = (...descriptors: unknown[]) => ({ domain: 'edge', descriptors });

const codes = (answer: Awaited<ReturnType<GrpcServed['ask']>>) => answer.statuses.map(({ code }) => code);

const left = (answer: Awaited<ReturnType<GrpcServed['ask']>>) =>
  answer.statuses.map(({ limitRemaining }) => limitRemaining);

describe('one descriptor', () => {
  test('passes with the limit, what is left of it and when it resets', async () => {
    const { ask, measured } = await serveGrpc();
    const answer = await ask(edge(PATH));
    expect(answer.overallCode).toBe('OK');
    expect(answer.statuses).toEqual([
      {
        code: 'OK',
        currentLimit: {
          name: 'per-path',
          requestsPerUnit: 10,
          unit: 'SECOND',
          unitMultiplier: { value: 10 },
        },
        limitRemaining: 9,
        durationUntilReset: { seconds: '9', nanos: 0 },
      },
    ]);
    expect(answer.responseHeadersToAdd).toEqual([]);
    expect(measured).toHaveLength(1);
  });

  test('is over its limit once that is used up, and says why, since when and until when', async () => {
    const { ask } = await serveGrpc();
    for (let hit = 0; hit < 10; hit += 1) expect((await ask(edge(PATH))).overallCode).toBe('OK');
    const denied = await ask(edge(PATH));
    expect(denied.overallCode).toBe('OVER_LIMIT');
    expect(codes(denied)).toEqual(['OVER_LIMIT']);
    expect(left(denied)).toEqual([0]);
    expect(denied.responseHeadersToAdd).toEqual([{ key: 'retry-after', value: '9' }]);
    expect(denied.dynamicMetadata?.fields).toMatchObject({
      limit: { stringValue: 'per-path' },
      reason: { stringValue: 'global_limit_exceeded' },
      region: { stringValue: 'us-east' },
    });
  });

  test('that meets no limit passes with nothing but its code', async () => {
    const { ask } = await serveGrpc();
    const answer = await ask(edge(descriptor({ nobody: 'knows' })));
    expect(answer.overallCode).toBe('OK');
    expect(answer.statuses).toEqual([
      { code: 'OK', currentLimit: null, limitRemaining: 0, durationUntilReset: null },
    ]);
  });

  test.each([
    [1_000, 'SECOND', null],
    [60_000, 'MINUTE', null],
    [300_000, 'MINUTE', { value: 5 }],
    [3_600_000, 'HOUR', null],
    [86_400_000, 'DAY', null],
    [90_000, 'SECOND', { value: 90 }],
  ])('a window of %i ms is told in %s', async (windowMs, unit, unitMultiplier) => {
    const { ask } = await serveGrpc({ limits: [limitSpec({ windowMs })] });
    const answer = await ask(edge(TENANT));
    expect(answer.statuses[0]?.currentLimit).toMatchObject({ unit, unitMultiplier });
  });

  test('meets the limits of its domain, and of limits without one those whose resource the domain is', async () => {
    const limits = [
      limitSpec({ name: 'of-edge', domain: 'edge', limit: 2 }),
      limitSpec({ name: 'of-mesh', domain: 'mesh', limit: 1 }),
      limitSpec({ name: 'shared', resource: 'mesh', limit: 1 }),
    ];
    const { ask, world } = await serveGrpc({ limits });
    const of = (domain: string) => ask({ domain, descriptors: [TENANT] });
    expect((await of('edge')).statuses[0]?.currentLimit).toMatchObject({ name: 'of-edge' });
    expect((await of('elsewhere')).statuses[0]?.currentLimit).toBeNull();
    const shared = world.region('us-east').check({ resource: 'mesh', dimensions: {}, permits: 1 });
    expect(shared.verdicts.map(({ limit }) => limit.name)).toEqual(['shared']);
    expect((await of('mesh')).dynamicMetadata?.fields).toMatchObject({ limit: { stringValue: 'shared' } });
  });

  test('a limit in shadow denies nobody', async () => {
    const { ask } = await serveGrpc({ limits: [limitSpec({ limit: 0, mode: 'shadow' })] });
    expect((await ask(edge(TENANT))).overallCode).toBe('OK');
    expect((await ask(edge(TENANT, PATH))).overallCode).toBe('OK');
  });
});

describe('several descriptors', () => {
  test('are answered in their order', async () => {
    const { ask } = await serveGrpc();
    const answer = await ask(edge(PATH, descriptor({ nobody: 'knows' }), TENANT));
    expect(answer.statuses.map(({ currentLimit }) => currentLimit?.['name'])).toEqual([
      'per-path',
      undefined,
      'per-tenant',
    ]);
  });

  test('nested ones, as action lists make them, cost each limit one request once', async () => {
    const { ask } = await serveGrpc();
    expect(left(await ask(edge(TENANT, PATH)))).toEqual([19, 9]);
    expect(left(await ask(edge(TENANT, PATH)))).toEqual([18, 8]);
  });

  test('when one is over its limit, the request is, and nothing is spent in any', async () => {
    const { ask } = await serveGrpc();
    await ask({ ...edge(PATH), hitsAddend: 10 });
    const other = descriptor({ tenant: 'other' });
    const denied = await ask(edge(other, PATH));
    expect(denied.overallCode).toBe('OVER_LIMIT');
    expect(codes(denied)).toEqual(['OK', 'OVER_LIMIT']);
    expect(left(denied)).toEqual([20, 0]);
    expect(left(await ask(edge(other)))).toEqual([19]);
  });

  test('the same one twice is two hits', async () => {
    const { ask } = await serveGrpc();
    expect(left(await ask(edge(TENANT, TENANT)))).toEqual([18, 18]);
    await ask({ ...edge(TENANT), hitsAddend: 17 });
    const denied = await ask(edge(TENANT, TENANT));
    expect(codes(denied)).toEqual(['OVER_LIMIT', 'OVER_LIMIT']);
    expect(left(denied)).toEqual([1, 1]);
  });

  test('that meet one counter in different ways are charged for it together, or not at all', async () => {
    const { ask } = await serveGrpc();
    const two = [descriptor({ tenant: 'acme', path: '/a' }), descriptor({ tenant: 'acme', path: '/b' })];
    await ask({ ...edge(TENANT), hitsAddend: 17 });
    expect((await ask(edge(...two))).overallCode).toBe('OK');
    const denied = await ask(edge(...two));
    expect(denied.overallCode).toBe('OVER_LIMIT');
    expect(left(await ask(edge(TENANT)))).toEqual([0]);
  });

  test('what is denied of two that meet one counter is told of the one that does not fit', async () => {
    const { ask } = await serveGrpc();
    await ask({ ...edge(TENANT), hitsAddend: 19 });
    const two = [descriptor({ tenant: 'acme', path: '/a' }), descriptor({ tenant: 'acme', path: '/b' })];
    const denied = await ask(edge(...two));
    expect(codes(denied)).toEqual(['OK', 'OVER_LIMIT']);
    expect(denied.dynamicMetadata?.fields).toMatchObject({
      limit: { stringValue: 'per-tenant' },
      reason: { stringValue: 'global_limit_exceeded' },
    });
    expect(left(await ask(edge(TENANT)))).toEqual([0]);
  });

  test('one that another says all of is over where that one was denied by what both meet', async () => {
    const { ask } = await serveGrpc();
    await ask({ ...edge(TENANT), hitsAddend: 20 });
    const denied = await ask(edge(TENANT, PATH, descriptor({ tenant: 'other' })));
    expect(codes(denied)).toEqual(['OVER_LIMIT', 'OVER_LIMIT', 'OK']);
    expect(left(denied)).toEqual([0, 0, 20]);
  });

  test('a cap of one holds all back, and nothing is spent', async () => {
    const { ask } = await serveGrpc();
    const limit = { requestsPerUnit: 0, unit: 'SECOND', unitMultiplier: { value: 10 } };
    const capped = descriptor({ tenant: 'other' }, { limit });
    const denied = await ask(edge(PATH, capped));
    expect(codes(denied)).toEqual(['OK', 'OVER_LIMIT']);
    expect(denied.dynamicMetadata?.fields['reason']).toMatchObject({ stringValue: 'request_cap_exceeded' });
    expect(left(await ask(edge(PATH)))).toEqual([9]);
  });

  test('a limit that is enforced for some keys only denies none of the others', async () => {
    const limits = [limitSpec({ limit: 0, rolloutPermille: 0, resource: 'edge' })];
    const { ask } = await serveGrpc({ limits });
    const answer = await ask(edge(TENANT, descriptor({ tenant: 'other' }, { hitsAddend: { value: 0 } })));
    expect(codes(answer)).toEqual(['OK', 'OK']);
  });

  test('an override of a key is told as its limit', async () => {
    const limits = [
      limitSpec({
        name: 'per-tenant',
        dimensions: { tenant: '*' },
        limit: 5,
        overrides: [{ dimensions: { tenant: 'acme' }, limit: 50 }],
      }),
    ];
    const { ask } = await serveGrpc({ limits });
    const answer = await ask({ ...edge(TENANT), hitsAddend: 20 });
    expect([answer.overallCode, left(answer)]).toEqual(['OK', [30]]);
    expect(answer.statuses[0]?.currentLimit).toMatchObject({ requestsPerUnit: 50 });
  });

  test('what they are denied of counts as demand, so that quota comes to where it is missing', async () => {
    const { ask, world } = await serveGrpc();
    await ask({ ...edge(PATH), hitsAddend: 10 });
    await ask(edge(descriptor({ tenant: 'other' }), PATH));
    const limit = world
      .region('us-east')
      .view()
      .limits.find(({ spec }) => spec.name === 'per-path');
    expect(limit?.permitsDenied).toBe(1);
  });
});

describe('hits', () => {
  test('of the request count for every descriptor, and a descriptor may say otherwise', async () => {
    const { ask } = await serveGrpc();
    const answer = await ask({
      ...edge(descriptor({ tenant: 'a' }), descriptor({ tenant: 'b' }, { hitsAddend: { value: 7 } })),
      hitsAddend: 3,
    });
    expect(left(answer)).toEqual([17, 13]);
  });

  test('a descriptor with none asks whether anything is left, and spends nothing', async () => {
    const { ask } = await serveGrpc();
    const look = edge(descriptor({ tenant: 'acme' }, { hitsAddend: { value: 0 } }));
    expect(left(await ask(look))).toEqual([20]);
    await ask({ ...edge(TENANT), hitsAddend: 20 });
    const denied = await ask(look);
    expect(denied.overallCode).toBe('OVER_LIMIT');
    expect(denied.responseHeadersToAdd).toEqual([{ key: 'retry-after', value: '9' }]);
  });

  test('more than any limit are denied, however many', async () => {
    const { ask } = await serveGrpc();
    const many = edge(descriptor({ tenant: 'acme' }, { hitsAddend: { value: '18446744073709551615' } }));
    expect((await ask(many)).overallCode).toBe('OVER_LIMIT');
    expect(left(await ask(edge(TENANT)))).toEqual([19]);
  });
});

describe('an override', () => {
  const capped = (requestsPerUnit: number, more: Readonly<Record<string, unknown>> = {}) =>
    edge(
      descriptor(
        { tenant: 'acme' },
        { limit: { requestsPerUnit, unit: 'SECOND', unitMultiplier: { value: 10 }, ...more } },
      ),
    );

  test('that is stricter is held, by this request only', async () => {
    const { ask } = await serveGrpc();
    for (const remaining of [2, 1, 0]) {
      const answer = await ask(capped(3));
      expect(left(answer)).toEqual([remaining]);
      expect(answer.statuses[0]?.currentLimit).toMatchObject({ requestsPerUnit: 3 });
    }
    const denied = await ask(capped(3));
    expect(denied.overallCode).toBe('OVER_LIMIT');
    expect(denied.dynamicMetadata?.fields['reason']).toMatchObject({ stringValue: 'request_cap_exceeded' });
    expect(left(await ask(edge(TENANT)))).toEqual([16]);
  });

  test('that is looser changes nothing: the limit holds', async () => {
    const { ask } = await serveGrpc();
    for (let hit = 0; hit < 20; hit += 1) expect((await ask(capped(1_000))).overallCode).toBe('OK');
    const denied = await ask(capped(1_000));
    expect(denied.overallCode).toBe('OVER_LIMIT');
    expect(denied.statuses[0]?.currentLimit).toMatchObject({ requestsPerUnit: 20 });
  });

  test('of another window is not applied, since nothing counts over that', async () => {
    const { ask } = await serveGrpc();
    const answer = await ask(capped(0, { unit: 'HOUR', unitMultiplier: null }));
    expect(answer.overallCode).toBe('OK');
    expect(answer.statuses[0]?.currentLimit).toMatchObject({ requestsPerUnit: 20 });
  });
});

describe('refusals', () => {
  test.each([
    ['no domain', { domain: '', descriptors: [TENANT] }, 'domain'],
    ['no descriptors', { domain: 'edge', descriptors: [] }, 'descriptors'],
    ['a descriptor without entries', edge({ entries: [] }), 'descriptors[0].entries'],
    ['an entry without a key', edge(TENANT, descriptor({ '': 'a' })), 'descriptors[1].entries[0].key'],
    ['an override without a unit', edge(descriptor({ a: 'b' }, { limit: { requestsPerUnit: 1 } })), 'limit'],
    ['a refund', edge(descriptor({ a: 'b' }, { isNegativeHits: true })), 'is_negative_hits'],
    ['65 descriptors', edge(...Array.from({ length: 65 }, () => TENANT)), 'descriptors'],
  ])('%s is INVALID_ARGUMENT', async (_what, request, field) => {
    const { ask, logged } = await serveGrpc();
    await expect(ask(request)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(field) as string,
    });
    expect(logged).toEqual([]);
  });

  test('a failure inside is UNAVAILABLE, never an unknown code in an answer', async () => {
    const { ask, logged } = await serveGrpc({
      coordinator: {
        check: () => {
          throw new Error('a defect');
        },
      },
    });
    await expect(ask(edge(TENANT))).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await expect(ask(edge(TENANT))).rejects.not.toMatchObject({
      details: expect.stringContaining('defect') as string,
    });
    expect(logged).toEqual(['grpc_request_failed', 'grpc_request_failed']);
  });

  test('a region that starts is UNAVAILABLE until it serves', async () => {
    const { ask, server } = await serveGrpc({ starting: true });
    await expect(ask(edge(TENANT))).rejects.toMatchObject({ code: status.UNAVAILABLE });
    server.serve();
    expect((await ask(edge(TENANT))).overallCode).toBe('OK');
  });

  test('a request whose deadline has passed is not decided', async () => {
    const { ask, measured } = await serveGrpc();
    await expect(ask(edge(TENANT), { deadline: Date.now() - 1 })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    expect(measured).toEqual([]);
  });

  test('more than half a mebibyte is refused unread', async () => {
    const { ask, measured } = await serveGrpc();
    await expect(ask(edge(descriptor({ tenant: 'a'.repeat(600_000) })))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    expect(measured).toEqual([]);
  });
});

describe('values, which callers choose, are never refused', () => {
  test.each([
    ['long', 'a'.repeat(60_000)],
    ['long in other scripts', '漢'.repeat(5_000)],
    ['with control characters', 'a\u0000b\u007f'],
    ['empty', ''],
    ['called __proto__', '__proto__'],
  ])('a value that is %s has a counter of its own', async (_how, value) => {
    const { ask } = await serveGrpc();
    expect(left(await ask(edge(descriptor({ tenant: value }))))).toEqual([19]);
    expect(left(await ask(edge(descriptor({ tenant: value }))))).toEqual([18]);
    expect(left(await ask(edge(descriptor({ tenant: `${value}.` }))))).toEqual([19]);
  });

  test('a value that is not UTF-8 is counted too', async () => {
    const { address, measured } = await serveGrpc();
    const entry = '0a0674656e616e741201ff';
    const answer = await rawCall(address, METHOD, `0a0465646765120d0a0b${entry}`);
    expect(answer.startsWith('0801')).toBe(true);
    expect(measured[0]?.verdict?.limit.name).toBe('per-tenant');
  });

  test('a key that comes again is another dimension', async () => {
    const { ask } = await serveGrpc({
      limits: [limitSpec({ dimensions: { header_match: 'a', 'header_match#2': 'b' }, limit: 3 })],
    });
    const entries = [
      { key: 'header_match', value: 'a' },
      { key: 'header_match', value: 'b' },
    ];
    expect(left(await ask(edge({ entries })))).toEqual([2]);
    expect((await ask(edge({ entries: entries.slice(0, 1) }))).statuses[0]?.currentLimit).toBeNull();
  });
});

describe('the bytes on the wire are those of the public definition', () => {
  // From Envoy's own files: [tenant=acme, path=/a] with a limit of 7 per MINUTE, and [k=""], with 3 hits each.
  const REQUEST =
    '0a046564676512220a0e0a0674656e616e74120461636d650a0a0a047061746812022f6112040807100212070a050a016b12001803';

  test('a request as Envoy writes it is understood, and the answer is as Envoy reads it', async () => {
    const perPath = limitSpec({
      name: 'per-path',
      dimensions: { tenant: '*', path: '*' },
      limit: 10,
      windowMs: 60_000,
    });
    const { address } = await serveGrpc({ limits: [perPath] });
    const name = Buffer.from('per-path').toString('hex');
    const limited = `0801120e080710021a08${name}180422020831`;
    expect(await rawCall(address, METHOD, REQUEST)).toBe(`08011218${limited}12020801`);
  });

  test('fields that came later have their numbers', async () => {
    const { address } = await serveGrpc();
    // hits_addend 2, and a limit of 4 per 10 SECOND.
    const descriptor = '0a0e0a0674656e616e74120461636d651208080410011a02080a1a020802';
    const name = Buffer.from('per-tenant').toString('hex');
    const limited = `08011214080410011a0a${name}2202080a180222020809`;
    expect(await rawCall(address, METHOD, `0a0465646765121e${descriptor}`)).toBe(`0801121e${limited}`);
    const refund = '0a046564676512120a0e0a0674656e616e74120461636d652001';
    await expect(rawCall(address, METHOD, refund)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('bytes of any kind are answered, and the server goes on', async () => {
    const { address, ask, logged } = await serveGrpc();
    const codes = [status.INTERNAL, status.INVALID_ARGUMENT];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const hex = Buffer.from(bytes).toString('hex');
        const code = await rawCall(address, METHOD, hex).then(
          () => status.OK,
          (error: ServiceError) => error.code,
        );
        expect([status.OK, ...codes]).toContain(code);
      }),
      { numRuns: 40 },
    );
    expect((await ask(edge(TENANT))).overallCode).toBe('OK');
    expect(logged).toEqual([]);
  });

  test('bytes that are no request are refused', async () => {
    const { address } = await serveGrpc();
    await expect(rawCall(address, METHOD, 'ffff')).rejects.toMatchObject({ code: status.INTERNAL });
    await expect(rawCall(address, METHOD.replace('Should', 'Could'), REQUEST)).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });
});
