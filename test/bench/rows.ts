import type { Row } from './row.ts';
import { getCheck, postCheck } from './rows/check.ts';
import { decision } from './rows/decision.ts';
import { rivals } from './rows/rivals.ts';
import { simulation } from './rows/simulation.ts';

/** Everything that is measured, in the order of the page. */
export const ROWS: readonly Row[] = [decision, postCheck, getCheck, rivals, simulation];
