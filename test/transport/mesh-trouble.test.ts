import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Log } from '../../src/ports.ts';
import { type Codec, createCodec } from '../../transport/codec.ts';
import { MeshTransport } from '../../transport/mesh.ts';
import { meshTroubleOf } from '../../transport/mesh-trouble.ts';
import { codecOf, reaches, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { heartbeat } from './messages.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Said = { readonly event: string; readonly fields: Readonly<Record<string, unknown>> };

function logInto(said: Said[]): Log {
  const write = (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
    void said.push({ event, fields });
  return { info: write, warn: write, error: write };
}

async function mesh(codec: Codec, { log = silent, port = 0 } = {}) {
  const transport = new MeshTransport({ codec, log, host: '127.0.0.1', port });
  cleanups.push(() => transport.stop());
  return { transport, member: await started(codec.region, transport) };
}

const urlOf = (transport: MeshTransport) => `http://127.0.0.1:${transport.address()?.port}`;

function codecWith(changes: Partial<Parameters<typeof createCodec>[0]>): Codec {
  return createCodec({ region: 'us-east', environment: 'test', key: Buffer.alloc(32, 7), ...changes });
}

test.each([
  ['signature', codecWith({ key: Buffer.alloc(32, 9) }), 'transport.key'],
  ['environment', codecWith({ environment: 'production' }), 'same environment'],
] as const)(
  'a peer that refuses frames for their %s is named with what to do, counted under its name, and forgiven',
  async (refusal, codec, step) => {
    const said: Said[] = [];
    const west = await mesh(codecOf('eu-west'));
    const east = await mesh(codec, { log: logInto(said) });
    east.transport.setPeers([{ region: 'eu-west', url: urlOf(west.transport) }]);
    for (let sequence = 0; sequence < 3; sequence += 1) east.transport.send('all', heartbeat(sequence));
    await eventually(() => east.transport.counters().sendErrors === 3);
    expect(east.transport.diagnosis().peers['eu-west']).toContain(`(${refusal})`);
    expect(east.transport.diagnosis().peers['eu-west']).toContain(step);
    expect(east.transport.details().errors).toEqual([{ peer: 'eu-west', kind: 'refused', count: 3 }]);
    expect(west.transport.details().errors).toEqual([{ peer: '', kind: refusal, count: 3 }]);
    expect(said.filter(({ event }) => event === 'mesh_peer_refuses')).toMatchObject([
      { fields: { peer: 'eu-west', because: expect.stringContaining(step), count: 1 } },
      { fields: { count: 2 } },
    ]);
  },
);

test('a peer that refused and accepts again is well, and that is told once', async () => {
  const said: Said[] = [];
  let status = 400;
  const peer = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end());
  });
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  cleanups.push(
    () => peer.close(),
    () => peer.closeAllConnections(),
  );
  const { transport } = await mesh(codecOf('us-east'), { log: logInto(said) });
  const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
  transport.setPeers([{ region: 'eu-west', url }]);
  transport.send('eu-west', heartbeat(1));
  await eventually(() => transport.diagnosis().peers['eu-west']?.includes('(400)'));
  status = 204;
  for (let sequence = 2; sequence < 5; sequence += 1) transport.send('eu-west', heartbeat(sequence));
  await eventually(() => transport.counters().framesSent === 3);
  expect(transport.diagnosis()).toEqual({ medium: undefined, peers: {} });
  expect(said.filter(({ event }) => event === 'mesh_peer_accepts')).toHaveLength(1);
});

test('an address that is not that of a listener for peers is told apart', async () => {
  const other = createServer((_request, response) => response.writeHead(404).end());
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  cleanups.push(
    () => other.close(),
    () => other.closeAllConnections(),
  );
  const { transport } = await mesh(codecOf('us-east'));
  transport.setPeers([
    { region: 'eu-west', url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` },
  ]);
  transport.send('eu-west', heartbeat(1));
  await eventually(() => transport.diagnosis().peers['eu-west']?.includes('transport.mesh.listen'));
});

test('a peer where nobody listens is said to be so until it is there', async () => {
  const port = await freePort();
  const said: Said[] = [];
  const { transport, member } = await mesh(codecOf('us-east'), { log: logInto(said) });
  transport.setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}` }]);
  for (let sequence = 0; sequence < 5; sequence += 1) transport.send('all', heartbeat(sequence));
  await eventually(() => said.some(({ event }) => event === 'mesh_peer_lost'));
  expect(transport.diagnosis().peers['eu-west']).toMatch(
    /nobody listens at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\): start/,
  );
  expect(transport.details().errors).toEqual(
    expect.arrayContaining([{ peer: 'eu-west', kind: 'send', count: expect.any(Number) }]),
  );
  const west = await mesh(codecOf('eu-west'), { port });
  await reaches(member, west.member);
  expect(transport.diagnosis().peers['eu-west']).toBeUndefined();
});

test.each([
  ['ENOTFOUND', 'the host of http://west:1 is not known (ENOTFOUND): correct'],
  ['EAI_AGAIN', 'the host of http://west:1 is not known (EAI_AGAIN): correct'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no answer from http://west:1 (UND_ERR_CONNECT_TIMEOUT): look'],
  ['ECONNRESET', 'cannot reach http://west:1 (ECONNRESET): look'],
])('%s is put in words with the next step', (code, text) => {
  const error = Object.assign(new Error('no'), { code });
  expect(meshTroubleOf(error, 'http://west:1')).toContain(text);
  // Where a host has several addresses, the client says so of each.
  expect(meshTroubleOf(new AggregateError([error]), 'http://west:1')).toContain(text);
});
