import type { Instant } from '../../core/instant.ts';
import type { Cancel, Clock } from '../../ports.ts';

/** This machine's time. Nothing that is scheduled here keeps the process alive: what listens does. */
export const systemClock: Clock = {
  now(): Instant {
    return { wallMs: Date.now(), monoMs: performance.now() };
  },

  every(intervalMs: number, task: () => void): Cancel {
    const timer = setInterval(task, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },

  soon(task: () => void): void {
    setImmediate(task);
  },
};
