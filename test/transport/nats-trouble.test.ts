import { TimeoutError } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterEach, expect, test } from 'vitest';
import { createCodec } from '../../transport/codec.ts';
import { NatsTransport } from '../../transport/nats.ts';
import type { NatsOptions } from '../../transport/nats-options.ts';
import { natsTroubleOf } from '../../transport/nats-trouble.ts';
import { codecOf, reaches, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { startNatsServer } from '../servers/nats-server.ts';
import { heartbeat } from './messages.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(flags?: readonly string[], port?: number) {
  const server = await startNatsServer(port, flags);
  cleanups.push(() => server.kill());
  return server;
}

function nats(region: string, more: Partial<NatsOptions> & Pick<NatsOptions, 'servers'>): NatsTransport {
  const transport = new NatsTransport({ codec: codecOf(region), log: silent, ...more });
  cleanups.push(() => transport.stop());
  return transport;
}

test('what is wrong with the server is said with the next step, until it is there', async () => {
  const port = await freePort();
  const transport = nats('us-east', { servers: [`127.0.0.1:${port}`] });
  await transport.start(() => undefined);
  await eventually(() => transport.diagnosis().medium !== undefined);
  expect(transport.diagnosis().medium).toBe(
    `nobody listens at 127.0.0.1:${port} (ECONNREFUSED): start the NATS server, or correct transport.nats.servers`,
  );
  await serve([], port);
  await eventually(() => transport.connected(), { withinMs: 8_000 });
  expect(transport.diagnosis()).toEqual({ medium: undefined, peers: {} });
});

test('a server that does not let this region in is told apart, and no secret is repeated', async () => {
  const { url } = await serve(['--user', 'headgate', '--pass', 'right']);
  const login = { user: 'headgate', password: 'not-for-the-log' };
  const transport = nats('us-east', { servers: [url], login });
  await transport.start(() => undefined);
  await eventually(() => transport.diagnosis().medium?.includes('correct the login under transport.nats'));
  expect(transport.diagnosis().medium).not.toContain('not-for-the-log');
});

test.each([
  [Object.assign(new Error('no'), { code: 'ENOTFOUND' }), 'the host of a, b is not known (ENOTFOUND)'],
  [
    new Error('no', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    'nobody listens at a, b',
  ],
  [new TimeoutError(), 'no answer from a, b: look whether a NATS server listens there'],
  [
    new Error('server does not support tls'),
    'cannot use a, b (server does not support tls): see transport.nats',
  ],
])('%s is put in words with the next step', (error, text) => {
  expect(natsTroubleOf(error, ['a', 'b'])).toContain(text);
});

test('a lost server is said to be lost', async () => {
  const server = await serve();
  const { transport } = await started('us-east', nats('us-east', { servers: [server.url] }));
  expect((transport as NatsTransport).diagnosis().medium).toBeUndefined();
  await server.stop();
  await eventually(() =>
    (transport as NatsTransport).diagnosis().medium?.includes(`the connection to ${server.url} was lost`),
  );
});

test('a member whose key differs is named and counted under its name, a stranger is not', async () => {
  const { url } = await serve();
  const key = Buffer.alloc(32, 9);
  const east = nats('us-east', { servers: [url] });
  east.meet([
    { region: 'us-east', weight: 1 },
    { region: 'eu-west', weight: 1 },
  ]);
  const eastern = await started('us-east', east);
  const west = nats('eu-west', {
    servers: [url],
    codec: createCodec({ region: 'eu-west', environment: 'test', key }),
  });
  await west.start(() => undefined);
  await eventually(() => west.connected());
  west.send('us-east', heartbeat(1));
  const stranger = await connect({ servers: [url] });
  cleanups.push(() => stranger.close());
  stranger.publish('headgate.v1.test.to.us-east.nobody', Buffer.from('x'));
  await eventually(() => east.details().errors.length === 2);
  expect(east.details().errors).toEqual(
    expect.arrayContaining([
      { peer: 'eu-west', kind: 'signature', count: 1 },
      { peer: '', kind: 'garbage', count: 1 },
    ]),
  );
  expect(Object.keys(east.diagnosis().peers)).toEqual(['eu-west']);
  expect(east.diagnosis().peers['eu-west']).toContain('give every region the same transport.key');
  await west.stop();
  const mended = await started('eu-west', nats('eu-west', { servers: [url] }));
  await reaches(mended, eastern);
  expect(east.diagnosis().peers).toEqual({});
});
