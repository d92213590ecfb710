import type { CheckRequest, Decision } from '../core/decision.ts';
import { WAITING_MAX } from './bounds.ts';

/** Requests that wait together for a decision. */
export type Waiter = {
  readonly requests: readonly CheckRequest[];
  readonly untilMonoMs: number;
  readonly decided: (decisions: readonly Decision[]) => void;
};

/** Those that wait, in the order in which they came; all of them wait equally long, so that is the order in which their time is up. */
export class WaitingRoom {
  #waiters: Waiter[] = [];

  get isFull(): boolean {
    return this.#waiters.length >= WAITING_MAX;
  }

  get size(): number {
    return this.#waiters.length;
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  /** Tries each again; those that `attempt` decides wait no more. */
  retry(attempt: (waiter: Waiter) => boolean): void {
    if (this.#waiters.length === 0) return;
    const before = this.#waiters;
    this.#waiters = [];
    this.#waiters = before.filter((waiter) => !attempt(waiter)).concat(this.#waiters);
  }
}
