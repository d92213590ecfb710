import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { FileJournal } from '../../../src/adapters/journal/file-journal.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { EPOCH_MS } from '../../../src/bounds.ts';
import { DEFAULT_TIMING } from '../../../src/core/cluster.ts';
import { compileLimit } from '../../../src/core/limit.ts';
import { createState } from '../../../src/core/state.ts';
import { limitSpec } from '../../world.ts';

// How long a million counters take to the disk, and back into a region that starts.

const RECORDS = 1_000_000;

/** As many as a busy tick has. */
const RECORDS_AT_A_TIME = 2_500;

const spec = limitSpec({ dimensions: { tenant: '*' }, limit: 1_000, windowMs: 3_600_000 });
const limit = compileLimit(spec);
const windowId = limit.windows.idAt(Date.now());
const closesAt = Math.ceil(Date.now() / EPOCH_MS) + 7_200;
const directory = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
const silent = { info: () => {}, warn: () => {}, error: () => {} };

function journal(): FileJournal {
  const ledger = () => '00000000000000aa';
  return new FileJournal({
    directory,
    region: 'us-east',
    environment: 'bench',
    ledger,
    clock: systemClock,
    log: silent,
  });
}

async function write(): Promise<{ readonly seconds: number; readonly longestMs: number }> {
  const books = journal();
  await books.open();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = performance.now();
  let durable: Promise<void> = Promise.resolve();
  for (let from = 0; from < RECORDS; from += RECORDS_AT_A_TIME) {
    const records = Array.from({ length: RECORDS_AT_A_TIME }, (_, at) => ({
      kind: 'spend' as const,
      limit: limit.id,
      windowId,
      key: `tenant-${String(from + at).padStart(33, '0')}`,
      closesAt,
      permits: 100,
    }));
    durable = new Promise((resolve) => books.append(records, resolve));
    await new Promise((turn) => setImmediate(turn));
  }
  await durable;
  const seconds = (performance.now() - before) / 1_000;
  delay.disable();
  await books.stop();
  return { seconds, longestMs: delay.max / 1e6 };
}

async function start(): Promise<number> {
  const before = performance.now();
  const books = journal();
  const recovery = await books.open();
  const state = createState(
    {
      region: 'us-east',
      ledger: books.ledger,
      members: [{ region: 'us-east', weight: 1 }],
      limits: [spec],
      timing: DEFAULT_TIMING,
      newCluster: false,
      journaling: true,
      recovery,
    },
    systemClock.now(),
  );
  const seconds = (performance.now() - before) / 1_000;
  if (state.counters !== RECORDS) throw new Error(`${state.counters} counters came back, not ${RECORDS}`);
  await books.stop();
  return seconds;
}

try {
  const written = await write();
  console.log(JSON.stringify({ ...written, startSeconds: await start() }));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
