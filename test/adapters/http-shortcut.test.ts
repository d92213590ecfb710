import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Token } from '../../src/access/token.ts';
import { eventually } from '../eventually.ts';
import { type ServeOptions, serve } from './http-fixture.ts';

const ORDER = '{"resource":"api.orders.create","dimensions":{"tenant":"acme"}}';
const PEEK = ORDER.replace('}}', '},"permits":0}');
const JSON_FIELD = 'Content-Type: application/json';

/** What a client writes, in pieces that arrive apart; and how many answers it waits for, of several one after each piece, or all at the end. */
type Talk = {
  readonly pieces: readonly string[];
  readonly answers?: number;
  readonly tokens?: readonly Token[];
};

function post(body: string, ...fields: readonly string[]): string {
  const length = fields.some((field) => /^(content-length|transfer-encoding)/i.test(field))
    ? []
    : [`Content-Length: ${Buffer.byteLength(body)}`];
  return ['POST /check HTTP/1.1', 'Host: a', ...length, ...fields, '', body].join('\r\n');
}

function get(target: string, ...fields: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, 'Host: a', ...fields, '', ''].join('\r\n');
}

const TOKENS: readonly Token[] = [
  { name: 'checker', role: 'check', hash: `sha256:${createHash('sha256').update('checker').digest('hex')}` },
  { name: 'reader', role: 'read', hash: `sha256:${createHash('sha256').update('reader').digest('hex')}` },
];

const TALKS: Readonly<Record<string, Talk>> = {
  'a plain POST': { pieces: [post(ORDER, JSON_FIELD)] },
  'a plain GET': { pieces: [get('/check?resource=api.orders.create&d.tenant=acme&permits=2')] },
  'a GET of nothing': { pieces: [get('/check')] },
  'a GET that is wrong': { pieces: [get('/check?resource=api.orders.create&permits=-1')] },
  'a GET with detail': { pieces: [get('/check?resource=api.orders.create&d.tenant=%C3%A9&detail=1')] },
  'a GET with a body': { pieces: [`${get('/check?resource=r', 'Content-Length: 2')}{}`] },
  'a GET beside it': { pieces: [get('/checks?resource=r')] },
  'a GET below it': { pieces: [get('/check/below?resource=r&x=1')] },
  'a GET in absolute form': { pieces: [get('http://a/check?resource=r')] },
  'a HEAD': { pieces: [get('/check?resource=r', 'Connection: close').replace('GET', 'HEAD')] },
  'a POST in three pieces': {
    pieces: [post(ORDER, JSON_FIELD).slice(0, -40), ORDER.slice(-40, -9), ORDER.slice(-9)],
  },
  'a POST whose body comes later': {
    pieces: [post('', JSON_FIELD, `Content-Length: ${ORDER.length}`), ORDER],
  },
  'a POST in chunks': {
    pieces: [
      post(`${ORDER.length.toString(16)}\r\n${ORDER}\r\n0\r\n\r\n`, JSON_FIELD, 'Transfer-Encoding: chunked'),
    ],
  },
  'a POST of no JSON': { pieces: [post('{"resource":', JSON_FIELD)] },
  'a POST of no JSON in two pieces': { pieces: [post('{"resource":', JSON_FIELD).slice(0, -5), 'urce":'] },
  'a POST of the wrong fields': { pieces: [post('{"resource":"r","permit":1}', JSON_FIELD)] },
  'a POST that names a field twice': { pieces: [post('{"resource":"r","resource":"s"}', JSON_FIELD)] },
  'a POST of nothing': { pieces: [post('', JSON_FIELD)] },
  'a POST without a type': { pieces: [post(ORDER)] },
  'a POST of another type': { pieces: [post(ORDER, 'Content-Type: text/plain')] },
  'a POST with a charset': { pieces: [post(ORDER, `${JSON_FIELD}; charset=utf-8`)] },
  'a POST with an encoding': { pieces: [post(ORDER, JSON_FIELD, 'Content-Encoding: gzip')] },
  'a POST with detail in its query': {
    pieces: [post(ORDER, JSON_FIELD).replace('/check', '/check?detail=1')],
  },
  'a POST with a stray query': { pieces: [post(ORDER, JSON_FIELD).replace('/check', '/check?resource=r')] },
  'a POST that is too large': { pieces: [post(' '.repeat(70_000), JSON_FIELD)] },
  'a POST with a key, and again': {
    pieces: [post(ORDER, JSON_FIELD, 'Idempotency-Key: k'), post(ORDER, JSON_FIELD, 'Idempotency-Key: k')],
    answers: 2,
  },
  'a key that came with another request': {
    pieces: [post(ORDER, JSON_FIELD, 'Idempotency-Key: k'), get('/check?resource=r', 'Idempotency-Key: k')],
    answers: 2,
  },
  'a request that is too much': {
    pieces: [
      post(ORDER.replace('}}', '},"permits":6,"denyStatus":403}'), JSON_FIELD, 'Accept: application/json'),
    ],
  },
  // What they ask for they only peek at: the routes may decide a GET before a POST that came first.
  'requests without waiting for answers': {
    pieces: [
      [post(PEEK, JSON_FIELD), get('/check'), post('[', JSON_FIELD), get('/check?resource=r&permits=0')].join(
        '',
      ),
    ],
    answers: 4,
  },
  'a caller with a token': {
    pieces: [get('/check?resource=r', 'Authorization: Bearer checker')],
    tokens: TOKENS,
  },
  'a caller without a token': { pieces: [post(ORDER, JSON_FIELD)], tokens: TOKENS },
  'a caller with the token of a reader': {
    pieces: [post(ORDER, JSON_FIELD, 'Authorization: Bearer reader')],
    tokens: TOKENS,
  },
  'a request without a host': { pieces: [get('/check?resource=r').replace('Host: a\r\n', '')] },
  'an old version': { pieces: [get('/check?resource=r').replace('HTTP/1.1', 'HTTP/1.0')] },
  'a long target': { pieces: [get(`/check?resource=${'r'.repeat(9_000)}`)] },
};

