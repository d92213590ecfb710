import { expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/errors.ts';
import { ask, serve } from './http-fixture.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

function posted(
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = JSON_HEADERS,
): RequestInit {
  return { method: 'POST', body, headers };
}

function bytes(...parts: readonly (string | number)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part)])),
  );
}

/** A JSON body with `fields`, written out, beside a right resource. */
const withFields = (fields: string) => posted(`{"resource":"r",${fields}}`);

const dimensions = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`d${at}`, 'x'])));

type BadInput = readonly [
  claim: string,
  path: string,
  init: RequestInit,
  code: ErrorCode,
  fields?: readonly string[],
];

function asCase([claim, path, init, code, fields]: BadInput) {
  return { claim, path, init, code, fields };
}

/** What is sent, the code that comes back, and the fields that the answer names. */
const BAD: readonly BadInput[] = [
  ['no body', '/check', { method: 'POST' }, 'malformed_json'],
  ['an empty body', '/check', posted(''), 'malformed_json'],
  ['half a body', '/check', posted('{"resource":'), 'malformed_json'],
  ['two bodies', '/check', posted('{"resource":"r"}{}'), 'malformed_json'],
  ['JSON5', '/check', posted("{resource:'r'}"), 'malformed_json'],
  ['NaN', '/check', withFields('"permits":NaN'), 'malformed_json'],
  ['an array', '/check', posted('[]'), 'malformed_json'],
  ['null', '/check', posted('null'), 'malformed_json'],
  ['a text', '/check', posted('"r"'), 'malformed_json'],
  ['bytes that are not UTF-8', '/check', posted(bytes('{"resource":"', 0xff, '"}')), 'malformed_json'],
  ['an overlong encoding', '/check', posted(bytes('{"resource":"', 0xc0, 0xaf, '"}')), 'malformed_json'],
  ['a raw NUL', '/check', posted('{"resource":"a\0b"}'), 'malformed_json'],
  ['32,000 nested arrays', '/check', posted('['.repeat(32_000) + ']'.repeat(32_000)), 'malformed_json'],
  ['a body of 65 KiB', '/check', posted(`{"resource":"${'x'.repeat(65 * 1024)}"}`), 'body_too_large'],
  [
    'a form',
    '/check',
    posted('resource=r', { 'content-type': 'application/x-www-form-urlencoded' }),
    'unsupported_media_type',
  ],
  [
    'a text type',
    '/check',
    posted('{"resource":"r"}', { 'content-type': 'text/plain' }),
    'unsupported_media_type',
  ],
  ['no type', '/check', posted(bytes('{"resource":"r"}'), {}), 'unsupported_media_type'],
  [
    'a packed body',
    '/check',
    posted('{}', { ...JSON_HEADERS, 'content-encoding': 'gzip' }),
    'unsupported_media_type',
  ],
  ['no resource', '/check', posted('{}'), 'invalid_request', ['resource']],
  ['an empty resource', '/check', posted('{"resource":""}'), 'invalid_request', ['resource']],
  ['a resource that is a number', '/check', posted('{"resource":1}'), 'invalid_request', ['resource']],
  [
    'a resource of 257 bytes',
    '/check',
    posted(`{"resource":"${'x'.repeat(257)}"}`),
    'invalid_request',
    ['resource'],
  ],
  [
    'a resource of 129 letters of two bytes',
    '/check',
    posted(`{"resource":"${'ü'.repeat(129)}"}`),
    'invalid_request',
    ['resource'],
  ],
  ['an escaped NUL', '/check', posted('{"resource":"a\\u0000b"}'), 'invalid_request', ['resource']],
  ['a lone surrogate', '/check', posted('{"resource":"a\\ud800b"}'), 'invalid_request', ['resource']],
  ['half a permit', '/check', withFields('"permits":1.5'), 'invalid_request', ['permits']],
  ['less than nothing', '/check', withFields('"permits":-1'), 'invalid_request', ['permits']],
  ['too many permits', '/check', withFields('"permits":1000001'), 'invalid_request', ['permits']],
  ['beyond all numbers', '/check', withFields('"permits":1e999'), 'invalid_request', ['permits']],
  ['permits as a text', '/check', withFields('"permits":"5"'), 'invalid_request', ['permits']],
  ['permits of nothing', '/check', withFields('"permits":null'), 'invalid_request', ['permits']],
  ['permits as an array', '/check', withFields('"permits":[1]'), 'invalid_request', ['permits']],
  ['a status of its own', '/check', withFields('"denyStatus":418'), 'invalid_request', ['denyStatus']],
  ['a status as a text', '/check', withFields('"denyStatus":"403"'), 'invalid_request', ['denyStatus']],
  ['dimensions as an array', '/check', withFields('"dimensions":["a"]'), 'invalid_request', ['dimensions']],
  ['dimensions of nothing', '/check', withFields('"dimensions":null'), 'invalid_request', ['dimensions']],
  [
    'a dimension that is a number',
    '/check',
    withFields('"dimensions":{"a":1}'),
    'invalid_request',
    ['dimensions.a'],
  ],
  [
    'a dimension that is deep',
    '/check',
    withFields(`"dimensions":{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`),
    'invalid_request',
    ['dimensions.a'],
  ],
  ['an empty dimension', '/check', withFields('"dimensions":{"a":""}'), 'invalid_request', ['dimensions.a']],
  [
    'a dimension without a name',
    '/check',
    withFields('"dimensions":{"":"x"}'),
    'invalid_request',
    ['dimensions.'],
  ],
  [
    'a line break in a name',
    '/check',
    withFields('"dimensions":{"a\\nb":7}'),
    'invalid_request',
    ['dimensions.a\\nb', 'dimensions.a\\nb'],
  ],
  [
    'a long dimension',
    '/check',
    withFields(`"dimensions":{"a":"${'x'.repeat(257)}"}`),
    'invalid_request',
    ['dimensions.a'],
  ],
  [
    '17 dimensions',
    '/check',
    withFields(`"dimensions":${dimensions(17)}`),
    'invalid_request',
    ['dimensions'],
  ],
  [
    '5,000 dimensions',
    '/check',
    withFields(`"dimensions":${dimensions(5_000)}`),
    'invalid_request',
    ['dimensions'],
  ],
  ['10,000 dimensions', '/check', withFields(`"dimensions":${dimensions(10_000)}`), 'body_too_large'],
  [
    'the prototype of a dimension',
    '/check',
    withFields('"dimensions":{"__proto__":"x"}'),
    'invalid_request',
    ['dimensions.__proto__'],
  ],
  [
    'a poisoned prototype',
    '/check',
    withFields('"dimensions":{"__proto__":{"tenant":"x"}}'),
    'invalid_request',
    ['dimensions.__proto__', 'dimensions.__proto__'],
  ],
  [
    'a constructor',
    '/check',
    withFields('"dimensions":{"constructor":"x"}'),
    'invalid_request',
    ['dimensions.constructor'],
  ],
  [
    'the prototype of the request',
    '/check',
    withFields('"__proto__":{"permits":0}'),
    'invalid_request',
    ['__proto__'],
  ],
  ['an unknown field', '/check', withFields('"permit":1'), 'invalid_request', ['permit']],
  ['an id that is a number', '/check', withFields('"requestId":1'), 'invalid_request', ['requestId']],
  [
    'everything wrong at once',
    '/check',
    posted('{"permits":-1,"denyStatus":1,"cost":1}'),
    'invalid_request',
    ['resource', 'permits', 'denyStatus', 'cost'],
  ],
  [
    'two ids',
    '/check',
    posted('{"resource":"r","requestId":"a"}', { ...JSON_HEADERS, 'idempotency-key': 'b' }),
    'invalid_request',
    ['requestId'],
  ],
  [
    'an unknown parameter beside a body',
    '/check?detail=yes',
    withFields('"permits":1'),
    'invalid_request',
    ['detail'],
  ],
  [
    'a parameter that a body must say',
    '/check?resource=r&permits=5',
    withFields('"permits":1'),
    'invalid_request',
    ['resource', 'permits'],
  ],
  ['a name twice', '/check', withFields('"permits":1,"permits":2'), 'malformed_json'],
  ['a name twice, deep', '/check', withFields('"dimensions":{"a":"x","\\u0061":"y"}'), 'malformed_json'],
  ['an id in a query', '/check?resource=a&requestId=x', {}, 'invalid_request', ['requestId']],
  ['dimensions in a query', '/check?resource=a&dimensions=x', {}, 'invalid_request', ['dimensions']],
  ['no parameter', '/check', {}, 'invalid_request', ['resource']],
  ['a parameter twice', '/check?resource=a&resource=b', {}, 'invalid_request', ['resource']],
  ['a dimension twice', '/check?resource=a&d.t=1&d.t=2', {}, 'invalid_request', ['d.t']],
  ['permits as words', '/check?resource=a&permits=five', {}, 'invalid_request', ['permits']],
  ['permits with a sign', '/check?resource=a&permits=-1', {}, 'invalid_request', ['permits']],
  ['permits in hexadecimal', '/check?resource=a&permits=0x10', {}, 'invalid_request', ['permits']],
  ['permits of nothing in a query', '/check?resource=a&permits=', {}, 'invalid_request', ['permits']],
  [
    'a status of its own in a query',
    '/check?resource=a&deny_status=418',
    {},
    'invalid_request',
    ['deny_status'],
  ],
  ['an unknown parameter', '/check?resource=a&permit=1', {}, 'invalid_request', ['permit']],
  ['a broken percent', '/check?resource=a&d.t=%f', {}, 'invalid_request', ['d.t']],
  ['a query that is not UTF-8', '/check?resource=%ff', {}, 'invalid_request', ['resource']],
  ['a NUL in a query', '/check?resource=a%00', {}, 'invalid_request', ['resource']],
  ['the prototype in a query', '/check?resource=a&d.__proto__=x', {}, 'invalid_request', ['d.__proto__']],
  [
    '17 dimensions in a query',
    `/check?resource=a${Array.from({ length: 17 }, (_, at) => `&d.d${at}=x`).join('')}`,
    {},
    'invalid_request',
    ['dimensions'],
  ],
  [
    'a broken query under a sub-path, where it is ours',
    '/check/a?resource=a&permits=%zz',
    {},
    'invalid_request',
    ['permits'],
  ],
  ['a target of 9 KiB', `/check?resource=${'x'.repeat(9 * 1024)}`, {}, 'uri_too_long'],
  ['no batch', '/check/batch', { method: 'POST' }, 'malformed_json'],
  ['one request as a batch', '/check/batch', posted('{"resource":"r"}'), 'malformed_json'],
  ['a batch as one request', '/check', posted('[{"resource":"r"}]'), 'malformed_json'],
  [
    'a batch with two requests that are not right',
    '/check/batch',
    posted('[{"resource":"r"},{"resource":"r","permits":-1},7,{"resource":"r","dimensions":{"a/b~c":1}}]'),
    'invalid_request',
    ['/1/permits', '/2', '/3/dimensions/a~1b~0c'],
  ],
  [
    'a batch of 1,001',
    '/check/batch',
    posted(`[${'{"resource":"r"},'.repeat(1_000)}{"resource":"r"}]`),
    'invalid_request',
    [''],
  ],
  [
    'a batch with a key for all',
    '/check/batch',
    posted('[{"resource":"r"}]', { ...JSON_HEADERS, 'idempotency-key': 'a' }),
    'invalid_request',
    ['Idempotency-Key'],
  ],
  [
    'an id for two requests of a batch',
    '/check/batch',
    posted('[{"resource":"r","requestId":"a"},{"resource":"s","requestId":"a"}]'),
    'request_id_reused',
    ['/1/requestId'],
  ],
  ['a batch of 1 MiB and more', '/check/batch', posted(`["${'x'.repeat(1024 * 1024)}"]`), 'body_too_large'],
  ['a path that is none', '/chek', {}, 'unknown_path'],
  ['the root', '/', {}, 'unknown_path'],
  ['a broken path', '/v1/%zz', {}, 'unknown_path'],
  ['another method', '/check', { method: 'PUT' }, 'method_not_allowed'],
  ['a method that the framework knows and no route has', '/check', { method: 'QUERY' }, 'method_not_allowed'],
  ['another method below', '/check/a/b', { method: 'DELETE' }, 'method_not_allowed'],
  ['writing what is read', '/health', { method: 'POST' }, 'method_not_allowed'],
  ['a limit that is none', '/v1/limits/none', {}, 'unknown_limit'],
  ['writing a limit', '/v1/limits/everything', { method: 'PATCH' }, 'method_not_allowed'],
  ['the usage of what is none', '/v1/usage?limit=none', {}, 'unknown_limit'],
  ['the usage of no key', '/v1/usage?limit=orders-per-tenant', {}, 'invalid_request', ['key']],
  ['the usage of a key that is none', '/v1/usage?limit=everything&key=a', {}, 'invalid_request', ['key']],
  ['the usage of nothing', '/v1/usage', {}, 'invalid_request', ['limit']],
  ['the usage of too much', '/v1/usage?limit=everything&kye=a', {}, 'invalid_request', ['kye']],
];

