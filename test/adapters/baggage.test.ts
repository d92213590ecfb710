import { expect, test } from 'vitest';
import { baggageValue } from '../../src/adapters/http/baggage.ts';
import type { Gateway } from '../../src/gateway.ts';
import { limitSpec } from '../world.ts';
import { ask, serve } from './http-fixture.ts';

test.each([
  ['tenant.id=acme', 'acme'],
  ['user=u1, tenant.id = acme ;ttl=30', 'acme'],
  ['tenant.id=a%20b%C3%A9', 'a bé'],
  ['tenant.id=first,tenant.id=last', 'last'],
  ['tenant.id=a=b', 'a=b'],
  ['tenant.id=', ''],
  ['TENANT.ID=acme', undefined],
  ['xtenant.id=acme', undefined],
  ['tenant.id=%E0%A4%A', undefined],
  ['', undefined],
  [',,=,;', undefined],
])('of %j the tenant is %j', (field, value) => {
  expect(baggageValue(field, 'tenant.id')).toBe(value);
});

const GATEWAY: Gateway = {
  denyStatus: 429,
  uriHeaders: ['x-forwarded-uri'],
  pathPrefix: '/check',
  trustQuery: false,
  methodHeader: 'x-forwarded-method',
  hostHeader: 'x-forwarded-host',
  resource: { from: 'path' },
  dimensions: [{ name: 'tenant', from: 'baggage', key: 'tenant.id', hashed: false }],
  trustedProxies: [],
};

test('a key of the baggage that a gateway forwards counts as a dimension', async () => {
  const limits = [limitSpec({ name: 'tenants', dimensions: { tenant: '*' }, limit: 5 })];
  const { origin, measured } = await serve({ limits, gateway: GATEWAY });
  const check = (baggage: string) =>
    ask(`${origin}/check`, { headers: { 'x-forwarded-uri': '/a', baggage } });
  expect((await check('tenant.id=acme,other=1')).status).toBe(200);
  expect((await check('other=1')).status).toBe(200);
  expect((await check(`tenant.id=${'x'.repeat(300)}`)).status).toBe(400);
  expect(measured.map(({ verdict }) => verdict?.key)).toEqual(['acme', undefined]);
});
