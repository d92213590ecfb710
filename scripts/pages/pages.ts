import { dashboardPages } from './dashboards/dashboards.ts';
import { metricsPage } from './metrics-page.ts';
import type { Page } from './page.ts';
import { operatorPage } from './rules/operator-page.ts';
import { rulesPage } from './rules/rules-page.ts';

/** Every file that `make pages` writes. */
export function pages(): readonly Page[] {
  return [metricsPage(), rulesPage(), operatorPage(), ...dashboardPages()];
}