test.each(BAD.map(asCase))('$claim: $code', async ({ path, init, code, fields }) => {
  const { origin, world, logged } = await serve();
  const before = world.region('us-east').view().limits;
  const { status, body, headers } = await ask(`${origin}${path}`, init);
  expect([body.code, status, body.status]).toEqual([code, ERRORS[code].status, ERRORS[code].status]);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(Object.keys(body)).toEqual(expect.arrayContaining(['type', 'title', 'detail', 'retryable']));
  if (fields !== undefined) expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  if (code === 'method_not_allowed') expect(headers.get('allow')).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  expect(world.region('us-east').view().limits).toEqual(before);
  expect(({} as Record<string, unknown>)['tenant']).toBeUndefined();
  expect(logged).toEqual([]);
});

test.each([
  ['{"resource":"r","permit":1}', 'permit is not a field; did you mean permits?'],
  ['{"resource":"r","denystatus":403}', 'denystatus is not a field; did you mean denyStatus?'],
  ['{"resource":"r","permits":"5"}', 'permits must be an integer from 0 to 1000000, not the text "5".'],
  ['{"resource":"r","permits":1.5}', 'permits must be an integer from 0 to 1000000, not 1.5.'],
  [
    '',
    'There is no body. Send a JSON object such as {"resource":"api.orders.create"}, or ask in the query with GET.',
  ],
  ['[]', 'The body must be a JSON object, not an array. Several requests go to /check/batch.'],
  ['{"resource":"r","a":{"b":1,"b":2}}', 'The name "b" is given twice in one object.'],
  ['{"resource":7}', 'resource must be text of 1 to 256 bytes of UTF-8 without control characters, not 7.'],
])('%s is told what would be right', async (body, detail) => {
  const { origin } = await serve();
  expect((await ask(`${origin}/check`, posted(body))).body.detail).toBe(detail);
});

