import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { expect, onTestFinished, test } from 'vitest';
import { type Answered, clientOf, descriptor, ENVOYS, unary } from '../adapters/grpc-fixture.ts';
import { eventually } from '../eventually.ts';
import { quietPorts } from './quiet-ports.ts';
import { RegionProcess } from './region-process.ts';

// Envoy itself is in no Debian package: its place is taken by a client made from Envoy's own definitions.

const SERVICE = 'envoy.service.ratelimit.v3.RateLimitService';

/** What config/gateways/envoy/rate-limit.yaml makes of a request of a tenant for /orders. */
const ORDERS_OF = (tenant: string) => ({
  domain: 'edge',
  descriptors: [descriptor({ route: 'orders' }), descriptor({ route: 'orders', tenant })],
});

/** A coordinator of one region with the limits that are given out for Envoy, as a real process. */
async function startCoordinator(): Promise<{ readonly region: RegionProcess; readonly address: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-envoy-'));
  const [port = 0, meshPort = 0, grpcPort = 0] = await quietPorts(3);
  const file = join(folder, 'headgate.json');
  const settings = {
    version: 1,
    node: { listen: { port } },
    grpc: { listen: { port: grpcPort } },
    http: { drainNotice: '1s' },
    regions: [{ name: 'us-east', quota: 100 }],
    transport: { kind: 'mesh', key: randomBytes(16).toString('hex'), mesh: { listen: { port: meshPort } } },
    durability: { journal: 'none' },
    limitsFile: fileURLToPath(new URL('../../config/gateways/envoy/limits.yaml', import.meta.url)),
  };
  writeFileSync(file, JSON.stringify(settings));
  const region = new RegionProcess({ region: 'us-east', port, file, faulty: false });
  region.start('first');
  onTestFinished(async () => {
    await region.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await region.ready();
  return { region, address: `127.0.0.1:${grpcPort}` };
}

test('a client of Envoy’s own definitions is limited over gRPC and over HTTP alike, by the same counters', async () => {
  const { region, address } = await startCoordinator();
  const client = clientOf(SERVICE, address, ENVOYS);
  await farFromTheEndOf(60_000);
  const first = await unary<Answered>(client, 'ShouldRateLimit', { ...ORDERS_OF('acme'), hitsAddend: 998 });
  expect(first).toMatchObject({
    overallCode: 'OK',
    statuses: [
      { currentLimit: { name: 'orders', requestsPerUnit: 50_000, unit: 'MINUTE' }, limitRemaining: 49_002 },
      { currentLimit: { name: 'orders-per-tenant', unit: 'MINUTE' }, limitRemaining: 2 },
    ],
  });
  const json = (body: unknown) => fetch(`${region.url}/json`, { method: 'POST', body: JSON.stringify(body) });
  expect((await json(ORDERS_OF('acme'))).status).toBe(200);
  expect((await fetch(`${region.url}/check?resource=edge&d.route=orders&d.tenant=acme`)).status).toBe(200);
  const denied = await unary<Answered>(client, 'ShouldRateLimit', ORDERS_OF('acme'));
  expect(denied.overallCode).toBe('OVER_LIMIT');
  expect(denied.statuses.map(({ code }) => code)).toEqual(['OK', 'OVER_LIMIT']);
  expect(denied.responseHeadersToAdd).toMatchObject([
    { key: 'retry-after', value: expect.any(String) as string },
  ]);
  expect((await json(ORDERS_OF('acme'))).status).toBe(429);
  expect(await region.metric('headgate_check_duration_seconds_count')).toBe(5);
});

test('of a thousand calls at once as many pass as there are permits', async () => {
  const { address } = await startCoordinator();
  const client = clientOf(SERVICE, address, ENVOYS);
  const request = {
    domain: 'edge',
    descriptors: [descriptor({ remote_address: '10.0.0.1' }, { hitsAddend: { value: 1 } })],
  };
  await farFromTheEndOf(10_000);
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () => unary<Answered>(client, 'ShouldRateLimit', request)),
  );
  expect(answers.filter(({ overallCode }) => overallCode === 'OK')).toHaveLength(100);
});

test('told to stop, it says so to health checks, decides on meanwhile, and ends in order', async () => {
  const { region, address } = await startCoordinator();
  const client = clientOf(SERVICE, address, ENVOYS);
  const checker = clientOf('grpc.health.v1.Health', address, { file: healthProtoPath, folders: [] });
  const health = async () => (await unary<{ readonly status: string }>(checker, 'Check', {})).status;
  expect(await health()).toBe('SERVING');
  const ended = region.stop();
  await eventually(async () => (await health()) === 'NOT_SERVING');
  expect((await unary<Answered>(client, 'ShouldRateLimit', ORDERS_OF('late'))).overallCode).toBe('OK');
  expect(await ended).toBe(0);
  await expect(unary(client, 'ShouldRateLimit', ORDERS_OF('late'))).rejects.toMatchObject({
    code: status.UNAVAILABLE,
  });
});

/** Waits until no window of this length ends within the next three seconds, so that a story has one window to itself. */
async function farFromTheEndOf(windowMs: number): Promise<void> {
  await eventually(() => Date.now() % windowMs < windowMs - 3_000, { withinMs: 5_000 });
}
