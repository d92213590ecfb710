import { parentPort, workerData } from 'node:worker_threads';
import type { Asked } from './elsewhere.ts';
import { parseLimits } from './limits-file.ts';
import { loadConfiguration } from './load.ts';

// Reads what it is asked for, says what came of it, and ends.
parentPort?.postMessage(read(workerData as Asked));

function read(asked: Asked): unknown {
  if (asked.kind === 'configuration') return loadConfiguration(asked.sources);
  return parseLimits(asked.text, asked.file, asked.place);
}
