import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FRAME_BYTES_MAX } from '../../transport/codec.ts';
import { MeshTransport } from '../../transport/mesh.ts';
import { codecOf, type Member, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { heartbeat } from './messages.ts';

let mesh: MeshTransport;
let member: Member;

beforeEach(async () => {
  mesh = new MeshTransport({ codec: codecOf('eu-west'), log: silent, host: '127.0.0.1', port: 0 });
  member = await started('eu-west', mesh);
});

afterEach(() => mesh.stop());

function port(): number {
  return mesh.address()?.port ?? 0;
}

/** Sends raw text to the listener and returns all that comes back until it hangs up. */
async function talk(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = connect(port(), '127.0.0.1');
  const said: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => said.push(chunk));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return Buffer.concat(said).toString('latin1');
}

const frame = () => codecOf('us-east').encode(heartbeat(1)) ?? new Uint8Array();

test.each([
  ['another path', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', 404],
  ['a path below it', 'POST /mesh/x HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', 404],
  ['another method', 'GET /mesh HTTP/1.1\r\nhost: x\r\n\r\n', 405],
  [
    'a body that is announced as too large',
    'POST /mesh HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n',
    413,
  ],
  ['headers without end', `POST /mesh HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ['what is no HTTP', '\u0000\u0001\u0002 garbage\r\n\r\n', 400],
])('%s is answered and hung up on', async (_name, request, status) => {
  const answer = await talk(request);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  if (status === 405) expect(answer).toContain('allow: POST');
  expect(member.heard).toStrictEqual([]);
});

test('a body that grows too large on the way is cut off and counted', async () => {
  const chunk = Buffer.alloc(64 * 1024);
  const head = 'POST /mesh HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
  const size = Buffer.from(`${chunk.byteLength.toString(16)}\r\n`);
  const body = Array.from({ length: 5 }, () => Buffer.concat([size, chunk, Buffer.from('\r\n')]));
  const answer = await talk(head, ...body);
  if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(mesh.counters().framesRejected).toStrictEqual({ too_large: 1 });
});

test('a body of exactly the bound is read to its end', async () => {
  const head = `POST /mesh HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${FRAME_BYTES_MAX}\r\n\r\n`;
  expect(await talk(head, Buffer.alloc(FRAME_BYTES_MAX))).toMatch(/^HTTP\/1\.1 400 /);
  expect(mesh.counters().framesRejected).toStrictEqual({ garbage: 1 });
});

test('a body that never ends is given up, while others are served', async () => {
  const slow = talk('POST /mesh HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx');
  const good = frame();
  const head = `POST /mesh HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${good.byteLength}\r\n\r\n`;
  expect(await talk(head, good)).toMatch(/^HTTP\/1\.1 204 /);
  expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
  expect(member.heard).toHaveLength(1);
});

test('a body that breaks off is no frame', async () => {
  const socket = connect(port(), '127.0.0.1');
  socket.write('POST /mesh HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx');
  await once(socket, 'connect');
  socket.destroy();
  const good = frame();
  const head = `POST /mesh HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${good.byteLength}\r\n\r\n`;
  expect(await talk(head, good)).toMatch(/^HTTP\/1\.1 204 /);
  expect(mesh.counters().framesRejected).toStrictEqual({});
});

test('many requests in one go are taken in order', async () => {
  const codec = codecOf('us-east');
  const requests = [1, 2, 3, 4].map((sequence) => {
    const body = codec.encode(heartbeat(sequence)) ?? new Uint8Array();
    const last = sequence === 4 ? 'connection: close\r\n' : '';
    const head = `POST /mesh HTTP/1.1\r\nhost: x\r\n${last}content-length: ${body.byteLength}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  });
  await talk(Buffer.concat(requests));
  expect(member.heard.map((one) => one.message)).toStrictEqual([1, 2, 3, 4].map(heartbeat));
});

test('a port that is taken makes start fail, with the reason', async () => {
  const second = new MeshTransport({
    codec: codecOf('us-east'),
    log: silent,
    host: '127.0.0.1',
    port: port(),
  });
  await expect(second.start(() => undefined)).rejects.toThrow('EADDRINUSE');
  expect(second.connected()).toBe(false);
  await second.stop();
});

test('stop frees the port even while a stranger holds a connection', async () => {
  const { port: bound } = mesh.address() ?? { port: 0 };
  const stranger = connect(bound, '127.0.0.1');
  await once(stranger, 'connect');
  await mesh.stop();
  await eventually(() => stranger.destroyed || stranger.readableEnded);
  stranger.destroy();
  expect(mesh.address()).toBeUndefined();
});
