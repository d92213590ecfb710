import { expect, test } from 'vitest';
import { limitSpec } from '../world.ts';
import { ask, serve } from './http-fixture.ts';

const order = (tenant: string, more: object = {}) => ({
  resource: 'api.orders.create',
  dimensions: { tenant },
  ...more,
});

async function batch(origin: string, items: readonly unknown[], query = '') {
  const { text, ...rest } = await ask(`${origin}/check/batch${query}`, { json: items });
  return { ...rest, text, answers: JSON.parse(text) as Record<string, unknown>[] };
}

test('each request of a batch is decided by itself, and answered in its place', async () => {
  const { origin, world, measured } = await serve();
  const items = [order('a'), order('b', { permits: 6, denyStatus: 403 }), { resource: 'other' }, order('a')];
  const { status, headers, answers } = await batch(origin, items);
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(answers).toMatchObject([
    { allowed: true, limit: 'orders-per-tenant', globalRemaining: 4 },
    { allowed: false, limit: 'orders-per-tenant', status: 403, 'violated-policies': ['orders-per-tenant'] },
    { allowed: true, limit: 'everything' },
    { limit: 'orders-per-tenant' },
  ]);
  expect(measured).toHaveLength(4);
  expect(world.region('us-east').usage('orders-per-tenant', 'b')?.windows[0]?.used).toBe(0);
});

test('a batch of 1,000 is decided, and so is one of none', async () => {
  const { origin, world } = await serve({ limits: [limitSpec({ limit: 100_000 })] });
  const items = Array.from({ length: 1_000 }, (_, at) => ({ resource: `r${at}` }));
  expect((await batch(origin, items)).answers.every(({ allowed }) => allowed === true)).toBe(true);
  expect(world.region('us-east').usage('everything', '')?.windows[0]?.used).toBe(1_000);
  expect((await batch(origin, [])).answers).toEqual([]);
});

test('detail is for all of a batch', async () => {
  const { origin } = await serve();
  const { answers } = await batch(origin, [order('a'), { resource: 'r' }], '?detail=1');
  expect(answers.map(({ limits }) => (limits as unknown[]).length)).toEqual([2, 1]);
});

test('an id that comes twice in a batch, or in a later one, spends once', async () => {
  const { origin, world } = await serve();
  const once = { resource: 'r', permits: 3, requestId: 'a' };
  const first = await batch(origin, [once, once]);
  expect(first.answers[1]).toEqual(first.answers[0]);
  const later = await batch(origin, [once]);
  expect(later.answers[0]).toEqual(first.answers[0]);
  expect((await ask(`${origin}/check`, { json: once })).body).toEqual(first.answers[0]);
  expect(world.region('us-east').usage('everything', '')?.windows[0]?.used).toBe(3);
});

test('an id that came with another request before refuses the whole batch, and nothing is spent', async () => {
  const { origin, world } = await serve();
  await ask(`${origin}/check`, { json: { resource: 'r', requestId: 'a' } });
  const refused = await ask(`${origin}/check/batch`, {
    json: [{ resource: 'r' }, { resource: 's', requestId: 'a' }],
  });
  expect([refused.status, refused.body.code]).toEqual([422, 'request_id_reused']);
  expect(refused.body.errors).toMatchObject([{ field: '/1/requestId' }]);
  expect(world.region('us-east').usage('everything', '')?.windows[0]?.used).toBe(1);
});

test('a region that starts or stops decides no batch', async () => {
  const { origin } = await serve({ starting: true });
  const { status, body } = await ask(`${origin}/check/batch`, { json: [{ resource: 'r' }] });
  expect([status, body.code]).toEqual([503, 'starting']);
});

test('only a POST is a batch: any other method asks about a path that is called so', async () => {
  const { origin } = await serve();
  expect((await ask(`${origin}/check/batch?resource=r`)).body).toMatchObject({ allowed: true });
  expect((await ask(`${origin}/check/batch/x`, { json: { resource: 'r' } })).body).toMatchObject({
    allowed: true,
  });
});
