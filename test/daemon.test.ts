import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../config/settings.ts';
import type { Reloaded } from '../src/adapters/system/reload.ts';
import { DEFAULT_TIMING } from '../src/core/cluster.ts';
import type { Message } from '../src/core/messages.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../src/daemon.ts';
import type { Log } from '../src/ports.ts';
import { Loopback } from '../transport/loopback.ts';
import { eventually } from './eventually.ts';
import { freePort } from './servers/free-port.ts';
import { limitSpec, THREE_REGIONS } from './world.ts';

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };
const WITHIN = { withinMs: 8_000, everyMs: 20 };

async function settingsOf(region: string, changes: Partial<Settings> = {}): Promise<Settings> {
  const members = changes.members ?? THREE_REGIONS;
  return {
    environment: 'test',
    node: { region, name: region, listen: { host: '127.0.0.1', port: 0 } },
    http: { headers: 'draft-11', drainNoticeMs: 0 },
    gateway: undefined,
    grpc: undefined,
    regions: [],
    members,
    transport: {
      kind: 'mesh',
      key: 'a key for this test',
      listen: { host: '127.0.0.1', port: await freePort() },
      peers: [],
    },
    timing: DEFAULT_TIMING,
    retired: [],
    tokens: [],
    webhooks: [],
    journalDirectory: undefined,
    store: undefined,
    limitsFile: '',
    limits: [limitSpec({ limit: 100, windowMs: 1_000 })],
    telemetry: { logLevel: 'info', logFormat: 'json', tracing: undefined },
    ...changes,
  };
}

type Run = { readonly daemon: Daemon; readonly origin: string; readonly events: () => string[] };

async function run(settings: Settings, options: DaemonOptions = {}): Promise<Run> {
  const lines: string[] = [];
  const logOutput = { write: (line: string) => void lines.push(line) };
  const daemon = await startDaemon(settings, { newCluster: true, logOutput, ...options });
  onTestFinished(() => daemon.stop());
  const events = () => lines.map((line) => (JSON.parse(line) as { readonly event: string }).event);
  return { daemon, origin: `http://127.0.0.1:${daemon.address.port}`, events };
}

async function status(origin: string): Promise<string> {
  const health = (await (await fetch(`${origin}/health`)).json()) as { readonly status: string };
  return health.status;
}

test('real daemons talk through a transport that the test puts between them, and notice when it fails', async () => {
  const loopback = new Loopback((deliver) => setImmediate(deliver), SILENT);
  let isCut = false;
  const runs = await Promise.all(
    THREE_REGIONS.map(async ({ region }) => {
      const inner = loopback.transport(region);
      return run(await settingsOf(region), {
        wrapTransport: () => ({
          start: (receive) => inner.start(receive),
          stop: () => inner.stop(),
          connected: () => inner.connected(),
          counters: () => inner.counters(),
          send: (to: string, message: Message) => {
            if (!isCut) inner.send(to, message);
          },
        }),
      });
    }),
  );
  await eventually(async () => (await status(runs[0]?.origin ?? '')) === 'UP', WITHIN);
  isCut = true;
  await eventually(async () => (await status(runs[0]?.origin ?? '')) === 'DEGRADED', WITHIN);
  expect(runs[0]?.events()).toContain('peer_suspected');
  isCut = false;
  await eventually(async () => (await status(runs[0]?.origin ?? '')) === 'UP', WITHIN);
}, 30_000);

test('a daemon that meets a newer life of its own ends itself, and only itself', async () => {
  const loopback = new Loopback((deliver) => setImmediate(deliver), SILENT);
  const wrapTransport = () => loopback.transport('us-east');
  const older = await run(await settingsOf('us-east'), { wrapTransport });
  await eventually(() => older.events().includes('started'));
  const newer = await run(await settingsOf('us-east'), { wrapTransport });
  expect(await older.daemon.ended).toBe('superseded');
  await expect(fetch(`${older.origin}/health`)).rejects.toThrow();
  expect((await fetch(`${newer.origin}/health/live`)).status).toBe(200);
});

test('stopping twice waits for the same end', async () => {
  const { daemon, events } = await run(await settingsOf('us-east'));
  await Promise.all([daemon.stop(), daemon.stop()]);
  await daemon.stop();
  expect(await daemon.ended).toBe('stopped');
  expect(events().filter((event) => event === 'stopped')).toHaveLength(1);
});

test('a daemon whose transport cannot start closes its HTTP interface again', async () => {
  const settings = await settingsOf('us-east');
  const port = await freePort();
  const listen = { host: '127.0.0.1', port };
  const failing = { ...settings, node: { ...settings.node, listen } };
  await expect(
    run(failing, {
      wrapTransport: (inner) => ({
        start: () => Promise.reject(new Error('no medium')),
        stop: () => inner.stop(),
        connected: () => false,
        counters: () => inner.counters(),
        send: () => {},
      }),
    }),
  ).rejects.toThrow('no medium');
  await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
});

test('a changed file of limits is published, and a broken one keeps the last good set and says so', async () => {
  const settings = await settingsOf('us-east', { members: [{ region: 'us-east', weight: 1 }] });
  const file = join(await mkdtemp(join(tmpdir(), 'headgate-')), 'limits.json');
  const write = (limit: number | 'nonsense') => writeFile(file, JSON.stringify(limit));
  await write(100);
  const load = (): Reloaded => {
    const limit: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof limit !== 'number') return { ok: false, problems: ['limits.json: not a number'] };
    const limits = [limitSpec({ limit, windowMs: 1_000 })];
    return { ok: true, configuration: { members: settings.members, limits, retired: [] } };
  };
  const { origin, events } = await run(settings, { reload: { files: [file], load } });
  const limit = async () => {
    const body = (await (await fetch(`${origin}/v1/limits/everything`)).json()) as { readonly limit: number };
    return body.limit;
  };
  expect(await limit()).toBe(100);
  await write(7);
  await eventually(async () => (await limit()) === 7, { withinMs: 10_000, everyMs: 50 });
  await write('nonsense');
  await eventually(async () => (await status(origin)) === 'DEGRADED', WITHIN);
  expect(events()).toContain('config_reload_failed');
  expect(await limit()).toBe(7);
  await write(7);
  await eventually(async () => (await status(origin)) === 'UP', WITHIN);
  expect(await (await fetch(`${origin}/metrics`)).text()).toContain(
    'config_reload_total{result="failure"} 1',
  );
}, 40_000);

test('a daemon that is started again carries its books on: nothing is admitted twice in one window', async () => {
  const journalDirectory = await mkdtemp(join(tmpdir(), 'headgate-'));
  const settings = await settingsOf('us-east', {
    members: [{ region: 'us-east', weight: 1 }],
    limits: [limitSpec({ limit: 100, windowMs: 3_600_000 })],
    journalDirectory,
  });
  const passes = async (origin: string, permits: number) =>
    (await fetch(`${origin}/check?resource=a&permits=${permits}`)).status === 200;
  const first = await run(settings);
  let admitted = 0;
  // A burst may outrun the journal for some milliseconds: what counts is that in the end all of it is given.
  await eventually(async () => {
    if (await passes(first.origin, 10)) admitted += 10;
    return admitted === 60;
  }, WITHIN);
  await first.daemon.stop();
  const second = await run(settings);
  expect(second.events()).toContain('new_cluster_ignored');
  for (let ask = 0; ask < 200; ask += 1) if (await passes(second.origin, 1)) admitted += 1;
  expect(admitted).toBeLessThanOrEqual(100);
}, 40_000);
