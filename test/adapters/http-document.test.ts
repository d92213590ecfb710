import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { LISTENERS_MAX } from '../../src/adapters/http/bounds.ts';
import { ERRORS, type ErrorCode, HeadgateError } from '../../src/errors.ts';
import { eventually } from '../eventually.ts';
import { serveAdmin } from './http-admin-fixture.ts';
import { ApiDocument, type Operation } from './http-document.ts';
import { type Answer, ask, type ServeOptions, serve } from './http-fixture.ts';

/** What any request may meet; these are provoked once, by hand. */
const ALWAYS: readonly ErrorCode[] = [
  'malformed_http',
  'request_timeout',
  'uri_too_long',
  'expectation_failed',
  'header_fields_too_large',
  'internal',
];

/** What any request but for health may meet where there are tokens; these have tests of their own. */
const GUARDED: readonly ErrorCode[] = ['token_missing', 'token_invalid', 'role_missing'];

/** What belongs to no operation: there is none. */
const NOWHERE: readonly ErrorCode[] = ['unknown_path', 'method_not_allowed'];

/** Statuses that say that a request was wrong. */
const REFUSALS: readonly number[] = [400, 404, 405, 413, 414, 415];

/** Names that mean something here, for parameters where a made-up one would only be unknown. */
const KNOWN: Readonly<Record<string, string>> = { limit: 'everything', name: 'everything', since: '5m' };

/** A lease that can be released, renewed and released again. */
const HELD = 'held';

/** A lease that there is no more room for. */
const CROWDED = 'crowded';

const LEASES: ServeOptions['coordinator'] = {
  release: (lease) => lease === HELD,
  renew: (lease) => {
    if (lease === HELD) return { renewed: true, expiresAtMs: 1 };
    return { renewed: false, reason: lease === CROWDED ? 'concurrency_exceeded' : 'unknown_lease' };
  },
};

/** A stream of events goes on for as long as it is listened to; it has tests of its own. */
const hasAnEnd = ({ path }: Operation) => path !== '/v1/events';

async function documented(options: ServeOptions = {}) {
  const served = await serve(options);
  return { ...served, document: await ApiDocument.of(served.origin) };
}

/** Asks what the document allows to be asked. */
async function askBy(
  { document, origin, blocks }: { document: ApiDocument; origin: string; blocks: string[] },
  operation: Operation,
  seed: number,
): Promise<Answer> {
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  let path = operation.path;
  for (const { in: where, name, required, schema } of operation.parameters) {
    const isKnown = Object.hasOwn(KNOWN, name);
    if (required !== true && (seed % 2 === 0 || name === 'key')) continue;
    const value = isKnown ? KNOWN[name] : document.draw(schema, seed);
    if (where === 'path') path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (where === 'header') headers[name] = String(value);
    else if (typeof value === 'object')
      for (const [key, each] of Object.entries(value ?? {})) query.set(key, each);
    else query.set(name, String(value));
  }
  const init: RequestInit & { json?: unknown } = { method: operation.method, headers };
  if (operation.body !== undefined) {
    init.json = document.draw(operation.body, seed);
    // A made-up lease would only be unknown.
    if (operation.path === '/check/release' || operation.path === '/check/renew') init.json = { lease: HELD };
    if (operation.path === '/lease') {
      const asked = init.json as { permits: number; needed?: number; smallest?: number };
      asked.needed = Math.min(asked.needed ?? 0, asked.permits);
      asked.smallest = Math.min(asked.smallest ?? 0, asked.needed);
    }
    if (operation.path === '/lease/return') Object.assign(init.json as object, { block: blocks.pop() });
    // An id stands in one place only.
    delete (init.json as { requestId?: string }).requestId;
  }
  return ask(`${origin}${path}${query.size === 0 ? '' : `?${query}`}`, init);
}

/** Blocks that can be returned, of limits that have something left. */
async function blocksAt(origin: string, count: number): Promise<string[]> {
  const blocks: string[] = [];
  while (blocks.length < count)
    blocks.push((await ask(`${origin}/lease`, { json: { resource: 'r', permits: 1 } })).body.block);
  return blocks;
}

test('whatever the document allows is answered as it says, and never refused as wrong', async () => {
  const { document, origin, logged } = await documented({ coordinator: LEASES });
  const blocks = await blocksAt(origin, 25);
  for (const operation of document.operations().filter(hasAnEnd)) {
    for (let seed = 1; seed <= 25; seed += 1) {
      const answer = await askBy({ document, origin, blocks }, operation, seed);
      expect(document.problemsOf(operation, answer)).toEqual([]);
      expect([operation.path, seed, REFUSALS.includes(answer.status)]).toEqual([operation.path, seed, false]);
    }
  }
  expect(logged).toEqual([]);
}, 60_000);

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = JSON_TYPE): RequestInit => ({
  method: 'POST',
  body,
  headers,
});

type Provocation = readonly [
  method: string,
  path: string,
  code: ErrorCode,
  target: string,
  init?: RequestInit,
];

/** What follows a decision, and what comes before many. */
const SETTLING = ['/check/release', '/check/renew', '/check/refund', '/lease', '/lease/return'] as const;

