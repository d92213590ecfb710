/** What asks a process to end. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Signals so close together, in milliseconds, are one: a terminal and a wrapper such as npm both pass the same Ctrl-C on. */
const SAME_SIGNAL_MS = 300;

/** Calls `first` when the process is asked to end, and `again` each time it is asked once more. */
export function onStopSignals(
  first: (signal: StopSignal) => void,
  again: (signal: StopSignal) => void,
): void {
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (firstMs === undefined) {
        firstMs = nowMs;
        first(signal);
      } else if (nowMs - firstMs >= SAME_SIGNAL_MS) again(signal);
    });
  }
}
