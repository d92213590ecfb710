import { expect, test } from 'vitest';
import { createLog } from '../../src/adapters/telemetry/log.ts';
import { Metrics, OWN_METRICS } from '../../src/adapters/telemetry/metrics.ts';
import type { TransportCounters } from '../../src/ports.ts';
import { limitSpec, World } from '../world.ts';

const COUNTERS: TransportCounters = {
  framesSent: 7,
  bytesSent: 700,
  framesReceived: 5,
  bytesReceived: 500,
  framesDropped: 1,
  framesRejected: { signature: 2 },
  sendErrors: 0,
};

const TRAFFIC = {
  errors: [
    { peer: '', kind: 'signature', count: 2 },
    { peer: 'eu-west', kind: 'refused', count: 3 },
  ],
  deltaBytes: { sent: 600, received: 400 },
};

const JOURNAL = {
  bytesWritten: 2_000,
  commits: 12,
  commitMsLast: 4,
  commitMsMax: 25,
  compactions: 1,
  errors: { ENOSPC: 3 },
  framesBad: 0,
  fileBytes: 900,
  recordsLive: 7,
  recordsWaiting: 2,
};

async function metricsOf(world: World, journal?: typeof JOURNAL): Promise<Metrics> {
  const look = () => ({
    view: world.region('us-east').view(),
    usage: (limit: string) => world.region('us-east').usage(limit, ''),
    transport: COUNTERS,
    transportConnected: true,
    traffic: TRAFFIC,
    journal,
    store: { up: true, latencyMs: 2, errors: { timeout: 4 } },
    reloads: { succeeded: 2, failed: 1, problem: 'limits.yaml:3: unknown field' },
    certificates: [{ purpose: 'http', succeeded: 1, failed: 2, expiresMs: 1_700_000_000_500 }],
    requestsShed: 5,
    refusals: [{ interface: 'http', code: 'token_invalid', count: 3 }],
  });
  return new Metrics({ region: 'us-east', version: '1.2.3', look });
}

