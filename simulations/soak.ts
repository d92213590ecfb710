import { Worker } from 'node:worker_threads';
import type { Failure } from './run.ts';

/** What a run of one seed came to, small enough to pass between threads. */
export type SeedResult = {
  readonly seed: number;
  readonly trace: string;
  readonly checks: number;
  readonly virtualMs: number;
  readonly rarities: readonly (readonly [rarity: string, count: number])[];
  readonly failure: Omit<Failure, 'recent'> | undefined;
};

export type SoakOptions = {
  readonly seeds: Iterable<number>;
  /** Threads that run seeds at the same time. */
  readonly threads: number;
  /** The module that each thread runs, where it is not the usual one, and what it is told. */
  readonly worker?: URL;
  readonly workerData?: unknown;
  /** Called as seeds are done, in no order; what returns false stops the soak. */
  readonly onResult: (result: SeedResult) => boolean;
};

const WORKER = new URL('./soak-worker.ts', import.meta.url);

/** Runs many seeds, several at a time. Resolves when all are done or one was enough; rejects when a thread breaks down. */
export async function soak(options: SoakOptions): Promise<void> {
  const seeds = options.seeds[Symbol.iterator]();
  const threads = Array.from({ length: options.threads }, () => runThread(options, seeds));
  await Promise.all(threads);
}

async function runThread(
  { worker = WORKER, workerData, onResult }: SoakOptions,
  seeds: Iterator<number>,
): Promise<void> {
  const thread = new Worker(worker, { workerData, execArgv: [] });
  const ended = Promise.withResolvers<void>();
  const next = () => {
    const { done, value } = seeds.next();
    if (done === true) void thread.terminate().then(() => ended.resolve());
    else thread.postMessage(value);
  };
  thread.on('message', (result: SeedResult) => {
    if (!onResult(result)) seeds.return?.();
    next();
  });
  thread.on('error', ended.reject);
  next();
  await ended.promise;
}

/** The seeds from `from` on, `count` of them. */
export function* seedsFrom(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed += 1) yield seed;
}
