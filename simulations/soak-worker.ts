import { parentPort, workerData } from 'node:worker_threads';
import { drawPlan } from './draw.ts';
import { runPlan } from './run.ts';
import type { SeedResult, SoakWorkerData } from './soak.ts';

const { focus } = workerData as SoakWorkerData;

// A thread of a soak: answers every seed that it is sent with what the run came to, and ends when there are no more.
parentPort?.on('message', (seed: number | undefined) => {
  if (seed === undefined) parentPort?.close();
  else void runSeed(seed).then((result) => parentPort?.postMessage(result));
});

async function runSeed(seed: number): Promise<SeedResult> {
  const { trace, checks, virtualMs, rarities, failure } = await runPlan(drawPlan(seed, focus));
  const told = failure && { invariant: failure.invariant, what: failure.what, atMs: failure.atMs };
  return { seed, trace, checks, virtualMs, rarities: [...rarities], failure: told };
}