/** Samples by their name and labels. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const { text } = await metrics.scrape();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

test("a scrape shows the region's own state, however often it is repeated", async () => {
  const world = await World.started();
  const metrics = await metricsOf(world);
  world.runToNext(10_000, 1_000);
  world.check('us-east', 3);
  world.check('us-east', 5_000);
  metrics.observeCheck(0.3, world.check('us-east', 0));
  await metrics.scrape();
  const found = await samples(metrics);
  expect(Object.fromEntries(found)).toMatchObject({
    'headgate_checks_total{limit="everything",outcome="allowed",reason="ok"}': 1,
    'headgate_permits_total{limit="everything",outcome="allowed"}': 3,
    'headgate_permits_total{limit="everything",outcome="denied"}': 5_000,
    'headgate_share_permits{limit="everything",region="eu-west"}': 350,
    'headgate_peer_up{peer="eu-west"}': 1,
    'headgate_peer_round_trip_seconds{peer="eu-west"}': 0.08,
    'headgate_fenced{peer="eu-west"}': 0,
    headgate_degraded: 0,
    headgate_check_duration_seconds_count: 1,
    'headgate_check_duration_seconds_bucket{le="0.0005"}': 1,
    'headgate_check_duration_seconds_bucket{le="0.0002"}': 0,
    'headgate_frames_total{direction="sent"}': 7,
    'headgate_sync_errors_total{peer="",kind="signature"}': 2,
    'headgate_sync_errors_total{peer="eu-west",kind="refused"}': 3,
    'headgate_delta_bytes_total{direction="sent"}': 600,
    'headgate_share_used_ratio{limit="everything"}': 3 / 400,
    'headgate_admitted_degraded_total{limit="everything"}': 0,
    'headgate_over_admission_permits_total{limit="everything"}': 0,
    'headgate_repaired_entries_total{peer="eu-west"}': 0,
    'headgate_limit_permits{limit="everything"}': 1_000,
    'headgate_reclaimed_permits{peer="eu-west",limit="everything"}': 0,
    headgate_transport_up: 1,
    headgate_sitting_out: 0,
    headgate_store_up: 1,
    headgate_store_latency_seconds: 0.002,
    'headgate_store_errors_total{kind="timeout"}': 4,
    headgate_config_last_reload_successful: 0,
  });
  expect([...found.keys()].find((name) => name.startsWith('headgate_build_info'))).toContain(
    'version="1.2.3"',
  );
  expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
});

test('a lost peer shows, and what is not known has no sample', async () => {
  const world = new World();
  await world.start('us-east', true);
  world.run(3_000);
  const found = await samples(await metricsOf(world));
  expect(found.get('headgate_peer_up{peer="eu-west"}')).toBe(0);
  expect(found.has('headgate_peer_round_trip_seconds{peer="eu-west"}')).toBe(false);
  expect(found.get('headgate_degraded')).toBe(1);
});

test('what is admitted while degraded is counted, and what is denied is not', async () => {
  const world = new World();
  await world.start('us-east', true);
  world.run(15_000);
  const metrics = await metricsOf(world);
  for (const permits of [1, 1, 5_000]) metrics.observeCheck(0.1, world.check('us-east', permits));
  const found = await samples(metrics);
  expect(found.get('headgate_admitted_degraded_total{limit="everything"}')).toBe(2);
});

test('a limit with a counter per value has no ratio of its own', async () => {
  const limits = [limitSpec({ name: 'orders', dimensions: { tenant: '*' } })];
  const found = await samples(await metricsOf(await World.started({ limits })));
  expect([...found.keys()].filter((name) => name.includes('share_used_ratio'))).toEqual([]);
});

test('a journal is shown where one is kept, and only there', async () => {
  const world = await World.started();
  const kept = await samples(await metricsOf(world, JOURNAL));
  expect(Object.fromEntries(kept)).toMatchObject({
    headgate_journal_commits_total: 12,
    headgate_journal_bytes_total: 2_000,
    headgate_journal_commit_max_seconds: 0.025,
    'headgate_journal_errors_total{kind="ENOSPC"}': 3,
    headgate_journal_records_waiting: 2,
  });
  const none = await samples(await metricsOf(world));
  expect([...none.keys()].filter((name) => name.includes('journal'))).toEqual([]);
});

test('every metric is documented, and none is labelled by key', async () => {
  const world = await World.started();
  const { text } = await (await metricsOf(world)).scrape();
  const told = [...text.matchAll(/^# HELP (headgate_\S+) (.+)\n# TYPE \1 (\S+)$/gm)];
  const known = OWN_METRICS.filter(({ group }) => group !== 'journal');
  expect(told.map(([, name, help, type]) => ({ name, help, type }))).toEqual(
    known.map(({ name, help, type }) => ({ name, help, type })),
  );
  expect(text).not.toMatch(/key="/);
});

test('a log line is JSON with its event, time, level and region, and hides secrets', async () => {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  const log = await createLog({ level: 'info', format: 'auto', region: 'us-east', output });
  log.info('peer_up', { peer: 'eu-west', transport: { key: 'hunter2' }, password: 'hunter2' });
  log.warn('odd');
  log.error('request_failed', { error: new Error('inside') });
  const [first, second, third] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ level: 'info', event: 'peer_up', region: 'us-east', peer: 'eu-west' });
  expect(Date.parse(first.time)).toBeGreaterThan(0);
  expect(lines[0]).not.toContain('hunter2');
  expect(second).toMatchObject({ level: 'warn', event: 'odd' });
  expect(third.error).toMatchObject({ message: 'inside', stack: expect.stringContaining('telemetry.test') });
});

test('a log says nothing below its level', async () => {
  const lines: string[] = [];
  const log = await createLog({
    level: 'warn',
    format: 'json',
    region: 'a',
    output: { write: (line: string) => void lines.push(line) },
  });
  log.info('quiet');
  log.error('loud');
  expect(lines).toHaveLength(1);
});

test('a pretty log is for people: one line, without JSON', async () => {
  const lines: string[] = [];
  const log = await createLog({
    level: 'info',
    format: 'pretty',
    region: 'us-east',
    output: { write: (line: string) => void lines.push(line) },
  });
  log.warn('peer_suspected', { peer: 'eu-west' });
  expect(lines.join('')).toMatch(/WARN.*us-east peer_suspected.*eu-west/);
  expect(lines.join('').trim().split('\n')).toHaveLength(1);
});
