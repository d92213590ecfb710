import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { ask, serve } from './http-fixture.ts';

/** A connection that is written to byte by byte as the test likes, and all that came back. */
function raw(port: number): { readonly socket: Socket; heard(): string; closed(): boolean } {
  let heard = '';
  let closed = false;
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    heard += text;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  onTestFinished(() => void socket.destroy());
  return { socket, heard: () => heard, closed: () => closed };
}

const POST = 'POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n';
const BODY = '{"resource":"r"}';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

test.each([
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00', 400, 'malformed_http'],
  ['an unknown method', 'BREW /check HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'malformed_http'],
  ['an unknown version', 'GET /check HTTP/9.9\r\nHost: h\r\n\r\n', 400, 'malformed_http'],
  ['no host', 'GET /check?resource=r HTTP/1.1\r\n\r\n', 400, 'malformed_http'],
  ['a line break in a header', 'GET /check HTTP/1.1\r\nHost: h\r\nX: a\nb\r\n\r\n', 400, 'malformed_http'],
  ['a NUL in a header', 'GET /check HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n', 400, 'malformed_http'],
  ['a length of letters', `${POST}Content-Length: ten\r\n\r\n${BODY}`, 400, 'malformed_http'],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n${BODY}`, 400, 'malformed_http'],
  ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n${BODY}`, 400, 'malformed_http'],
  [
    'a length and chunks',
    `${POST}Content-Length: 16\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'malformed_http',
  ],
  ['a chunk that is none', `${CHUNKED}zz\r\n${BODY}\r\n0\r\n\r\n`, 400, 'malformed_http'],
  ['a length beyond the bound', `${POST}Content-Length: 99999999\r\n\r\n`, 413, 'body_too_large'],
  [
    'chunks beyond the bound',
    `${CHUNKED}${`8000\r\n${' '.repeat(0x8000)}\r\n`.repeat(3)}`,
    413,
    'body_too_large',
  ],
  [
    'header fields of 20 KiB',
    `GET /check HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'header_fields_too_large',
  ],
  [
    'a request line of 20 KiB',
    `GET /check?resource=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: h\r\n\r\n`,
    414,
    'uri_too_long',
  ],
])('%s is answered and harms nobody', async (_claim, text, status, code) => {
  const { port, origin, logged } = await serve();
  const { socket, heard } = raw(port);
  socket.write(text);
  await eventually(() => heard().includes('\r\n\r\n'));
  expect(heard()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(heard()).toContain(`"code":"${code}"`);
  expect(heard().toLowerCase()).toContain('connection: close');
  expect((await ask(`${origin}/check?resource=r`)).status).toBe(200);
  expect(logged).toEqual([]);
});

test('a head that trickles in is cut off after 5 s, as 408', async () => {
  const { port } = await serve();
  const { socket, heard, closed } = raw(port);
  socket.write('GET /check?resource=r HTTP/1.1\r\nHost: h\r\nX-Slow: ');
  await eventually(closed, { withinMs: 10_000, everyMs: 50 });
  expect(heard()).toMatch(/^HTTP\/1\.1 408 /);
  expect(heard()).toContain('"code":"request_timeout"');
}, 15_000);

test('a body longer than it says is no second request', async () => {
  const { port, world } = await serve();
  const { socket, heard, closed } = raw(port);
  socket.write(`${POST}Content-Length: ${BODY.length}\r\n\r\n${BODY}trailing junk`);
  await eventually(closed);
  expect(
    heard()
      .match(/HTTP\/1\.1 \d+/g)
      ?.at(-1),
  ).toBe('HTTP/1.1 400');
  expect(world.region('us-east').usage('everything', '')?.windows[0]?.used).toBeLessThanOrEqual(1);
});

test('a caller that leaves in the middle of a body spends nothing', async () => {
  const { port, origin, world } = await serve();
  const { socket, closed } = raw(port);
  socket.write(`${POST}Content-Length: ${BODY.length + 10}\r\n\r\n${BODY}`);
  socket.end();
  await eventually(closed);
  expect((await ask(`${origin}/health/live`)).status).toBe(200);
  expect(world.region('us-east').usage('everything', '')?.windows[0]?.used).toBe(0);
});

test('requests in a row on one connection are answered in order', async () => {
  const { port } = await serve();
  const { socket, heard } = raw(port);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
  socket.write(get('/check?resource=r') + get('/nowhere') + get('/check?resource=') + get('/health/live'));
  await eventually(() => heard().includes('"live":true'));
  expect(heard().match(/HTTP\/1\.1 \d+/g)).toEqual([
    'HTTP/1.1 200',
    'HTTP/1.1 404',
    'HTTP/1.1 400',
    'HTTP/1.1 200',
  ]);
});

test('an expectation that nobody can meet is a problem, too', async () => {
  const { port } = await serve();
  const { socket, heard } = raw(port);
  socket.write(`${POST}Expect: miracles\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);
  await eventually(() => heard().includes('"code":"expectation_failed"'));
  expect(heard()).toMatch(/^HTTP\/1\.1 417 /);
});

test('of many requests that one read brings the 64th gets the last answer, and none without an answer is decided', async () => {
  const { port, measured } = await serve();
  const { socket, heard, closed } = raw(port);
  socket.write('GET /check?resource=r HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(1_000));
  await eventually(closed);
  expect(heard().match(/HTTP\/1\.1 200/g)).toHaveLength(64);
  expect(heard().match(/connection: close/gi)).toHaveLength(1);
  expect(measured).toHaveLength(64);
});

test('clients that send without end and never read do not keep others waiting', async () => {
  const { port, origin } = await serve();
  const flood = 'GET /check?resource=r HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(1_300);
  const floods = Array.from({ length: 50 }, () => {
    const each = raw(port);
    each.socket.pause();
    each.socket.write(flood);
    return each;
  });
  const started = performance.now();
  expect((await ask(`${origin}/health/live`)).status).toBe(200);
  expect(performance.now() - started).toBeLessThan(4_000);
  for (const { socket } of floods) socket.resume();
  await eventually(() => floods.every(({ closed }) => closed()));
});

test('a connection that never says a word is closed', async () => {
  const { port } = await serve();
  const { closed } = raw(port);
  await eventually(closed, { withinMs: 10_000, everyMs: 50 });
}, 15_000);

test('a target in absolute form is the same target', async () => {
  const { port } = await serve();
  const { socket, heard } = raw(port);
  socket.write('GET http://headgate.example/check/a?resource=r HTTP/1.1\r\nHost: h\r\n\r\n');
  await eventually(() => heard().includes('"allowed":true'));
});

test('stopping closes idle connections at once, and one that never spoke', async () => {
  const { port, server } = await serve();
  const silent = raw(port);
  const idle = raw(port);
  idle.socket.write('GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n');
  await eventually(() => idle.heard().includes('"live":true'));
  const started = performance.now();
  await server.stop();
  expect(performance.now() - started).toBeLessThan(1_000);
  await eventually(() => silent.closed() && idle.closed());
});

test('a request in flight is finished while the server stops, and told to close', async () => {
  const { port, server } = await serve();
  const { socket, heard, closed } = raw(port);
  socket.write('GET /health/live HTTP/1.1\r\nHost: h\r\n\r\nGET /health/ready HTTP/1.1\r\nHost: h\r\n');
  await eventually(() => heard().includes('"live":true'));
  const stopped = server.stop();
  socket.write('\r\n');
  await stopped;
  await eventually(closed);
  const [, second = ''] = heard().split(/(?=HTTP\/1\.1)/);
  expect(second).toMatch(/^HTTP\/1\.1 503 /);
  expect(second.toLowerCase()).toContain('connection: close');
  expect(second).toContain('draining');
});
