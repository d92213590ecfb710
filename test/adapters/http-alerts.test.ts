import { expect, test } from 'vitest';
import { AlertLog } from '../../src/watch/alert-log.ts';
import { ask, serve } from './http-fixture.ts';

const QUIET = {
  sitting: false,
  degraded: false,
  transport: 'ok',
  configuration: 'ok',
  peers: [],
  limits: [],
};

test('alerts are listed, those that last first', async () => {
  const alerts = new AlertLog('life');
  alerts.take({ ...QUIET, atMs: 1_000, configuration: 'limits.yaml:3: no such field' });
  for (let at = 2; at < 9; at += 1) alerts.take({ ...QUIET, atMs: at * 1_000, transport: 'disconnected' });
  const { origin } = await serve({ alerts });
  const { status, body } = await ask(`${origin}/v1/alerts`);
  expect([status, body.region]).toEqual([200, 'us-east']);
  expect(body.alerts).toEqual([
    {
      id: 'life-2',
      name: 'transport_down',
      state: 'firing',
      severity: 'critical',
      text: 'Nothing between the regions: disconnected',
      sinceMs: 2_000,
    },
    {
      id: 'life-1',
      name: 'configuration_trouble',
      state: 'resolved',
      severity: 'warning',
      text: 'limits.yaml:3: no such field',
      sinceMs: 1_000,
      untilMs: 6_000,
    },
  ]);
  const document = await ask(`${origin}/openapi.json`);
  expect(document.body.webhooks.alert.post.requestBody.content['application/json'].schema).toMatchObject({
    properties: { type: { enum: ['alert.firing', 'alert.resolved'] }, data: {} },
  });
});
