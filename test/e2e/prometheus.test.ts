import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { OWN_METRICS } from '../../src/adapters/telemetry/metrics.ts';
import { eventually } from '../eventually.ts';
import { asked } from '../monitoring/asked.ts';
import { parsePromql } from '../monitoring/promql.ts';
import { Prometheus } from '../servers/prometheus.ts';
import { Cluster } from './cluster.ts';
import { quietPorts } from './quiet-ports.ts';

// A real Prometheus, set up as in config/prometheus but for the addresses and for its patience, scrapes three real regions, one of which is
// killed and started again.

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let cluster: Cluster;
let prometheus: Prometheus;

beforeAll(async () => {
  const limits = [{ name: 'orders', match: { resource: 'orders' }, limit: 100, window: '5s' } as const];
  cluster = await Cluster.start({ transport: 'mesh', limits });
  const [port = 0] = await quietPorts(1);
  const rules = parse(readFileSync('config/prometheus/headgate.rules.yml', 'utf8'));
  for (const group of rules.groups) for (const rule of group.rules) if (rule.alert) rule.for = '1s';
  prometheus = await Prometheus.start({
    port,
    configuration: configuration(),
    rules: { 'headgate.rules.yml': rules },
  });
});

afterAll(async () => {
  await prometheus?.stop();
  await cluster?.stop();
});

test('three regions are scraped, a loss is told of and its end too, and no query asks for what nobody exports', async () => {
  const lost = cluster.regions['ap-southeast'];
  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  await eventually(async () => {
    const answer = await request(`${cluster.regions['us-east'].url}/check?resource=orders`, { headers });
    await answer.body.dump();
    return answer.statusCode === 429;
  });
  await patiently('three regions are scraped', async () => (await numberOf('sum(up{job="headgate"})')) === 3);
  await patiently(
    'rates are recorded',
    async () => Number(await numberOf('sum(headgate_checks_total{outcome="denied"})')) > 0,
  );
  await expectQueriesToBeServed();
  const exemplars = await prometheus.exemplars('headgate_check_duration_seconds_bucket');
  expect(exemplars).toContainEqual(expect.objectContaining({ trace_id: TRACE }));
  expect(await firing()).not.toContain('HeadgatePeerUnreachable ap-southeast');

  await lost.kill();
  await patiently('the loss is told of', async () => {
    const names = await firing();
    return ['HeadgatePeerUnreachable', 'HeadgateRegionFenced', 'HeadgateDown'].every((name) =>
      names.includes(`${name} ap-southeast`),
    );
  });
  const reclaimed = 'sum(headgate_reclaimed_permits{peer="ap-southeast"})';
  await patiently('its quota is taken into use', async () => Number(await numberOf(reclaimed)) > 0);

  lost.start('another');
  await patiently('its return ends the alerts', async () =>
    (await firing()).every((name) => !name.endsWith(' ap-southeast')),
  );
  expect(await numberOf('sum(headgate_over_admission_permits_total)')).toBe(0);
}, 60_000);

/** Every query of the dashboards and the rules is accepted, and every metric in it is exported by the regions, or recorded. */
async function expectQueriesToBeServed(): Promise<void> {
  const { body } = await request(`${cluster.regions['us-east'].url}/metrics`);
  // What has not happened yet has a heading, and no sample.
  const names = (await body.text()).matchAll(/^(?:# TYPE )?([a-z_0-9]+)[ {]/gm);
  const parts = ['', '_bucket', '_sum', '_count'];
  const exported = new Set([...names].flatMap(([, name]) => parts.map((part) => `${name}${part}`)));
  // No region here has several nodes that share a store.
  const ofStore = new Set(OWN_METRICS.filter(({ group }) => group === 'store').map(({ name }) => name));
  const ofPrometheus = new Set(['up', 'scrape_duration_seconds', 'ALERTS']);
  for (const { where, expr } of asked()) {
    await prometheus.query(expr);
    for (const { metric } of parsePromql(expr).selections) {
      const isKnown =
        exported.has(metric) ||
        metric.includes(':') ||
        [ofStore, ofPrometheus].some((names) => names.has(metric));
      expect([where, metric, isKnown]).toEqual([where, metric, true]);
    }
  }
}

/** The deployment's own configuration, for the regions of this cluster, with less patience. */
function configuration(): unknown {
  const own = parse(readFileSync('config/prometheus/prometheus.yml', 'utf8'));
  const targets = cluster.all().map(({ region, url }) => ({
    targets: [new URL(url).host],
    labels: { node_region: region, node: region },
  }));
  return {
    ...own,
    global: {
      ...own.global,
      scrape_interval: '500ms',
      scrape_timeout: '400ms',
      evaluation_interval: '500ms',
    },
    scrape_configs: own.scrape_configs.map((job: object) => ({ ...job, static_configs: targets })),
  };
}

async function numberOf(query: string): Promise<number | undefined> {
  return (await prometheus.query(query))[0]?.[1];
}

/** Alerts that fire, each with the region that it is about. */
async function firing(): Promise<readonly string[]> {
  const active = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
  return active.map(({ labels }) => `${labels['alertname']} ${labels['peer'] ?? labels['node_region']}`);
}

async function patiently(what: string, condition: () => Promise<boolean>): Promise<void> {
  await eventually(condition, { withinMs: 20_000, everyMs: 100, what });
}
