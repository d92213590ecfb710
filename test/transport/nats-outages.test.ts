import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterEach, expect, test } from 'vitest';
import { NatsTransport } from '../../transport/nats.ts';
import type { NatsOptions } from '../../transport/nats-options.ts';
import { codecOf, type Member, reaches, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import { heartbeat, repairOf } from './messages.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(port?: number, flags?: readonly string[]): Promise<NatsServer> {
  const server = await startNatsServer(port, flags);
  cleanups.push(() => server.kill());
  return server;
}

function nats(region: string, servers: readonly string[], more: Partial<NatsOptions> = {}): NatsTransport {
  const transport = new NatsTransport({ codec: codecOf(region), log: silent, servers, ...more });
  cleanups.push(() => transport.stop());
  return transport;
}

async function pair(server: NatsServer): Promise<[Member, Member]> {
  const east = await started('us-east', nats('us-east', [server.url]));
  const west = await started('eu-west', nats('eu-west', [server.url]));
  await reaches(east, west);
  return [east, west];
}

test('messages flow again by themselves after the server was stopped, and after it was killed', async () => {
  const server = await serve();
  const [east, west] = await pair(server);
  for (const end of ['stop', 'kill'] as const) {
    const current = end === 'stop' ? server : await serve(server.port);
    if (end === 'kill') await reaches(east, west);
    await current[end]();
    await eventually(() => !east.transport.connected() && !west.transport.connected());
    const before = east.transport.counters();
    for (let sequence = 0; sequence < 100; sequence += 1) east.transport.send('all', heartbeat(sequence));
    expect(east.transport.counters()).toStrictEqual({ ...before, framesDropped: before.framesDropped + 100 });
  }
  await serve(server.port);
  await reaches(east, west);
  await reaches(west, east);
  // Nothing of the outage was kept for later.
  expect(west.heard).toStrictEqual([]);
}, 20_000);

test('start resolves without a server, and connects when there is one', async () => {
  const port = await freePort();
  const east = nats('us-east', [`127.0.0.1:${port}`]);
  const began = performance.now();
  await east.start(() => undefined);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(east.connected()).toBe(false);
  await serve(port);
  await eventually(() => east.connected());
});

test('stop ends what never connected', async () => {
  const port = await freePort();
  const east = nats('us-east', [`127.0.0.1:${port}`]);
  await east.start(() => undefined);
  await east.stop();
  await serve(port);
  expect(east.connected()).toBe(false);
});

test('a server that was down at the start is used when the other one fails', async () => {
  const [first, port] = [await serve(), await freePort()];
  const servers = [first.url, `127.0.0.1:${port}`];
  const east = await started('us-east', nats('us-east', servers));
  await serve(port);
  await first.kill();
  const west = await started('eu-west', nats('eu-west', servers));
  await reaches(east, west);
});

test('a server that stalls is not fed without end, and is left for a new connection', async () => {
  const server = await serve();
  const [east, west] = await pair(server);
  server.freeze();
  const large = repairOf(7_000);
  const before = east.transport.counters().framesDropped;
  for (let sequence = 0; sequence < 100; sequence += 1) east.transport.send('eu-west', large);
  // 4 MiB are 16 of these.
  expect(east.transport.counters().framesDropped - before).toBeGreaterThan(80);
  await eventually(() => !east.transport.connected() && !west.transport.connected(), { withinMs: 6_000 });
  server.thaw();
  await reaches(east, west);
}, 20_000);

test('stop does not wait for a server that stalls', async () => {
  const server = await serve();
  const [east] = await pair(server);
  server.freeze();
  const began = performance.now();
  await east.transport.stop();
  expect(performance.now() - began).toBeLessThan(1_500);
});

test('a second process of the same name is heard, so that the older one can give way', async () => {
  const server = await serve();
  const older = await started('us-east', nats('us-east', [server.url]));
  const newer = await started('us-east', nats('us-east', [server.url]));
  newer.transport.send('all', heartbeat(2));
  await eventually(() => older.heard.length > 0);
  expect(older.heard).toStrictEqual([{ from: 'us-east', message: heartbeat(2) }]);
  expect(newer.heard).toStrictEqual([]);
});

test('a frame on the subject of another sender is refused', async () => {
  const server = await serve();
  const [, west] = await pair(server);
  const stranger = await connect({ servers: server.url });
  const frame = codecOf('us-east').encode(heartbeat(1)) ?? new Uint8Array();
  stranger.publish('headgate.v1.test.from.ap-southeast', frame);
  stranger.publish('headgate.v1.test.to.eu-west.ap-southeast', frame);
  stranger.publish('headgate.v1.test.from.us-east', frame);
  await stranger.drain();
  await eventually(() => west.heard.length > 0);
  expect(west.heard).toHaveLength(1);
  expect(west.transport.counters().framesRejected).toStrictEqual({ sender: 2 });
});

test.each([
  [
    'a user and a password',
    ['--user', 'headgate', '--pass', 'secret'],
    { user: 'headgate', password: 'secret' },
  ],
  ['a token', ['--auth', 'secret'], { token: 'secret' }],
])('%s open a server that asks for them, and nothing else does', async (_name, flags, login) => {
  const server = await serve(undefined, flags);
  const east = await started('us-east', nats('us-east', [server.url], { login }));
  const west = await started('eu-west', nats('eu-west', [server.url], { login }));
  await reaches(east, west);
  const stranger = nats('ap-southeast', [server.url], { login: { token: 'wrong' } });
  await stranger.start(() => undefined);
  expect(stranger.connected()).toBe(false);
});

test('a user who may only publish as one region cannot speak for another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-nats-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const user = (region: string) => `{ user: "${region}", password: "secret", permissions: {
      publish: ["headgate.v1.test.from.${region}", "headgate.v1.test.to.*.${region}"]
      subscribe: ["headgate.v1.test.from.*", "headgate.v1.test.to.${region}.*"] } }`;
  const file = join(folder, 'nats.conf');
  await writeFile(file, `authorization { users = [ ${user('us-east')}, ${user('eu-west')} ] }`);
  const server = await serve(undefined, ['-c', file]);
  const login = (user: string) => ({ login: { user, password: 'secret' } });
  const east = await started('us-east', nats('us-east', [server.url], login('us-east')));
  const west = await started('eu-west', nats('eu-west', [server.url], login('eu-west')));
  await reaches(east, west);
  const liar = nats('ap-southeast', [server.url], login('us-east'));
  // It may not listen as ap-southeast either, so it never counts as connected for long.
  await liar.start(() => undefined);
  liar.send('all', heartbeat(1));
  await reaches(east, west);
  expect(west.heard).toStrictEqual([]);
});
