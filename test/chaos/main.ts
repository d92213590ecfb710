import process from 'node:process';
import { parseArgs } from 'node:util';
import { runChaos } from './run.ts';
import { growth, tellVitals, type Vitals } from './vitals.ts';

// Breaks everything that can break in three regions under load: `--minutes N`, `--seed N`; `--soak` follows memory, handles and the event loop
// besides. Ends with 1 when a window was used beyond its limit, when not all was used once all was mended, or when memory grew.

/** Growth of the heap from the first half of a soak to the second that still counts as noise. */
const GROWTH_MAX = 0.15;

const VITALS_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    soak: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || minutes > 600 || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: --minutes N (at most 600) --seed N [--soak]\n');
  process.exit(2);
}
process.stdout.write(`seed: ${seed}\n`);
const startedMs = performance.now();
const seconds = () => ((performance.now() - startedMs) / 1_000).toFixed(1).padStart(7);
const tell = (line: string) => process.stdout.write(`${seconds()} s  ${line}\n`);
const heaps: number[] = [];
const onVitals = (vitals: readonly Vitals[]) => {
  for (const each of vitals) tell(tellVitals(each));
  const spared = vitals.find(({ region }) => region === 'us-east');
  if (spared !== undefined) heaps.push(spared.heapMib);
};
try {
  const { troubles, usedAfter, windows } = await runChaos({
    seed,
    forMs: minutes * 60_000,
    tell,
    ...(values.soak ? { vitalsEveryMs: VITALS_EVERY_MS, onVitals } : {}),
  });
  for (const { limit, windows: count, most, allowed } of windows) {
    tell(`${limit.padEnd(10)} at most ${most} of ${allowed} in any of ${count} windows`);
  }
  tell(`${troubles} troubles; ${(usedAfter * 100).toFixed(1)} % used from 10 s after healing on`);
  if (values.soak)
    tell(`heap of us-east: ${(growth(heaps) * 100).toFixed(1)} % from the first half to the second`);
  if (values.soak && growth(heaps) > GROWTH_MAX) throw new Error('memory grew');
  process.stdout.write('ok\n');
} catch (error) {
  process.stderr.write(`FAILED: ${error instanceof Error ? error.message : error}\nrerun: --seed ${seed}\n`);
  process.exitCode = 1;
}
