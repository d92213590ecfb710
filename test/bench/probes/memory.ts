import process from 'node:process';
import type { Lone } from '../../core/builders.ts';
import { sole } from '../../core/sole.ts';
import { PERMITS, WINDOW_MS } from '../workload.ts';

// What a cold key costs: bytes of heap and beside it, for each of two million, and whether memory grows as keys come and go.

const KEYS = 2_000_000;
const CHURNED_KEYS = 200_000;
const CHURNED_WINDOWS = 12;

/** Windows after which as many are kept as ever will be. */
const SETTLED_WINDOWS = 4;

const ORDERS = { resource: 'api.orders.*', dimensions: { tenant: '*' }, limit: PERMITS, windowMs: WINDOW_MS };

function used(): number {
  global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function ask(lone: Lone, from: number, keys: number): void {
  for (let key = from; key < from + keys; key += 1)
    lone.check(1, { tenant: `tenant-${String(key).padStart(33, '0')}` }, 'api.orders.create');
}

function bytesPerKey(): number {
  const lone = sole(ORDERS);
  const before = used();
  ask(lone, 0, KEYS);
  const bytes = used() - before;
  if (lone.state.counters !== KEYS) throw new Error(`${lone.state.counters} counters, not ${KEYS}`);
  return bytes / KEYS;
}

/** How much more is used after many windows, each with keys of its own, than after the first few. */
function growth(): number {
  const lone = sole(ORDERS);
  let settled = 0;
  for (let window = 0; window < CHURNED_WINDOWS; window += 1) {
    ask(lone, window * CHURNED_KEYS, CHURNED_KEYS);
    lone.run(WINDOW_MS);
    lone.effects.length = 0;
    if (window + 1 === SETTLED_WINDOWS) settled = used();
  }
  return used() / settled;
}

console.log(JSON.stringify({ bytesPerKey: bytesPerKey(), growth: growth() }));
