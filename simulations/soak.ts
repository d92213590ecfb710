import { Worker } from 'node:worker_threads';
import type { Focus } from './draw.ts';
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

/** What a thread of a soak is told when it starts; another module than the usual one may be told more. */
export type SoakWorkerData = { readonly focus: Focus | undefined };

export type SoakOptions = {
  readonly seeds: Iterable<number>;
  /** What the worlds are like; of every kind when it is not said. */
  readonly focus?: Focus;
  /** Threads that run seeds at the same time. */
  readonly threads: number;
  /** The module that each thread runs, where it is not the usual one, and what it is told besides the focus. */
  readonly worker?: URL;
  readonly workerData?: Readonly<Record<string, unknown>>;
  /** Called as seeds are done, in no order; what returns false stops the soak. */
  readonly onResult: (result: SeedResult) => boolean;
};

const WORKER = new URL('./soak-worker.ts', import.meta.url);

/** Runs many seeds, several at a time. Resolves when all are done or one was enough; rejects when a thread breaks down. */
export async function soak(options: SoakOptions): Promise<void> {
  const seeds = options.seeds[Symbol.iterator]();
  let isOver = false;
  const course: Course = {
    next: () => (isOver ? undefined : seeds.next().value),
    tell: (result) => {
      if (!options.onResult(result)) isOver = true;
    },
  };
  try {
    await Promise.all(Array.from({ length: options.threads }, () => runThread(options, course)));
  } finally {
    isOver = true;
  }
}

type Course = {
  /** The next seed to run; undefined when there is none. */
  next(): number | undefined;
  tell(result: SeedResult): void;
};

async function runThread({ worker = WORKER, workerData, focus }: SoakOptions, course: Course): Promise<void> {
  const told: SoakWorkerData = { ...workerData, focus };
  const thread = new Worker(worker, { workerData: told, execArgv: [] });
  const ended = Promise.withResolvers<void>();
  const next = () => thread.postMessage(course.next());
  thread.on('message', (result: SeedResult) => {
    course.tell(result);
    next();
  });
  thread.on('error', ended.reject);
  thread.on('exit', (code) =>
    code === 0 ? ended.resolve() : ended.reject(new Error(`a thread ended with ${code}`)),
  );
  next();
  await ended.promise;
}

/** The seeds from `from` on, `count` of them. */
export function* seedsFrom(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed += 1) yield seed;
}
