import { metricsPage } from './metrics-page.ts';
import type { Page } from './page.ts';

/** Every file that `make pages` writes. */
export function pages(): readonly Page[] {
  return [metricsPage()];
}
