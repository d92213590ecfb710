import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { MeshTransport } from '../../transport/mesh.ts';
import { codecOf, reaches, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { heartbeat, repairOf } from './messages.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function mesh(region: string, port = 0): MeshTransport {
  const transport = new MeshTransport({ codec: codecOf(region), log: silent, host: '127.0.0.1', port });
  cleanups.push(() => transport.stop());
  return transport;
}

test('heartbeats to a dead peer cost little, and find it within a second of its return', async () => {
  const port = await freePort();
  const east = await started('us-east', mesh('us-east'));
  (east.transport as MeshTransport).setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}` }]);
  const beat = setInterval(() => east.transport.send('eu-west', heartbeat(1)), 250);
  cleanups.push(() => clearInterval(beat));
  await eventually(() => east.transport.counters().framesDropped >= 2);
  const west = await started('eu-west', mesh('eu-west', port));
  await eventually(() => west.heard.length > 0, { withinMs: 1_000 });
});

test('an open breaker drops at once instead of trying', async () => {
  const port = await freePort();
  const east = await started('us-east', mesh('us-east'));
  (east.transport as MeshTransport).setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}` }]);
  for (let sequence = 0; sequence < 1_000; sequence += 1) east.transport.send('eu-west', heartbeat(sequence));
  await eventually(() => {
    const { framesDropped, sendErrors } = east.transport.counters();
    return framesDropped + sendErrors === 1_000;
  });
  expect(east.transport.counters().sendErrors).toBeLessThan(100);
});

test('a peer that takes connections and never answers costs a bounded queue, and is left within seconds', async () => {
  const held: Socket[] = [];
  const mute = createServer((socket) => held.push(socket.on('error', () => undefined)));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  cleanups.push(
    () => mute.close(),
    () => held.map((socket) => socket.destroy()),
  );
  const east = await started('us-east', mesh('us-east'));
  const { port } = mute.address() as AddressInfo;
  (east.transport as MeshTransport).setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}` }]);
  const large = repairOf(7_000);
  for (let sequence = 0; sequence < 200; sequence += 1) east.transport.send('eu-west', large);
  // 32 are under way and 8 MiB wait; the rest is gone already.
  expect(east.transport.counters().framesDropped).toBeGreaterThan(100);
  await eventually(
    () => east.transport.counters().framesDropped + east.transport.counters().sendErrors === 200,
    {
      withinMs: 14_000,
    },
  );
}, 20_000);

test('a peer that refuses every frame is counted, and keeps its link', async () => {
  const answers: number[] = [];
  const strict = createHttpServer((request, response) => {
    request.resume().on('end', () => {
      answers.push(400);
      response.writeHead(400).end();
    });
  });
  strict.listen(0, '127.0.0.1');
  await once(strict, 'listening');
  cleanups.push(
    () => strict.close(),
    () => strict.closeAllConnections(),
  );
  const east = await started('us-east', mesh('us-east'));
  const { port } = strict.address() as AddressInfo;
  (east.transport as MeshTransport).setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}` }]);
  for (let sequence = 0; sequence < 20; sequence += 1) east.transport.send('eu-west', heartbeat(sequence));
  await eventually(() => east.transport.counters().sendErrors === 20);
  expect(answers).toHaveLength(20);
  expect(east.transport.counters().framesDropped).toBe(0);
});

test('frames do not wait for the answers to those before them, and arrive in order', async () => {
  const arrived: unknown[] = [];
  const answers: (() => void)[] = [];
  const far = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      arrived.push(codecOf('eu-west').decode(Buffer.concat(chunks)));
      answers.push(() => response.writeHead(204).end());
    });
  });
  far.listen(0, '127.0.0.1');
  await once(far, 'listening');
  cleanups.push(
    () => far.close(),
    () => far.closeAllConnections(),
  );
  const east = mesh('us-east');
  await started('us-east', east);
  const { port } = far.address() as AddressInfo;
  east.setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}` }]);
  const messages = Array.from({ length: 40 }, (_, sequence) => heartbeat(sequence));
  for (const message of messages) east.send('eu-west', message);
  await eventually(() => arrived.length === 32);
  for (const answer of answers.splice(0)) answer();
  await eventually(() => arrived.length === 40);
  for (const answer of answers.splice(0)) answer();
  await eventually(() => east.counters().framesSent === 40);
  expect(arrived).toMatchObject(messages.map((message) => ({ message })));
});

test('peers are added, moved and removed while running', async () => {
  const [east, west, south] = [mesh('us-east'), mesh('eu-west'), mesh('ap-southeast')];
  const members = [
    await started('us-east', east),
    await started('eu-west', west),
    await started('ap-southeast', south),
  ] as const;
  const url = (transport: MeshTransport) => `http://127.0.0.1:${transport.address()?.port}`;
  east.setPeers([
    { region: 'us-east', url: url(east) },
    { region: 'eu-west', url: url(west) },
  ]);
  await reaches(members[0], members[1]);
  // What eu-west was is now at another address, under which ap-southeast listens: it is told, and takes nothing that is not for it.
  east.setPeers([{ region: 'eu-west', url: url(south) }]);
  east.send('eu-west', heartbeat(1));
  await eventually(() => south.counters().framesRejected['recipient'] === 1);
  east.setPeers([]);
  east.send('all', heartbeat(2));
  east.send('eu-west', heartbeat(3));
  expect(east.counters().framesDropped).toBe(1);
  expect(members[0].heard).toStrictEqual([]);
});

test('peers may be behind a path, and must be HTTP', async () => {
  const paths: string[] = [];
  const proxy = createHttpServer((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  cleanups.push(
    () => proxy.close(),
    () => proxy.closeAllConnections(),
  );
  const east = mesh('us-east');
  await started('us-east', east);
  const { port } = proxy.address() as AddressInfo;
  east.setPeers([{ region: 'eu-west', url: `http://127.0.0.1:${port}/headgate/` }]);
  east.send('eu-west', heartbeat(1));
  await eventually(() => east.counters().framesSent === 1);
  expect(paths).toStrictEqual(['POST /headgate/mesh']);
  expect(() => east.setPeers([{ region: 'eu-west', url: 'nats://x:1' }])).toThrow(TypeError);
  expect(() => east.setPeers([{ region: 'eu-west', url: 'no url' }])).toThrow(TypeError);
  east.send('eu-west', heartbeat(2));
  await eventually(() => east.counters().framesSent === 2);
});
