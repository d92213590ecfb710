import process from 'node:process';
import type { Listening } from '../pinned.ts';

/** Tells the runner where a server listens, and ends it when the runner says so or is gone. */
export function listensAt(listening: Listening, stop: () => Promise<unknown> | unknown): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    void Promise.resolve(stop()).then(() => process.exit());
  };
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  process.send?.(listening);
}
