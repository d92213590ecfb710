import { expect, test } from 'vitest';
import { type Running, start, temporaryFiles } from '../cli/command.ts';
import { configuration, LIMITS } from '../cli/configuration.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { Wire } from './wire.ts';

const NOTICE_MS = 2_000;

const WITHIN = { withinMs: 15_000, everyMs: 20 };

/** Starts a coordinator that gives notice; resolves with its port when it decides. */
async function serving(): Promise<{ readonly running: Running; readonly port: number }> {
  const files = temporaryFiles({
    'headgate.yaml': configuration({ meshPort: await freePort() }),
    'limits.yaml': LIMITS,
  });
  const port = await freePort();
  const args = ['--region', 'us-east', '--new-cluster', '--node-listen-port', String(port)];
  const notice = ['--http-drain-notice', `${NOTICE_MS}ms`];
  const running = start(['serve', '--config', files['headgate.yaml'], ...args, ...notice]);
  await eventually(async () => (await get(port, '/health/ready'))?.status === 200, WITHIN);
  return { running, port };
}

async function get(port: number, path: string): Promise<Response | undefined> {
  return fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
}

test('a coordinator that is told to stop says so first, decides on, and lets every connection go with its next answer', async () => {
  const { running, port } = await serving();
  const kept = await Wire.open(port);
  kept.send('GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n');
  expect((await kept.answer())?.status).toBe(200);
  const toldMs = performance.now();
  running.process.kill('SIGTERM');
  await eventually(async () => (await get(port, '/health/ready'))?.status === 503, WITHIN);
  // Whoever has not noticed yet is served, on connections old and new.
  kept.send('GET /check?resource=r HTTP/1.1\r\nHost: h\r\n\r\n');
  const answer = await kept.answer();
  expect([answer?.status, JSON.parse(answer?.body ?? '{}').allowed]).toEqual([200, true]);
  expect(await kept.answer()).toBeUndefined();
  const fresh = await get(port, '/check?resource=r');
  expect([fresh?.status, fresh?.headers.get('connection')]).toEqual([200, 'close']);
  expect(performance.now() - toldMs).toBeLessThan(NOTICE_MS);
  const { code, stderr } = await running.ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(performance.now() - toldMs).toBeGreaterThanOrEqual(NOTICE_MS - 50);
  expect(await get(port, '/health/live')).toBeUndefined();
}, 60_000);

test('a Ctrl-C at a terminal gives no notice', async () => {
  const { running } = await serving();
  const toldMs = performance.now();
  running.process.kill('SIGINT');
  expect((await running.ended).code).toBe(0);
  expect(performance.now() - toldMs).toBeLessThan(NOTICE_MS);
}, 60_000);
