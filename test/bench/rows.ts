import type { Row } from './row.ts';
import { getCheck, postCheck } from './rows/check.ts';

/** Everything that is measured, in the order of the page. */
export const ROWS: readonly Row[] = [postCheck, getCheck];
