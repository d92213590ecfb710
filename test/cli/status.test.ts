import { expect, test } from 'vitest';
import { serve } from '../adapters/http-fixture.ts';
import { headgate } from './command.ts';

test('status shows regions, links and limits in three tables', async () => {
  const { origin, world } = await serve();
  world.check('us-east', 3, { tenant: 'acme' });
  world.check('us-east', 100, { tenant: 'acme' });
  const { code, stdout, stderr } = await headgate(['status', origin]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^us-east +UP +40 % +whole +0 +\d+ +http/m);
  expect(stdout).toMatch(/^us-east → eu-west +up +whole +\d+ ms +80 ms +0\.0 ms/m);
  expect(stdout).toMatch(/^orders-per-tenant +fixed-window +5 in 10 s +enforce +\d+ +0 +103 /m);
  expect(stdout).toMatch(/^everything +fixed-window +1,000 in 10 s +enforce/m);
});

test('status tells who does not answer, and has everything as JSON', async () => {
  const { origin } = await serve();
  const partly = await headgate(['status', origin, '127.0.0.1:1']);
  expect(partly.code).toBe(6);
  expect(partly.stdout).toMatch(/^\? +DOWN +127\.0\.0\.1:1 /m);
  expect(partly.stdout).toMatch(/^us-east +UP/m);
  const json = await headgate(['status', '--json', origin]);
  expect(JSON.parse(json.stdout)).toMatchObject([
    {
      url: origin,
      health: { status: 'UP' },
      regions: { region: 'us-east', regions: [{ self: true }, {}, {}] },
      limits: [{ name: 'orders-per-tenant' }, { name: 'everything' }],
    },
  ]);
});
