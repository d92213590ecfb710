import { expect, onTestFinished, test } from 'vitest';
import type { Token } from '../../src/access/token.ts';
import { requestFromJson } from '../../src/adapters/grpc/json.ts';
import { addJsonRoute } from '../../src/adapters/grpc/json-route.ts';
import { HttpServer } from '../../src/adapters/http/server.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { HeadgateError } from '../../src/errors.ts';
import { AlertLog } from '../../src/watch/alert-log.ts';
import { ThrottlingHistory } from '../../src/watch/throttling/history.ts';
import { limitSpec, World } from '../world.ts';
import { tokenOf } from './http-admin-fixture.ts';

const TENANT = { entries: [{ key: 'tenant', value: 'acme' }] };

/** The HTTP interface with the route, before the only region of a world that holds 2 per minute, 1 s into a window. */
async function serveJson(
  isServing = true,
  changes: Partial<LimitSpec> = {},
  tokens: readonly Token[] = [],
): Promise<{ readonly server: HttpServer; readonly url: string }> {
  const spec = { name: 'per-tenant', dimensions: { tenant: '*' }, limit: 2, windowMs: 60_000 };
  const limits = [limitSpec({ ...spec, ...changes })];
  const world = await World.started({ members: [{ region: 'us-east', weight: 1 }], limits });
  world.runToNext(60_000, 1_000);
  const context = {
    region: 'us-east',
    coordinator: world.region('us-east'),
    clock: world.clock('us-east'),
    random: () => 0,
  };
  const server = new HttpServer({
    ...context,
    host: '127.0.0.1',
    port: 0,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    telemetry: { observeCheck: () => {}, scrape: async () => ({ contentType: 'text/plain', text: '' }) },
    listen: () => () => {},
    throttling: new ThrottlingHistory(),
    alerts: new AlertLog('test'),
    transportConnected: () => true,
    reloadProblem: () => undefined,
    headers: 'draft-11',
    gateway: undefined,
    tokens: () => tokens,
    version: '0.0.0',
    addRoutes: (http, refusal) => addJsonRoute(http, { ...context, observe: () => {}, refusal }),
  });
  const { port } = await server.start();
  if (isServing) server.serve();
  onTestFinished(() => server.stop());
  return { server, url: `http://127.0.0.1:${port}/json` };
}

async function post(url: string, payload: unknown, type = 'application/json') {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: (await answer.json()) as unknown,
  };
}

test('a limit of a domain counts the requests of that domain alone', async () => {
  const { url } = await serveJson(true, { domain: 'edge' });
  const ask = (domain: string) => post(url, { domain, descriptors: [TENANT], hitsAddend: 2 });
  expect((await ask('mesh')).body).toEqual({ overallCode: 'OK', statuses: [{ code: 'OK' }] });
  expect((await ask('mesh')).status).toBe(200);
  expect((await ask('edge')).status).toBe(200);
  expect((await ask('edge')).status).toBe(429);
});

test('200 within the limit, 429 over it, both with every status as the public JSON mapping writes it', async () => {
  const { url } = await serveJson();
  const request = { domain: 'edge', descriptors: [TENANT, { entries: [{ key: 'a', value: 'b' }] }] };
  const currentLimit = { name: 'per-tenant', requestsPerUnit: 2, unit: 'MINUTE' };
  expect(await post(url, request)).toMatchObject({
    status: 200,
    body: {
      overallCode: 'OK',
      statuses: [{ code: 'OK', currentLimit, limitRemaining: 1, durationUntilReset: '59s' }, { code: 'OK' }],
    },
  });
  await post(url, request);
  const denied = await post(url, request);
  expect(denied).toMatchObject({ status: 429, headers: { 'retry-after': '59' } });
  expect(denied.body).toEqual({
    overallCode: 'OVER_LIMIT',
    statuses: [{ code: 'OVER_LIMIT', currentLimit, durationUntilReset: '59s' }, { code: 'OK' }],
    responseHeadersToAdd: [{ key: 'retry-after', value: '59' }],
    dynamicMetadata: { reason: 'global_limit_exceeded', limit: 'per-tenant', region: 'us-east' },
  });
});

test('a form, as curl sends what it is not told about, is read as JSON too', async () => {
  const { url } = await serveJson();
  const request = { domain: 'edge', descriptors: [TENANT] };
  expect((await post(url, request, 'application/x-www-form-urlencoded')).status).toBe(200);
  expect((await post(url, request, 'text/plain; charset=utf-8')).status).toBe(200);
});

