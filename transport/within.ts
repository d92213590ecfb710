import { setTimeout as pause } from 'node:timers/promises';

/** Waits for `promise`, but no longer than `ms`, and leaves no timer behind. Rejects when `promise` does so in time. */
export async function within(ms: number, promise: Promise<unknown> | undefined): Promise<void> {
  const waited = new AbortController();
  try {
    await Promise.race([promise, pauseUnless(waited.signal, ms)]);
  } finally {
    waited.abort();
  }
}

/** Waits `ms`, or until `signal` is aborted; never rejects. */
export async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