test.each(Object.entries(TALKS))('%s is answered by the short cut as by the routes', async (_name, talk) => {
  const short = await listen(talk, {});
  const routed = await listen(talk, { recordSpan: () => undefined });
  expect(short).toBe(routed);
  expect(short).toMatch(/^HTTP\/1\.1 \d{3}/);
});

test('a caller that goes away in the middle of a body spends nothing', async () => {
  const { port, measured, world } = await serve();
  const socket = connect(port, '127.0.0.1');
  socket.write(post(ORDER, JSON_FIELD).slice(0, -5));
  await eventually(() => socket.bytesWritten > 100);
  socket.destroy();
  await once(socket, 'close');
  const answer = await listen(
    { pieces: [get('/check?resource=api.orders.create&d.tenant=acme&permits=0')] },
    {},
  );
  expect(answer).toContain('"remaining":2');
  expect([measured, world.region('us-east').usage('orders-per-tenant', 'acme')?.windows.length]).toEqual([
    [],
    2,
  ]);
});

/** All that a server of its own answers, but for the date. */
async function listen({ pieces, answers = 1, tokens = [] }: Talk, options: ServeOptions): Promise<string> {
  const { port } = await serve({ tokens, ...options });
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.setNoDelay();
  let answer = '';
  let isClosed = false;
  socket.on('data', (piece: string) => {
    answer += piece;
  });
  socket.on('close', () => {
    isClosed = true;
  });
  const answered = (count: number) =>
    eventually(() => isClosed || countAnswers(answer) >= count, { what: `${count} answers` });
  for (const [index, piece] of pieces.entries()) {
    await new Promise((written) => socket.write(piece, written));
    if (answers > 1 && pieces.length === answers) await answered(index + 1);
    else await new Promise((turn) => setImmediate(turn));
  }
  await answered(answers);
  socket.destroy();
  return answer.replaceAll(/^date: .*\r\n/gim, '');
}

/** Answers of which all that their length tells of is there. */
function countAnswers(text: string): number {
  let count = 0;
  for (let rest = text; rest !== ''; count += 1) {
    const head = rest.indexOf('\r\n\r\n');
    const length = Number(/^content-length: (\d+)/im.exec(rest.slice(0, head))?.[1] ?? 0);
    if (head < 0 || (Buffer.byteLength(rest) < head + 4 + length && length > 0)) break;
    rest = rest.slice(head + 4 + length);
  }
  return count;
}
