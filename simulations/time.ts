import type { Instant } from '../src/core/instant.ts';
import type { AlarmClock, Cancel } from '../src/ports.ts';

type Task = { readonly atMs: number; readonly order: number; readonly run: () => void; cancelled: boolean };

/** Virtual time: one heap of tasks, run in order of time and, at one time, in the order in which they were scheduled. */
export class VirtualTime {
  readonly #heap: Task[] = [];
  #order = 0;
  #nowMs: number;
  #halted = false;

  /** Starts at `startMs`, milliseconds of true time. */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** True time in milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `task` after `delayMs` of true time. */
  after(delayMs: number, run: () => void): Cancel {
    const task = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run, cancelled: false };
    this.#heap.push(task);
    this.#siftUp(this.#heap.length - 1);
    return () => {
      task.cancelled = true;
    };
  }

  /** Makes the `runUntil` under way return after the task that calls this, so that promises the task made can settle at that time. */
  halt(): void {
    this.#halted = true;
  }

  /** Runs every task up to `untilMs`, and leaves the time there. Returns false when it was halted before: call again to go on. */
  runUntil(untilMs: number): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      this.#nowMs = next.atMs;
      next.run();
      if (!this.#halted) continue;
      this.#halted = false;
      return false;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return true;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  #siftDown(start: number): void {
    let at = start;
    while (true) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = right < this.#heap.length && this.#isEarlier(right, left) ? right : left;
      if (child >= this.#heap.length || !this.#swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  #swapIfEarlier(at: number, than: number): boolean {
    const a = this.#heap[at];
    const b = this.#heap[than];
    if (a === undefined || b === undefined || !this.#isEarlier(at, than)) return false;
    this.#heap[at] = b;
    this.#heap[than] = a;
    return true;
  }

  #isEarlier(at: number, than: number): boolean {
    const a = this.#heap[at];
    const b = this.#heap[than];
    if (a === undefined || b === undefined) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }
}

/** One process's clock over virtual time. */
export class VirtualClock implements AlarmClock {
  readonly #time: VirtualTime;
  readonly #monoOriginMs: number;
  /** How far this wall clock is ahead of true time, in milliseconds; may be stepped while running. */
  skewMs = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#monoOriginMs = time.nowMs;
  }

  now(): Instant {
    const { nowMs } = this.#time;
    return { wallMs: nowMs + this.skewMs, monoMs: nowMs - this.#monoOriginMs };
  }

  every(intervalMs: number, task: () => void): Cancel {
    let cancelNext: Cancel = () => {};
    const run = () => {
      cancelNext = this.#time.after(intervalMs, run);
      task();
    };
    cancelNext = this.#time.after(intervalMs, run);
    return () => cancelNext();
  }

  soon(task: () => void): void {
    this.#time.after(0, task);
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#time.after(delayMs, task);
  }
}
