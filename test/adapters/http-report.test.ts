import { expect, test } from 'vitest';
import { limitSpec } from '../world.ts';
import { ask, serve } from './http-fixture.ts';

test('the report tells triggers, rejections, status and synchronisation', async () => {
  const { origin, world } = await serve();
  world.check('us-east', 1, { tenant: 'acme' });
  world.check('us-east', 4, { tenant: 'acme' });
  world.check('us-east', 600);
  world.check('us-east', 6_000);
  const { status, body } = await ask(`${origin}/v1/report`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    region: 'us-east',
    status: 'UP',
    triggers: { global: 1, region: 2 },
    limits: [
      { name: 'orders-per-tenant', checks: 2, rejections: 1, triggers: { global: 0, region: 1 } },
      {
        name: 'everything',
        checks: 3,
        rejections: 2,
        triggers: { global: 1, region: 1 },
        permitsDenied: 6_600,
      },
    ],
    synchronisation: { errors: 0, peers: [{ region: 'ap-southeast', status: 'up' }, { region: 'eu-west' }] },
  });
  expect(body.synchronisation.lastSyncAgoMs).toBeGreaterThanOrEqual(0);
});

test('a lost peer shows in the report', async () => {
  const { origin, world } = await serve();
  world.kill('eu-west');
  world.run(5_000);
  const { body } = await ask(`${origin}/v1/report`);
  expect(body.status).toBe('DEGRADED');
  const lost = body.synchronisation.peers.find(({ region }: { region: string }) => region === 'eu-west');
  expect(lost.status).toBe('suspected');
  expect(lost.lastHeardAgoMs).toBeGreaterThan(4_000);
});

test('what is denied because too much is held at one time counts as the limit of the world', async () => {
  const held = limitSpec({ name: 'held', algorithm: 'concurrency', limit: 10 });
  const { origin, world } = await serve({ limits: [held] });
  world.check('us-east', 4);
  world.check('us-east', 1);
  expect((await ask(`${origin}/v1/report`)).body.limits[0]).toMatchObject({
    rejections: 1,
    triggers: { global: 1, region: 0 },
  });
});