const REUSED = { headers: { 'idempotency-key': 'known' } };

const PROVOCATIONS: readonly Provocation[] = [
  ['GET', '/check', 'invalid_request', '/check'],
  ['GET', '/check', 'request_id_reused', '/check?resource=else', REUSED],
  ['HEAD', '/check', 'invalid_request', '/check', { method: 'HEAD' }],
  ['HEAD', '/check', 'request_id_reused', '/check?resource=else', { method: 'HEAD', ...REUSED }],
  ...(['/check', '/check/batch', ...SETTLING] as const).flatMap((path): Provocation[] => [
    ['POST', path, 'malformed_json', path, post('{')],
    ['POST', path, 'invalid_request', path, post(path === '/check/batch' ? '[{}]' : '{}')],
    ['POST', path, 'body_too_large', path, post(' '.repeat(2 * 1024 * 1024))],
    ['POST', path, 'unsupported_media_type', path, post('{}', { 'content-type': 'text/plain' })],
  ]),
  ['POST', '/check', 'request_id_reused', '/check', post('{"resource":"else","requestId":"known"}')],
  [
    'POST',
    '/check/batch',
    'request_id_reused',
    '/check/batch',
    post('[{"resource":"else","requestId":"known"}]'),
  ],
  ...(['/check/release', '/check/renew'] as const).map(
    (path): Provocation => ['POST', path, 'unknown_lease', path, post('{"lease":"else"}')],
  ),
  ['POST', '/lease/return', 'unknown_block', '/lease/return', post('{"block":"else","permits":1}')],
  ['POST', '/check/renew', 'concurrency_exceeded', '/check/renew', post(`{"lease":"${CROWDED}"}`)],
  [
    'POST',
    '/check/refund',
    'request_id_reused',
    '/check/refund',
    post('{"resource":"else","permits":2,"decidedAt":0,"requestId":"known"}'),
  ],
  ['GET', '/v1/explain', 'invalid_request', '/v1/explain?permits=1'],
  ['GET', '/v1/hot-keys', 'invalid_request', '/v1/hot-keys?by=else'],
  ['GET', '/v1/hot-keys', 'unknown_limit', '/v1/hot-keys?limit=none'],
  ['GET', '/v1/alerts', 'invalid_request', '/v1/alerts?since=1'],
  ['GET', '/v1/throttling', 'invalid_request', '/v1/throttling?since=16m'],
  ['GET', '/v1/throttling', 'unknown_limit', '/v1/throttling?limit=none'],
  ['GET', '/v1/limits/{name}', 'unknown_limit', '/v1/limits/none'],
  ['GET', '/v1/usage', 'unknown_limit', '/v1/usage?limit=none'],
  ['GET', '/v1/usage', 'invalid_request', '/v1/usage'],
  ['GET', '/v1/events', 'invalid_request', '/v1/events?since=1'],
  ['GET', '/v1/events', 'too_many_listeners', '/v1/events'],
];

const UNREADY: readonly Provocation[] = [
  ['GET', '/check', 'starting', '/check?resource=r'],
  ['HEAD', '/check', 'starting', '/check?resource=r', { method: 'HEAD' }],
  ['POST', '/check', 'starting', '/check', post('{"resource":"r"}')],
  ['POST', '/check/batch', 'starting', '/check/batch', post('[]')],
  ...SETTLING.map((path): Provocation => ['POST', path, 'starting', path, post('{}')]),
];

const nobody = () => Promise.reject(new HeadgateError('region_silent'));

/** A node of a region that no node speaks for at the moment. */
const ORPHANED: ServeOptions['coordinator'] = {
  release: nobody,
  renew: nobody,
  refund: nobody,
  usage: nobody,
  hotKeys: nobody,
  explain: nobody,
};

const SILENT: readonly Provocation[] = [
  ...(['/check/release', '/check/renew'] as const).map(
    (path): Provocation => ['POST', path, 'region_silent', path, post('{"lease":"else"}')],
  ),
  [
    'POST',
    '/check/refund',
    'region_silent',
    '/check/refund',
    post('{"resource":"r","permits":1,"decidedAt":0}'),
  ],
  ['GET', '/v1/explain', 'region_silent', '/v1/explain?resource=r'],
  ['GET', '/v1/usage', 'region_silent', '/v1/usage?limit=everything'],
  ['GET', '/v1/hot-keys', 'region_silent', '/v1/hot-keys'],
];

async function provoke(
  document: ApiDocument,
  origin: string,
  [method, path, code, target, init]: Provocation,
) {
  const operation = document.operation(method, path);
  const answer = await ask(origin + target, init);
  expect([target, answer.status, method === 'HEAD' ? code : answer.body.code]).toEqual([
    target,
    ERRORS[code].status,
    code,
  ]);
  expect(document.problemsOf(operation, answer)).toEqual([]);
}

/** Listens with as many as may. */
async function crowd(origin: string): Promise<void> {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const listeners = Array.from({ length: LISTENERS_MAX }, () =>
    fetch(`${origin}/v1/events`, { signal: leaving.signal }),
  );
  for (const answer of await Promise.all(listeners)) expect(answer.status).toBe(200);
}

