import type { Page } from '../page.ts';
import { buildDashboard } from './build-dashboard.ts';
import { INCIDENT } from './incident.ts';
import { LIMIT_DETAIL } from './limit.ts';
import { OVERVIEW } from './overview.ts';
import { PARTITIONS } from './partitions.ts';
import { REGION_DETAIL } from './region.ts';
import { REPLICATION } from './replication.ts';
import { RUNTIME } from './runtime.ts';
import { STORE } from './store.ts';

const TABLES = [OVERVIEW, REGION_DETAIL, LIMIT_DETAIL, REPLICATION, PARTITIONS, STORE, RUNTIME, INCIDENT];

/** `config/grafana/dashboards/*.json`, as Grafana provisions them. */
export function dashboardPages(): readonly Page[] {
  return TABLES.map((table) => ({
    path: `config/grafana/dashboards/${table.name}.json`,
    text: `${JSON.stringify(buildDashboard(table), null, 2)}\n`,
  }));
}
