import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { buildPanel, SOURCE } from './build-panel.ts';
import type { DashboardTable } from './panel.ts';

/** Of what the values of a variable are the labels. */
const VARIABLES = {
  node_region: ['Region', 'label_values(headgate_build_info, node_region)'],
  limit: ['Limit', 'label_values(headgate_limit_permits, limit)'],
  peer: ['Region', 'label_values(headgate_peer_up, peer)'],
} as const;

/** What is marked on every dashboard: when it happened, something happened. */
const MARKS = [
  [
    'Alerts',
    'ALERTS{alertname=~"Headgate.+", alertstate="firing", severity!="info"}',
    'red',
    '{{alertname}} {{node_region}}{{peer}}{{limit}}',
  ],
  [
    'Restarts',
    'changes(process_start_time_seconds{job="headgate"}[2m]) > 0',
    'blue',
    '{{node_region}} started',
  ],
  [
    'New limits',
    'changes(headgate_config_version[1m]) > 0',
    'purple',
    '{{node_region}} goes by a new version',
  ],
] as const;

/** A dashboard as Grafana provisions it. Times are the viewer's own. */
export function buildDashboard({ name, title, about, by, sections }: DashboardTable): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`headgate-${name}`)
    .description(about)
    .tags(['headgate'])
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('Headgate')
        .type(DashboardLinkType.Dashboards)
        .tags(['headgate'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const variable of by) builder.withVariable(variableOf(variable));
  for (const [mark, expr, color, text] of MARKS)
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(mark)
        .datasource(SOURCE)
        .enable(true)
        .iconColor(color)
        .expr(expr)
        .titleFormat(text),
    );
  for (const section of sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(buildPanel(panel));
  }
  return builder.build();
}

function variableOf(name: keyof typeof VARIABLES): QueryVariableBuilder {
  const [label, query] = VARIABLES[name];
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
}