test('every error that the document has can be provoked, and looks as it says', async () => {
  const { document, origin } = await documented({ coordinator: LEASES });
  await ask(`${origin}/check?resource=r`, REUSED);
  await ask(`${origin}/check/refund`, post('{"resource":"r","permits":1,"decidedAt":0,"requestId":"known"}'));
  await crowd(origin);
  for (const provocation of PROVOCATIONS) await provoke(document, origin, provocation);
  const starting = await serve({ starting: true });
  for (const provocation of UNREADY) await provoke(document, starting.origin, provocation);
  const silent = await serve({ coordinator: ORPHANED });
  for (const provocation of SILENT) await provoke(document, silent.origin, provocation);
  for (const operation of document.operations()) {
    const provoked = [...PROVOCATIONS, ...UNREADY, ...SILENT]
      .filter(([method, path]) => method === operation.method && path === operation.path)
      .map(([, , code]) => code);
    // A stopping server says the same of itself as one that starts, and so does one that has too much to do.
    const expected = new Set([
      ...provoked,
      ...(provoked.includes('starting') ? ['draining', 'overloaded'] : []),
      ...(operation.path.startsWith('/health') ? [] : GUARDED),
      ...ALWAYS,
    ]);
    expect([operation.path, [...document.codesOf(operation)].sort()]).toEqual([
      operation.path,
      [...expected].sort(),
    ]);
  }
});

test('every error of the table is in the document', async () => {
  const { origin } = await serveAdmin();
  const document = await ApiDocument.of(origin);
  const codes = new Set(document.operations().flatMap((operation) => [...document.codesOf(operation)]));
  for (const [code, { status }] of Object.entries(ERRORS)) {
    expect(document.json.info.description).toContain(`| \`${code}\` | ${status} |`);
    expect([code, codes.has(code)]).toEqual([code, !NOWHERE.includes(code as ErrorCode)]);
  }
});

test.each([
  ['malformed_http', 'GET /check?resource=r HTTP/1.1\r\n\r\n'],
  ['malformed_http', 'BREW /check HTTP/1.1\r\nHost: h\r\n\r\n'],
  ['uri_too_long', `GET /check?resource=${'x'.repeat(9_000)} HTTP/1.1\r\nHost: h\r\n\r\n`],
  ['uri_too_long', `GET /check?resource=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: h\r\n\r\n`],
  ['expectation_failed', 'GET /check?resource=r HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n'],
  ['header_fields_too_large', `GET /check HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['request_timeout', 'GET /check?resource=r HTTP/1.1\r\nHost: h\r\n'],
] as const)(
  '%s looks as the document says',
  async (code, text) => {
    const { document, port } = await documented();
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    onTestFinished(() => void socket.destroy());
    let heard = '';
    socket.on('data', (piece) => {
      heard += piece;
    });
    socket.write(text);
    await eventually(() => /\r\n\r\n\{.*\}/s.test(heard), { withinMs: 12_000, everyMs: 20 });
    const [head = '', body = ''] = heard.split('\r\n\r\n');
    const answer = {
      status: Number(head.split(' ')[1]),
      headers: new Headers({ 'content-type': /content-type: (.*)/i.exec(head)?.[1] ?? '' }),
      text: body,
      body: JSON.parse(body),
    };
    expect([answer.status, answer.body.code]).toEqual([ERRORS[code].status, code]);
    expect(document.problemsOf(document.operation('GET', '/check'), answer)).toEqual([]);
  },
  15_000,
);

test('a failure inside looks as the document says', async () => {
  const { document, origin } = await documented({
    coordinator: {
      check: () => {
        throw new Error('inside');
      },
    },
  });
  const answer = await ask(`${origin}/check?resource=r`);
  expect(answer.body.code).toBe('internal');
  expect(document.problemsOf(document.operation('GET', '/check'), answer)).toEqual([]);
});

test.each([200, 403, 429, 503])(
  'a denial as %i looks as the document says, in every form',
  async (denyStatus) => {
    const { document, origin } = await documented();
    const operation = document.operation('POST', '/check');
    for (const permits of [5, 6]) {
      for (const accept of ['*/*', 'application/json']) {
        const json = { resource: 'api.orders.x', dimensions: { tenant: 'a' }, permits, denyStatus };
        const answer = await ask(`${origin}/check?detail=1`, { json, headers: { accept } });
        expect([answer.status, answer.body.allowed]).toEqual([denyStatus, false]);
        expect(document.problemsOf(operation, answer)).toEqual([]);
      }
    }
  },
);

test('the page shows the document with nothing from elsewhere', async () => {
  const { origin } = await serve();
  const page = await ask(`${origin}/docs`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('http');
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path = '']) => new URL(path, `${origin}/docs`),
  );
  expect(files.length).toBeGreaterThan(3);
  for (const url of files) {
    expect(url.origin).toBe(origin);
    expect([url.pathname, (await fetch(url)).status]).toEqual([url.pathname, 200]);
  }
});
