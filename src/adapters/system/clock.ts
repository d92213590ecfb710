import type { Instant } from '../../core/instant.ts';
import type { AlarmClock, Cancel } from '../../ports.ts';

/** This machine's time. Nothing that is scheduled here keeps the process alive: what listens does. */
export const systemClock: AlarmClock = {
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

  after(delayMs: number, task: () => void): Cancel {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
