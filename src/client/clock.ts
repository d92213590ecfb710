/** Time, as a thing that can be handed in. */
export type Clock = {
  /** Milliseconds from an arbitrary origin; never goes back. */
  monoMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Runs `task` once in `ms` milliseconds unless what is returned is called before; keeps no process alive. */
  after(ms: number, task: () => void): () => void;
};

/** This machine's time. */
export const systemClock: Clock = {
  monoMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(ms, task) {
    const timer: unknown = setTimeout(task, ms);
    // In Node a timer is an object that can be told not to keep the process alive.
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as number);
  },
};
