import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import type { Checker } from '../checkers/checker.ts';
import type { Life } from '../life.ts';

/** How long clients waited for their answers, counted by the millisecond. */
export class Waits implements Checker {
  readonly #counts = new Map<number, number>();
  #total = 0;

  checked(_life: Life, _request: CheckRequest, _decision: Decision, waitedMs: number): void {
    const ms = Math.round(waitedMs);
    this.#counts.set(ms, (this.#counts.get(ms) ?? 0) + 1);
    this.#total += 1;
  }

  /** The wait that `part` of all requests did not exceed, in milliseconds; 0 when there was no request. */
  quantile(part: number): number {
    let below = 0;
    for (const [ms, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      below += count;
      if (below >= part * this.#total) return ms;
    }
    return 0;
  }
}