test.each([
  ['/check?resource=r&requestId=a', 'requestId is not a parameter; send it as the header Idempotency-Key.'],
  ['/check?resource=r&dimensions=a', 'dimensions is not a parameter; write each dimension as d.NAME=value.'],
  ['/check?resource=r&denyStatus=403', 'denyStatus is not a field; did you mean deny_status?'],
  ['/check?resource=%ff', 'resource must be percent-encoded UTF-8.'],
  ['/v1/usage?limit=orders-per-tenant', 'key is missing; orders-per-tenant has a counter for each tenant.'],
])('%s is told what would be right', async (path, detail) => {
  const { origin } = await serve();
  expect((await ask(`${origin}${path}`)).body.detail).toBe(detail);
});

test('a flood of problems is listed in part and counted in full', async () => {
  const { origin } = await serve();
  const { body, text } = await ask(
    `${origin}/check`,
    withFields(`"dimensions":${dimensions(4_000).replaceAll('"x"', '1')}`),
  );
  expect(body.errors).toHaveLength(20);
  expect(body.errorsNotListed).toBe(4_001 - 20);
  expect(text.length).toBeLessThan(4_000);
});

test.each([
  ['{"resource":"r","permits":1e0}', 1],
  ['{"resource":"r","permits":-0}', 0],
  ['{"resource":"r","permits":2.0}', 2],
  ['{"resource":"r","dimensions":{}}', 1],
])('%s is odd but right', async (body, spent) => {
  const { origin, world } = await serve();
  expect((await ask(`${origin}/check`, posted(body))).status).toBe(200);
  expect(world.region('us-east').usage('everything', '')?.windows[0]?.used).toBe(spent);
});

test('the longest of everything is right', async () => {
  const { origin } = await serve();
  const longest = 'ü'.repeat(128);
  const names = Array.from({ length: 16 }, (_, at) => `${'n'.repeat(254)}${at.toString().padStart(2, '0')}`);
  const json = {
    resource: longest,
    permits: 1,
    requestId: longest,
    dimensions: Object.fromEntries(names.map((name) => [name, longest])),
  };
  expect((await ask(`${origin}/check`, { json })).status).toBe(200);
});
