import { VirtualClock, type VirtualTime } from '../../simulations/time.ts';
import type { AlarmClock, Cancel } from '../../src/ports.ts';

/** A process's clock over virtual time: nothing of what it set off happens while the process stands still, and never after its death. */
export class MortalClock implements AlarmClock {
  readonly #clock: VirtualClock;
  #state: 'alive' | 'paused' | 'dead' = 'alive';
  #held: (() => void)[] = [];

  constructor(time: VirtualTime) {
    this.#clock = new VirtualClock(time);
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'alive';
  }

  set skewMs(ms: number) {
    this.#clock.skewMs = ms;
  }

  now() {
    return this.#clock.now();
  }

  every(intervalMs: number, task: () => void): Cancel {
    return this.#clock.every(intervalMs, () => this.run(task, false));
  }

  soon(task: () => void): void {
    this.#clock.soon(() => this.run(task));
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#clock.after(delayMs, () => this.run(task));
  }

  /** Runs a task as part of this process: now, when it goes on, or never. */
  run(task: () => void, isKept = true): void {
    if (this.#state === 'alive') task();
    else if (this.#state === 'paused' && isKept) this.#held.push(task);
  }

  kill(): void {
    this.#state = 'dead';
    this.#held = [];
  }

  pause(): void {
    if (this.#state === 'alive') this.#state = 'paused';
  }

  /** Goes on; `first` happens before anything that came in the meantime. */
  resume(first: () => void = () => {}): void {
    if (this.#state !== 'paused') return;
    this.#state = 'alive';
    first();
    for (const task of this.#held.splice(0)) task();
  }
}
