import { FAILURES_MAX, PAUSE_MS_MAX, PAUSE_MS_MIN } from './bounds.ts';

/** Whether a coordinator is worth asking: after some failures in a row it is left alone for a while, and then asked once to see. */
export class Reach {
  #failures = 0;
  #pauseMs = PAUSE_MS_MIN;
  #untilMs = Number.NEGATIVE_INFINITY;

  /** Whether it may be asked now, at `monoMs`. While it is left alone the first to ask when the pause is over is let through. */
  allows(monoMs: number): boolean {
    if (this.#failures < FAILURES_MAX) return true;
    if (monoMs < this.#untilMs) return false;
    this.#untilMs = monoMs + this.#pauseMs;
    return true;
  }

  failed(monoMs: number): void {
    this.#failures += 1;
    if (this.#failures < FAILURES_MAX) return;
    this.#untilMs = monoMs + this.#pauseMs;
    this.#pauseMs = Math.min(PAUSE_MS_MAX, 2 * this.#pauseMs);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = PAUSE_MS_MIN;
  }
}
