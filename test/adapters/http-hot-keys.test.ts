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

test('those of which something is refused are told, of static shares and of a limit that allows nothing too', async () => {
  const fixed = limitSpec({ ...PER_TENANT, name: 'fixed', shares: 'static' });
  const blocked = limitSpec({ ...PER_USER, name: 'blocked', limit: 0 });
  const { origin, world } = await serve({ limits: [fixed, blocked] });
  for (let again = 0; again < 300; again += 1) world.check('us-east', 1, { tenant: 'greedy' });
  for (let again = 0; again < 400; again += 1) world.check('us-east', 1, { tenant: `modest${again % 20}` });
  for (let again = 0; again < 50; again += 1) world.check('us-east', 1, { user: 'banned' });
  world.run(150);
  const { body } = await ask(`${origin}/v1/hot-keys?by=denials`);
  expect(namesIn(body).sort()).toEqual(['blocked banned', 'fixed greedy']);
  expect(body.keys[0].refused).toBeGreaterThan(body.keys[1].refused);
  const [banned, greedy] = body.keys.sort((a: { limit: string }, b: { limit: string }) =>
    a.limit < b.limit ? -1 : 1,
  );
  // 40 of the 100 permits are this region's, and nothing of a static share is asked of others.
  expect(greedy.refused / greedy.demand).toBeCloseTo(260 / 300, 1);
  expect([greedy.short, greedy.askedAgoMs, banned.demand]).toEqual([true, undefined, 0]);
  expect(world.sent.filter(({ message }) => message.kind === 'pull')).toEqual([]);
});

test('what is refused under a limit in shadow is not, and a key that is not refused any more is let go', async () => {
  const shadow = limitSpec({ ...PER_USER, name: 'shadow', limit: 1, mode: 'shadow' });
  const { origin, world } = await serve({ limits: [shadow, { ...PER_TENANT, windowMs: 1_000 }] });
  for (let again = 0; again < 90; again += 1) {
    world.check('us-east', 1, { user: 'u1' });
    world.check('us-east', 1, { tenant: 'acme' });
  }
  world.run(150);
  const denied = async () => namesIn((await ask(`${origin}/v1/hot-keys?by=denials`)).body);
  expect(await denied()).toEqual(['per-tenant acme']);
  world.run(600_000);
  expect(await denied()).toEqual([]);
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
