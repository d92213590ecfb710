import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { OWN_METRICS } from '../../src/adapters/telemetry/metrics.ts';
import { asked, rules } from './asked.ts';
import { parsePromql } from './promql.ts';

/** What the scrape adds to every sample, and what Prometheus itself does. */
const EVERYWHERE = ['job', 'instance', 'node_region', 'node'];
const OWN_LABELS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(OWN_METRICS.map(({ name, labels }) => [name, labels])),
  headgate_check_duration_seconds_bucket: ['le'],
  up: [],
  scrape_duration_seconds: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'peer', 'limit'],
};

/** A record's labels stand before its first colon. */
const RECORDED = Object.fromEntries(
  rules().flatMap(({ record }) => (record === undefined ? [] : [[record, labelsOf(record)]])),
);

test.each(asked())('in $where: $expr', ({ expr }) => {
  const { selections, grouping, problems } = parsePromql(expr);
  expect(problems).toEqual([]);
  expect(selections).not.toEqual([]);
  const known = new Set(EVERYWHERE);
  for (const { metric, labels } of selections) {
    if (/^(process|nodejs)_/.test(metric)) {
      for (const label of ['kind', 'type', 'space', 'version']) known.add(label);
      continue;
    }
    const own = OWN_LABELS[metric] ?? RECORDED[metric];
    expect([metric, own]).toEqual([metric, expect.any(Array)]);
    for (const label of own ?? []) known.add(label);
    expect([...EVERYWHERE, ...(own ?? [])]).toEqual(expect.arrayContaining([...labels]));
  }
  expect([...known]).toEqual(expect.arrayContaining([...grouping]));
});

test('what is not PromQL, or is nobody’s metric, would be found', () => {
  expect(parsePromql('sum(rate(a[5m])').problems).not.toEqual([]);
  expect(parsePromql('sum by (b) (rate(a{c="d"}[5m])) / on (e) f')).toEqual({
    selections: [
      { metric: 'a', labels: ['c'] },
      { metric: 'f', labels: [] },
    ],
    grouping: ['b', 'e'],
    problems: [],
  });
});

test('nearly every metric is looked at by some dashboard or rule', () => {
  const looked = new Set(
    asked().flatMap(({ expr }) => parsePromql(expr).selections.map(({ metric }) => metric)),
  );
  const unseen = OWN_METRICS.filter(({ name }) => !looked.has(name) && !looked.has(`${name}_bucket`));
  const names = unseen.map(({ name }) => name);
  expect([names, names.length <= OWN_METRICS.length / 10]).toEqual([names, true]);
});

test('every alert says how grave it is, what is wrong, and where it is written what to do', () => {
  const alerts = rules().filter(({ alert }) => alert !== undefined);
  expect(alerts.length).toBeGreaterThanOrEqual(20);
  for (const { alert, labels, annotations } of alerts) {
    expect(['critical', 'warning', 'info']).toContain(labels?.['severity']);
    expect(annotations?.['summary']).toMatch(/\S.{10}/);
    expect(annotations?.['description']).toMatch(/\.$/);
    expect(annotations?.['runbook_url']).toBe(
      `{{ $externalLabels.runbooks }}RUNBOOK.md#${alert?.toLowerCase()}`,
    );
  }
});

test('promtool accepts the configuration and the rules, and the rules do what their own tests say', () => {
  const promtool = (...words: string[]) =>
    execFileSync('promtool', words, { cwd: 'config/prometheus', encoding: 'utf8', stdio: 'pipe' });
  promtool('check', 'config', 'prometheus.yml');
  expect(promtool('check', 'rules', 'headgate.rules.yml')).toContain(
    `SUCCESS: ${rules().length} rules found`,
  );
  expect(promtool('test', 'rules', 'headgate.rules.test.yml')).toContain('SUCCESS');
}, 30_000);

test('dashboards are told apart, point to the chosen Prometheus, and have no two panels in one place', () => {
  const folder = 'config/grafana/dashboards';
  const boards = readdirSync(folder).map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')));
  expect(new Set(boards.map(({ uid }) => uid)).size).toBe(8);
  for (const { title, panels } of boards) {
    const places = new Set<string>();
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos;
      for (let column = x; column < x + w; column += 1)
        for (let row = y; row < y + h; row += 1) {
          const place = `${title} ${column}/${row}`;
          expect([place, places.has(place)]).toEqual([place, false]);
          places.add(place);
        }
      if (panel.type === 'row') continue;
      expect(panel.datasource).toEqual({ type: 'prometheus', uid: '$' + '{datasource}' });
      expect(panel.description).toMatch(/\.|\?/);
    }
  }
});

test('what Grafana is provisioned with is where the deployment mounts it', () => {
  const read = (file: string) => parse(readFileSync(`config/grafana/provisioning/${file}`, 'utf8'));
  expect(read('datasources/prometheus.yaml').datasources[0]).toMatchObject({ type: 'prometheus' });
  expect(read('dashboards/headgate.yaml').providers[0].options.path).toBe('/etc/grafana/dashboards');
});

function labelsOf(record: string): string[] {
  const level = record.split(':')[0] ?? '';
  return ['node_region', 'node', 'limit', 'outcome', 'peer'].filter((label) => level.includes(label));
}
