import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Client, status } from '@grpc/grpc-js';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { expect, test } from 'vitest';
import { RATE_LIMIT_SERVICE } from '../../src/adapters/grpc/protocol.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { clientOf, descriptor, serveGrpc, unary } from './grpc-fixture.ts';

const REQUEST = { domain: 'edge', descriptors: [descriptor({ tenant: 'acme' })] };

type Health = { readonly status: string };

function healthClient(address: string): Client {
  return clientOf('grpc.health.v1.Health', address, { file: healthProtoPath, folders: [] });
}

test('health says whether the region is ready, for the server and for the service', async () => {
  let isReady = false;
  const { server, world, address } = await serveGrpc({ starting: true, ready: () => isReady });
  const client = healthClient(address);
  const health = async (service: string) => (await unary<Health>(client, 'Check', { service })).status;
  expect(await health('')).toBe('NOT_SERVING');
  server.serve();
  expect(await health(RATE_LIMIT_SERVICE)).toBe('NOT_SERVING');
  isReady = true;
  world.run(1_000);
  expect(await health('')).toBe('SERVING');
  expect(await health(RATE_LIMIT_SERVICE)).toBe('SERVING');
  server.drain();
  expect(await health('')).toBe('NOT_SERVING');
  await expect(health('nobody')).rejects.toMatchObject({ code: status.NOT_FOUND });
});

test('watchers of health hear of the drain, and do not keep the server from stopping', async () => {
  const { server, address } = await serveGrpc();
  type Watch = (request: unknown) => NodeJS.EventEmitter;
  const client = healthClient(address) as Client & { readonly Watch: Watch };
  const heard: string[] = [];
  const watch = client.Watch({ service: '' });
  watch.on('data', ({ status }: Health) => void heard.push(status)).on('error', () => {});
  await eventually(() => heard.length === 1);
  const stopped = server.stop();
  await eventually(() => heard.length === 2);
  expect(heard).toEqual(['SERVING', 'NOT_SERVING']);
  await stopped;
});

test('a draining region still decides: a gateway that is told nothing would let everything pass', async () => {
  const { server, ask } = await serveGrpc();
  await ask(REQUEST);
  server.drain();
  expect((await ask(REQUEST)).statuses[0]?.limitRemaining).toBe(18);
});

test('a stopped server takes no more calls, and stopping twice is harmless', async () => {
  const { server, ask } = await serveGrpc();
  await ask(REQUEST);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  await expect(ask(REQUEST)).rejects.toMatchObject({ code: status.UNAVAILABLE });
});

test('reflection lists the services and describes the messages, in both versions that clients speak', async () => {
  const { address } = await serveGrpc();
  for (const version of ['v1', 'v1alpha']) {
    const folder = '../../node_modules/@grpc/reflection/build/proto/grpc/reflection';
    const file = fileURLToPath(new URL(`${folder}/${version}/reflection.proto`, import.meta.url));
    const client = clientOf(`grpc.reflection.${version}.ServerReflection`, address, { file, folders: [] });
    const answers = await reflect(client, [
      { listServices: '' },
      { fileContainingSymbol: RATE_LIMIT_SERVICE },
    ]);
    const services = answers[0]?.listServicesResponse?.service.map(({ name }) => name);
    expect(services).toEqual(expect.arrayContaining([RATE_LIMIT_SERVICE, 'grpc.health.v1.Health']));
    const files = answers[1]?.fileDescriptorResponse?.fileDescriptorProto.map((bytes) => bytes.toString());
    expect(files?.join()).toContain('ShouldRateLimit');
    expect(files?.join()).toContain('RateLimitDescriptor');
  }
});

test('an address that cannot be listened on is an error at the start', async () => {
  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  await eventually(() => taken.listening);
  const { server } = await serveGrpc({ port: 0 });
  await server.stop();
  await expect(serveGrpc({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  taken.close();
});

type Reflected = {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
};

function reflect(client: Client, questions: readonly unknown[]): Promise<readonly Reflected[]> {
  type Stream = NodeJS.EventEmitter & { write(question: unknown): void; end(): void };
  const stream = (client as Client & { ServerReflectionInfo(): Stream }).ServerReflectionInfo();
  const answers: Reflected[] = [];
  return new Promise((resolve, reject) => {
    stream.on('data', (answer: Reflected) => void answers.push(answer));
    stream.on('end', () => resolve(answers)).on('error', reject);
    for (const question of questions) stream.write(question);
    stream.end();
  });
}
