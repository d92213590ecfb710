import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { FORMATS, type Format } from '../../src/adapters/telemetry/exposition.ts';
import { ask, serve } from './http-fixture.ts';

test('health is UP while all is well, and grep finds it', async () => {
  const { origin } = await serve();
  const { status, body, text } = await ask(`${origin}/health`);
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'UP',
    region: 'us-east',
    checks: {
      decisions: 'ok',
      share: 'whole',
      transport: 'ok',
      peers: { 'ap-southeast': 'up', 'eu-west': 'up' },
      configuration: 'ok',
    },
  });
  expect(text).toMatch(/UP/);
});

test('health is DEGRADED, still 200, when a peer is lost', async () => {
  const { origin, world } = await serve();
  world.kill('eu-west');
  world.run(3_000);
  const { status, body, text } = await ask(`${origin}/health`);
  expect([status, body.status, body.checks.peers['eu-west']]).toEqual([200, 'DEGRADED', 'suspected']);
  expect(text).not.toMatch(/UP/);
  expect((await ask(`${origin}/health/ready`)).status).toBe(200);
});

test('a starting server is alive, not ready, and decides nothing', async () => {
  const { origin, server } = await serve({ starting: true });
  expect((await ask(`${origin}/health/live`)).status).toBe(200);
  const ready = await ask(`${origin}/health/ready`);
  expect([ready.status, ready.body, ready.headers.get('retry-after')]).toEqual([
    503,
    { ready: false, reason: 'starting' },
    '1',
  ]);
  expect((await ask(`${origin}/health`)).body.status).toBe('DOWN');
  const check = await ask(`${origin}/check?resource=r`);
  expect([check.status, check.body.code, check.headers.get('retry-after')]).toEqual([503, 'starting', '1']);
  server.serve();
  expect((await ask(`${origin}/health/ready`)).body).toEqual({ ready: true });
  expect((await ask(`${origin}/check?resource=r`)).status).toBe(200);
});

test('a draining server is alive, not ready, and decides on while callers go elsewhere', async () => {
  const { origin, server } = await serve();
  const before = await ask(`${origin}/check?resource=r`);
  expect(before.headers.get('connection')).not.toBe('close');
  server.drain();
  expect((await ask(`${origin}/health/live`)).status).toBe(200);
  const ready = await ask(`${origin}/health/ready`);
  expect([ready.status, ready.body]).toEqual([503, { ready: false, reason: 'draining' }]);
  const health = await ask(`${origin}/health`);
  expect([health.status, health.body.status, health.body.checks.decisions]).toEqual([
    503,
    'DOWN',
    'draining',
  ]);
  const check = await ask(`${origin}/check?resource=r`);
  expect([check.status, check.body.allowed, check.headers.get('connection')]).toEqual([200, true, 'close']);
});

test('a stopped server accepts nobody', async () => {
  const { port, server } = await serve();
  await server.stop();
  const refused = await new Promise<string | undefined>((resolve) => {
    connect(port, '127.0.0.1').on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  expect(refused).toBe('ECONNREFUSED');
});

test('a region that sits out is not ready, but DEGRADED, and answers', async () => {
  const { origin, world } = await serve({
    coordinator: { view: () => ({ ...world.region('us-east').view(), sitting: true, degraded: true }) },
  });
  expect((await ask(`${origin}/health/ready`)).body).toEqual({ ready: false, reason: 'sitting_out' });
  expect((await ask(`${origin}/health`)).body).toMatchObject({
    status: 'DEGRADED',
    checks: { share: 'floor' },
  });
});

test('regions, limits and usage show what the region knows', async () => {
  const { origin, world } = await serve();
  world.check('us-east', 3);
  world.run(1_000);
  const { body: regions } = await ask(`${origin}/v1/regions`);
  expect(
    regions.regions.map(({ region, share, status }: Record<string, unknown>) => [region, share, status]),
  ).toEqual([
    ['us-east', 0.4, 'up'],
    ['ap-southeast', 0.25, 'up'],
    ['eu-west', 0.35, 'up'],
  ]);
  for (const region of regions.regions) {
    for (const value of Object.values(region)) {
      if (typeof value === 'number') expect(String(value)).toMatch(/^-?\d+(\.\d{1,3})?$/);
    }
  }
  expect(regions.regions[1]).toMatchObject({ owns: true, fenced: false, roundTripMs: 80 });
  const { body: limits } = await ask(`${origin}/v1/limits`);
  expect(limits.limits.map(({ name }: { name: string }) => name)).toEqual([
    'orders-per-tenant',
    'everything',
  ]);
  const { body: limit } = await ask(`${origin}/v1/limits/everything`);
  expect(limit).toMatchObject({
    limit: 1_000,
    windowMs: 10_000,
    bases: { 'us-east': 400 },
    permitsAllowed: 3,
  });
  const { body: usage } = await ask(`${origin}/v1/usage?limit=everything`);
  expect(usage.windows[0]).toMatchObject({
    used: 3,
    byRegion: expect.arrayContaining([{ region: 'us-east', used: 3, share: 400 }]),
  });
});

test.each<[string | undefined, Format]>([
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
  ['text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0', 'openmetrics'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'prometheus'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
])('metrics for a caller that accepts %s come as %s', async (accept, format) => {
  const { origin } = await serve();
  const { status, headers, text } = await ask(
    `${origin}/metrics`,
    accept === undefined ? {} : { headers: { accept } },
  );
  expect([status, headers.get('content-type'), text]).toEqual([200, FORMATS[format], 'a 1\n']);
  expect(headers.get('vary')).toBe('accept');
});
