import { expect, test } from 'vitest';
import { limitSpec } from '../world.ts';
import { ask, type Served, serve } from './http-fixture.ts';

const PER_TENANT = limitSpec({
  name: 'per-tenant',
  dimensions: { tenant: '*' },
  limit: 100,
  windowMs: 60_000,
  shares: 'demand',
});

const PER_USER = limitSpec({ ...PER_TENANT, name: 'per-user', dimensions: { user: '*' } });

async function busy(): Promise<Served> {
  const served = await serve({ limits: [PER_TENANT, PER_USER] });
  const { world } = served;
  for (let again = 0; again < 300; again += 1) world.check('us-east', 1, { tenant: 'acme' });
  for (let again = 0; again < 30; again += 1) world.check('us-east', 1, { tenant: 'beta' });
  for (let again = 0; again < 20; again += 1) world.check('us-east', 1, { user: 'u1' });
  world.run(50);
  return served;
}

const namesIn = (body: { readonly keys: readonly { readonly limit: string; readonly key: string }[] }) =>
  body.keys.map(({ limit, key }) => `${limit} ${key}`);

test('the hot keys are told with their demand, the most wanted first', async () => {
  const { origin } = await busy();
  const { status, body } = await ask(`${origin}/v1/hot-keys`);
  expect([status, body.region]).toEqual([200, 'us-east']);
  expect(namesIn(body)).toEqual(['per-tenant acme', 'per-tenant beta', 'per-user u1']);
  const [acme, beta] = body.keys;
  expect(acme.demand).toBeGreaterThan(beta.demand);
  expect([acme.short, beta.short]).toEqual([true, false]);
  expect(beta.remaining).toBeGreaterThan(0);
});

test('those of one limit, and those alone that are short', async () => {
  const { origin } = await busy();
  expect(namesIn((await ask(`${origin}/v1/hot-keys?limit=per-user`)).body)).toEqual(['per-user u1']);
  expect(namesIn((await ask(`${origin}/v1/hot-keys?by=denials`)).body)).toEqual(['per-tenant acme']);
});

test('no more than a hundred are told', async () => {
  const { origin, world } = await serve({ limits: [PER_TENANT] });
  for (let tenant = 0; tenant < 150; tenant += 1) world.check('us-east', 20, { tenant: `t${tenant}` });
  world.run(50);
  expect((await ask(`${origin}/v1/hot-keys`)).body.keys).toHaveLength(100);
});

test.each([
  ['by=else', 'by'],
  ['limit=a&limit=b', 'limit'],
  ['limit=%ff', 'limit'],
  ['name=per-user', 'name'],
])('?%s is refused for %s', async (query, field) => {
  const { origin } = await serve();
  const { status, body } = await ask(`${origin}/v1/hot-keys?${query}`);
  expect([status, body.errors.map((problem: { field: string }) => problem.field)]).toEqual([400, [field]]);
});
