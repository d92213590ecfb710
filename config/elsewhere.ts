import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { freeze } from './freeze.ts';
import { type LimitsPlace, type LimitsResult, parseLimits } from './limits-file.ts';
import type { ConfigurationResult, ConfigurationSources } from './load.ts';

/** Where a configuration comes from, as another thread can be told: its files are read there. */
export type PlainSources = Omit<ConfigurationSources, 'readFile'>;

/** What a thread is asked to read. */
export type Asked =
  | { readonly kind: 'configuration'; readonly sources: PlainSources }
  | { readonly kind: 'limits'; readonly text: string; readonly file: string; readonly place: LimitsPlace };

/** Characters up to which a text is read at once: a few milliseconds' work, which a thread would take longer to begin. */
const READ_AT_ONCE_CHARS_MAX = 16 * 1024;

const THREAD = new URL('./elsewhere-thread.ts', import.meta.url);

/**
 * `loadConfiguration` in a thread of its own, so that thousands of limits, which take seconds, hold up nothing here. Rejects when the thread
 * breaks down.
 */
export async function loadConfigurationElsewhere(sources: PlainSources): Promise<ConfigurationResult> {
  // What a process has for an environment is no plain object.
  const plain = { ...sources, env: { ...sources.env } };
  return freeze(await read<ConfigurationResult>({ kind: 'configuration', sources: plain }));
}

/** `parseLimits`, of a long text in a thread of its own. Rejects when the thread breaks down. */
export async function parseLimitsElsewhere(
  text: string,
  file: string,
  place: LimitsPlace,
): Promise<LimitsResult> {
  if (text.length <= READ_AT_ONCE_CHARS_MAX) return parseLimits(text, file, place);
  return freeze(await read<LimitsResult>({ kind: 'limits', text, file, place }));
}

async function read<Result>(asked: Asked): Promise<Result> {
  const thread = new Worker(THREAD, { workerData: asked, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', (code) => reject(new Error(`the thread that reads the files ended with ${code}`)));
  const result = await promise;
  // What came in while the result was taken over goes first.
  await setImmediate();
  return result;
}
