import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { quietBase } from '../e2e/quiet-ports.ts';
import { eventually } from '../eventually.ts';
import { headgate, type Running, start } from './command.ts';

const WITHIN = { withinMs: 20_000, everyMs: 20 };

/** A base above which the ports of three regions are free, and not handed out by the system: tests run beside each other. */
const portBase = () => quietBase([1, 2, 3, 11, 12, 13]);

async function running(dev: Running): Promise<void> {
  await eventually(() => dev.stdout().includes('Ctrl-C') || dev.process.exitCode !== null, WITHIN);
  expect(dev.stderr()).toBe('');
}

const isUp = async (port: number) =>
  (await (await fetch(`http://127.0.0.1:${port}/health`)).text()).includes('"UP"');

test.each(['mesh', 'nats'])(
  'dev runs three regions over %s, shows them, and stops them',
  async (transport) => {
    const base = await portBase();
    const dev = start(['dev', '--transport', transport, '--port-base', String(base)]);
    await running(dev);
    const shown = dev.stdout();
    for (const [at, region, share] of [
      [1, 'us-east', '40 %'],
      [2, 'eu-west', '35 %'],
      [3, 'ap-southeast', '25 %'],
    ] as const) {
      expect(shown).toMatch(
        new RegExp(`^${region} +${share} +http://127\\.0\\.0\\.1:${base + at} +UP +\\d+$`, 'm'),
      );
      expect(await isUp(base + at)).toBe(true);
    }
    expect(shown).toContain(`curl 'http://127.0.0.1:${base + 1}/check?`);
    expect(shown).toMatch(/^ {2}\{"allowed":true,.*"limit":"orders-per-tenant"/m);
    dev.process.kill('SIGINT');
    const { code, stderr } = await dev.ended;
    expect([code, stderr]).toEqual([0, '']);
    await expect(isUp(base + 1)).rejects.toThrow();
  },
  60_000,
);

test('a region that dies is told, with the command that brings it back, and the others go on', async () => {
  const base = await portBase();
  const dev = start(['dev', '--port-base', String(base)]);
  await running(dev);
  const pid = Number(/^eu-west .* (\d+)$/m.exec(dev.stdout())?.[1]);
  process.kill(pid, 'SIGKILL');
  await eventually(() => dev.stderr().includes('eu-west was ended by SIGKILL'), WITHIN);
  expect(dev.stderr()).toMatch(/serve --config \S+ --region eu-west/);
  expect(dev.stderr()).not.toContain('--new-cluster');
  await eventually(() => dev.stderr().includes('peer_suspected'), WITHIN);
  expect((await fetch(`http://127.0.0.1:${base + 1}/check?resource=r`)).status).toBe(200);
  dev.process.kill('SIGTERM');
  expect((await dev.ended).code).toBe(0);
}, 60_000);

test('a nats-server that dies is told, with the command that brings it back', async () => {
  const base = await portBase();
  const dev = start(['dev', '--transport', 'nats', '--port-base', String(base)]);
  await running(dev);
  const pid = Number(/nats-server .* process (\d+)$/m.exec(dev.stdout())?.[1]);
  process.kill(pid, 'SIGKILL');
  await eventually(() => dev.stderr().includes('nats-server was ended by SIGKILL'), WITHIN);
  expect(dev.stderr()).toMatch(/^ {2}nats-server --addr 127\.0\.0\.1 --port \d+$/m);
  await eventually(() => dev.stderr().includes('nats_disconnected'), WITHIN);
  dev.process.kill('SIGTERM');
  expect((await dev.ended).code).toBe(0);
}, 60_000);

test('a NATS server that cannot be reached is named, with what to do', async () => {
  const base = await portBase();
  const env = { NATS_URL: 'nats://127.0.0.1:1' };
  const dev = start(['dev', '--transport', 'nats', '--port-base', String(base)], { env });
  await eventually(() => dev.stdout().includes('Ctrl-C'), WITHIN);
  expect(dev.stdout()).toMatch(/^us-east .* DEGRADED +\d+$/m);
  expect(dev.stdout()).toContain(
    'us-east, eu-west, ap-southeast: transport disconnected: nobody listens at nats://127.0.0.1:1 (ECONNREFUSED): start the NATS server',
  );
  expect(dev.stdout()).toContain('NATS_URL (--nats-url)');
  dev.process.kill('SIGTERM');
  expect((await dev.ended).code).toBe(0);
}, 60_000);

test('a NATS server that is not used is said not to be', async () => {
  const base = await portBase();
  const env = { NATS_URL: 'nats://127.0.0.1:1' };
  const dev = start(['dev', '--port-base', String(base)], { env });
  await eventually(() => dev.stderr().includes('is not used, as the regions talk over mesh'), WITHIN);
  dev.process.kill('SIGTERM');
  expect((await dev.ended).code).not.toBe(1);
}, 60_000);

test('a taken port is told before anything starts', async () => {
  const base = await portBase();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(base + 12, '127.0.0.1', resolve));
  onTestFinished(() => void squatter.close());
  const { code, stdout, stderr } = await headgate(['dev', '--port-base', String(base)]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`127.0.0.1:${base + 12} (in use)`);
  expect(stderr).toContain('--port-base');
}, 30_000);
