import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { MESSAGES_WAITING_MAX } from '../../src/adapters/webhook/bounds.ts';
import { Webhooks, type WebhooksOptions } from '../../src/adapters/webhook/webhooks.ts';
import type { Log } from '../../src/ports.ts';
import type { AlertNotice, AlertRecord } from '../../src/watch/alert-log.ts';
import { eventually } from '../eventually.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;

type Got = { readonly headers: Record<string, string>; readonly body: string };

/** A receiver that answers what it is told to, the last answer again and again; `undefined` is no answer at all. */
async function receiver(...answers: readonly (number | undefined)[]) {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const status = answers[Math.min(got.length, answers.length - 1)];
    got.push({ headers: request.headers as Record<string, string>, body });
    if (status !== undefined) response.writeHead(status).end('x'.repeat(100_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=hidden` };
}

function webhooksTo(url: string, options: Partial<WebhooksOptions> = {}) {
  const logged: string[] = [];
  const write = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  const log: Log = { info: write, warn: write, error: write };
  const webhooks = new Webhooks({
    webhooks: [{ url, secret: SECRET, events: ['peer_unreachable'] }],
    environment: 'production',
    region: 'us-east',
    node: 'us-east-1',
    clock: systemClock,
    log,
    retryMs: 5,
    ...options,
  });
  onTestFinished(() => webhooks.stop());
  return { webhooks, logged };
}

const LOST: AlertRecord = {
  id: 'life-1',
  name: 'peer_unreachable',
  tone: 'critical',
  text: 'eu-west is not heard',
  sinceMs: Date.UTC(2026, 0, 1),
  region: 'eu-west',
};

const FIRING: AlertNotice = { state: 'firing', alert: LOST };

test('a receiver that fails first gets the message all the same, once, signed as Standard Webhooks has it', async () => {
  const { got, url } = await receiver(500, 503, 429, 200);
  const { webhooks, logged } = webhooksTo(url);
  webhooks.notify(FIRING);
  await eventually(() => webhooks.figures()[0]?.delivered === 1);
  expect(got).toHaveLength(4);
  expect(new Set(got.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(['life-1-firing']));
  const { body, headers } = got[3] as Got;
  expect(new Webhook(SECRET).verify(body, headers)).toEqual({
    type: 'alert.firing',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: {
      id: 'life-1',
      name: 'peer_unreachable',
      state: 'firing',
      severity: 'critical',
      text: 'eu-west is not heard',
      startedAt: '2026-01-01T00:00:00.000Z',
      region: 'eu-west',
      seenBy: { environment: 'production', region: 'us-east', node: 'us-east-1' },
      dedupKey: 'production/us-east/peer_unreachable/eu-west',
    },
  });
  expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
  expect(logged.map((line) => line.split(' ', 1)[0])).toEqual(['webhook_failing', 'webhook_works_again']);
});

test('a plain text is a secret too', async () => {
  const { got, url } = await receiver(200);
  const secret = 'sixteen bytes ab';
  const { webhooks } = webhooksTo(url, { webhooks: [{ url, secret, events: ['peer_unreachable'] }] });
  webhooks.notify(FIRING);
  await eventually(() => got.length === 1);
  const verifier = new Webhook(Buffer.from(secret).toString('base64'));
  expect(() => verifier.verify(got[0]?.body ?? '', got[0]?.headers ?? {})).not.toThrow();
});

test('messages come in their order, the end after the beginning', async () => {
  const { got, url } = await receiver(503, 200);
  const { webhooks } = webhooksTo(url);
  webhooks.notify(FIRING);
  webhooks.notify({ state: 'resolved', alert: { ...LOST, untilMs: LOST.sinceMs + 9_000 } });
  await eventually(() => webhooks.figures()[0]?.delivered === 2);
  expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([
    'life-1-firing',
    'life-1-firing',
    'life-1-resolved',
  ]);
  expect(JSON.parse(got[2]?.body ?? '')).toMatchObject({
    type: 'alert.resolved',
    timestamp: '2026-01-01T00:00:09.000Z',
    data: { endedAt: '2026-01-01T00:00:09.000Z' },
  });
});

test('a receiver that says that the message is wrong is not asked again, and the log tells of it once', async () => {
  const { got, url } = await receiver(404, 404, 200);
  const { webhooks, logged } = webhooksTo(url);
  for (let at = 0; at < 3; at += 1) webhooks.notify(FIRING);
  await eventually(() => webhooks.figures()[0]?.delivered === 1);
  expect(webhooks.figures()).toEqual([{ delivered: 1, failed: 2, dropped: 0 }]);
  expect(got).toHaveLength(3);
  expect(logged.map((line) => line.split(' ', 1)[0])).toEqual(['webhook_failing', 'webhook_works_again']);
  expect(logged.join()).toContain('answered 404');
  expect(logged.join()).not.toContain('hidden');
});

test('a receiver that never answers holds nobody up: what there is no room for is dropped, and a stop does not wait long', async () => {
  const { got, url } = await receiver(undefined);
  const { webhooks } = webhooksTo(url);
  const began = performance.now();
  for (let at = 0; at < MESSAGES_WAITING_MAX + 10; at += 1) webhooks.notify(FIRING);
  expect(performance.now() - began).toBeLessThan(500);
  await eventually(() => got.length === 1);
  expect(webhooks.figures()[0]?.dropped).toBeGreaterThanOrEqual(9);
  await webhooks.stop();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(got.length).toBeLessThanOrEqual(2);
});

test('an alert that a receiver did not ask for is not sent to it', async () => {
  const { got, url } = await receiver(200);
  const { webhooks } = webhooksTo(url);
  webhooks.notify({ state: 'firing', alert: { ...LOST, name: 'near_limit' } });
  webhooks.notify(FIRING);
  await eventually(() => webhooks.figures()[0]?.delivered === 1);
  expect(got).toHaveLength(1);
});
