import type { Row } from './row.ts';
import { batch } from './rows/batch.ts';
import { getCheck, postCheck } from './rows/check.ts';
import { client } from './rows/client.ts';
import { decision } from './rows/decision.ts';
import { grpc } from './rows/grpc.ts';
import { latency } from './rows/latency.ts';
import { rivals } from './rows/rivals.ts';
import { simulation } from './rows/simulation.ts';
import { journal, memory, repair, replication } from './rows/state.ts';

/** Everything that is measured, in the order of the page. */
export const ROWS: readonly Row[] = [
  decision,
  client,
  postCheck,
  getCheck,
  rivals,
  latency,
  batch,
  grpc,
  memory,
  replication,
  repair,
  journal,
  simulation,
];
