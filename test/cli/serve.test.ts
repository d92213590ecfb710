import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { startNatsServer } from '../servers/nats-server.ts';
import { type CommandOptions, type Running, start, temporaryFiles } from './command.ts';
import { configuration, LIMITS, type Written } from './configuration.ts';

const WITHIN = { withinMs: 15_000, everyMs: 20 };

/** Starts one coordinator as us-east of a cluster that is written so. */
function serveRegion(
  written: Written,
  args: readonly string[] = ['--new-cluster'],
  options?: CommandOptions,
): Running {
  const files = temporaryFiles({ 'headgate.yaml': configuration(written), 'limits.yaml': LIMITS });
  return start(['serve', '--config', files['headgate.yaml'], '--region', 'us-east', ...args], options);
}

/** The lines of its log so far. */
function lines(running: Running): Record<string, unknown>[] {
  return running
    .stdout()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
}

/** Waits until it listens, and returns where. */
async function listening(running: Running): Promise<string> {
  const started = await eventually(() => lines(running).find(({ event }) => event === 'started'), WITHIN);
  return `http://${started['http']}`;
}

async function ready(origin: string): Promise<boolean> {
  return (await fetch(`${origin}/health/ready`)).ok;
}

test('a coordinator serves, and ends with 0 when it is told to', async () => {
  const running = serveRegion({ meshPort: await freePort() });
  const origin = await listening(running);
  await eventually(() => ready(origin), WITHIN);
  const check = await fetch(`${origin}/check?resource=r`);
  expect([check.status, await check.json()]).toMatchObject([
    200,
    { allowed: true, limit: 'everything', region: 'us-east' },
  ]);
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  expect(metrics).toContain('headgate_checks_total{limit="everything",outcome="allowed",reason="ok"} 1');
  running.process.kill('SIGTERM');
  const { code, stderr } = await running.ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(lines(running).map(({ event }) => event)).toEqual(
    expect.arrayContaining(['started', 'stopping', 'stopped']),
  );
  expect(running.stdout()).not.toContain('not-much-of-a-secret');
}, 30_000);

test('flags stand above the environment', async () => {
  const port = await freePort();
  const running = serveRegion(
    { meshPort: await freePort() },
    ['--new-cluster', '--node-listen-port', String(port)],
    { env: { HEADGATE_NODE_LISTEN_PORT: '1', HEADGATE_NODE_NAME: 'first' } },
  );
  expect(await listening(running)).toBe(`http://127.0.0.1:${port}`);
  expect(lines(running)).toEqual(
    expect.arrayContaining([expect.objectContaining({ event: 'started', node: 'first' })]),
  );
}, 30_000);

test('a member without books sits out before it is ready', async () => {
  const running = serveRegion({ meshPort: await freePort() }, ['--cluster-clock-slack', '0s']);
  const origin = await listening(running);
  const early = await fetch(`${origin}/health/ready`);
  expect([early.status, await early.json()]).toEqual([503, { ready: false, reason: 'sitting_out' }]);
  expect((await fetch(`${origin}/check?resource=r`)).status).toBe(429);
  await eventually(() => ready(origin), WITHIN);
}, 30_000);

test.each(['http', 'mesh'])(
  'a taken %s port is told, and nothing is left running',
  async (which) => {
    const first = serveRegion({ meshPort: await freePort() });
    const port = new URL(await listening(first)).port;
    const taken = which === 'http' ? ['--node-listen-port', port] : ['--transport-mesh-listen-port', port];
    const second = serveRegion({ meshPort: await freePort() }, ['--new-cluster', ...taken]);
    const { code, stderr } = await second.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`EADDRINUSE`);
    expect(stderr).toContain(port);
  },
  30_000,
);

test('a second signal ends a coordinator that still waits for a request', async () => {
  const running = serveRegion({ meshPort: await freePort() });
  const { port } = new URL(await listening(running));
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  // In one packet, so that with the answer to the first the beginning of the second has arrived too.
  const half =
    'POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
  socket.write(`GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n${half}`);
  await eventually(() => heard.includes('"live":true'), WITHIN);
  running.process.kill('SIGTERM');
  await eventually(() => lines(running).some(({ event }) => event === 'stopping'), WITHIN);
  // So close to the first it may be the same Ctrl-C, passed on by somebody else: it is repeated until it counts.
  await eventually(() => !running.process.kill('SIGINT') || running.process.exitCode !== null, {
    everyMs: 50,
  });
  expect((await running.ended).code).toBe(130);
  socket.destroy();
}, 30_000);

test('a coordinator stops when the process that started it is gone', async () => {
  const running = serveRegion({ meshPort: await freePort() }, ['--new-cluster'], { channel: true });
  await listening(running);
  running.process.disconnect();
  expect((await running.ended).code).toBe(0);
}, 30_000);

test('of two processes with one name the older one ends, with a code of its own', async () => {
  const nats = await startNatsServer();
  const written = { transport: 'nats', natsServer: nats.url, others: ['eu-west', 'ap-southeast'] } as const;
  const older = serveRegion(written);
  await listening(older);
  const newer = serveRegion(written, []);
  const origin = await listening(newer);
  expect((await older.ended).code).toBe(4);
  expect(lines(older)).toEqual(
    expect.arrayContaining([expect.objectContaining({ event: 'superseded', level: 'error' })]),
  );
  expect((await fetch(`${origin}/health/live`)).status).toBe(200);
  await nats.stop();
}, 30_000);