test.each([
  ['no JSON', '{"domain":'],
  ['nothing', ''],
  ['a list', []],
  ['no domain', { descriptors: [TENANT] }],
  ['no descriptors', { domain: 'edge' }],
  ['an unknown field', { domain: 'edge', descriptors: [TENANT], colour: 'red' }],
  ['a number as domain', { domain: 7, descriptors: [TENANT] }],
  ['negative hits', { domain: 'edge', descriptors: [TENANT], hitsAddend: -1 }],
  ['half a hit', { domain: 'edge', descriptors: [TENANT], hitsAddend: 0.5 }],
  ['more hits than 32 bits hold', { domain: 'edge', descriptors: [TENANT], hitsAddend: 2 ** 32 }],
  ['a unit that is none', { domain: 'edge', descriptors: [{ ...TENANT, limit: { unit: 'FORTNIGHT' } }] }],
  ['one field under two names', '{"domain":"edge","hitsAddend":1,"hits_addend":2,"descriptors":[]}'],
  ['a polluting name', '{"domain":"edge","descriptors":[],"__proto__":{"hitsAddend":9}}'],
])('%s is 400', async (_what, body) => {
  const { url } = await serveJson();
  expect((await post(url, body)).status).toBe(400);
});

test('who asks while the region starts is told to come back', async () => {
  const { server, url } = await serveJson(false);
  const request = { domain: 'edge', descriptors: [TENANT] };
  expect(await post(url, request)).toMatchObject({ status: 503, body: { code: 'starting' } });
  server.serve();
  expect((await post(url, request)).status).toBe(200);
  server.drain();
  expect((await post(url, request)).status).toBe(200);
});

test('the document of the HTTP interface tells of it', async () => {
  const { url } = await serveJson();
  const document = (await (await fetch(url.replace('/json', '/openapi.json'))).json()) as {
    readonly paths: Readonly<Record<string, { readonly post?: { readonly summary: string } }>>;
  };
  expect(document.paths['/json']?.post?.summary).toMatch(/Envoy/);
});

test('names and numbers may be written either way, and null is absent', () => {
  const written = {
    domain: 'edge',
    hits_addend: '3',
    descriptors: [
      {
        entries: [{ key: 'a', value: null }],
        hits_addend: '18446744073709551615',
        limit: { requests_per_unit: '5', unit: 'HOUR', unitMultiplier: 2 },
      },
      {
        entries: [{ key: 'b' }],
        hitsAddend: 0,
        limit: { requestsPerUnit: 1, unit: 4 },
        isNegativeHits: true,
      },
      { entries: [], hitsAddend: null, limit: null, is_negative_hits: null },
    ],
  };
  expect(requestFromJson(written)).toEqual({
    domain: 'edge',
    hitsAddend: 3,
    descriptors: [
      {
        entries: [{ key: 'a', value: '' }],
        hitsAddend: { value: 2 ** 64 },
        limit: { requestsPerUnit: 5, unit: 3, unitMultiplier: { value: 2 } },
        isNegativeHits: false,
      },
      {
        entries: [{ key: 'b', value: '' }],
        hitsAddend: { value: 0 },
        limit: { requestsPerUnit: 1, unit: 4, unitMultiplier: null },
        isNegativeHits: true,
      },
      { entries: [], hitsAddend: null, limit: null, isNegativeHits: false },
    ],
  });
});

test('everything that is wrong is told at once, with its place', () => {
  const wrong = { domain: 1, descriptors: [{ entries: [{ key: [] }], limit: { unit: 'X' } }] };
  expect(() => requestFromJson(wrong)).toThrow(HeadgateError);
  try {
    requestFromJson(wrong);
  } catch (error) {
    const fields = error instanceof HeadgateError ? error.problems.map(({ field }) => field) : [];
    expect(fields).toEqual(['domain', 'descriptors[0].entries[0].key', 'descriptors[0].limit.unit']);
  }
});

test('it needs the role check where there are tokens, and the document says how it refuses', async () => {
  const { url } = await serveJson(true, {}, [tokenOf('check', 'may-check'), tokenOf('read', 'may-read')]);
  const ask = async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const body = JSON.stringify({ domain: 'edge', descriptors: [TENANT] });
    const response = await fetch(url, { method: 'POST', body, headers });
    const { code } = (await response.json()) as { readonly code?: string };
    return [response.status, code];
  };
  expect(await ask()).toEqual([401, 'token_missing']);
  expect(await ask('may-guess')).toEqual([401, 'token_invalid']);
  expect(await ask('may-read')).toEqual([403, 'role_missing']);
  expect(await ask('may-check')).toEqual([200, undefined]);
  const document = await (await fetch(url.replace('/json', '/openapi.json'))).json();
  expect(document).toMatchObject({ paths: { '/json': { post: { responses: { 401: {}, 403: {} } } } } });
});
