import type { Clock } from '../../ports.ts';

/**
 * How long, in milliseconds, requests are decided in one turn of the event loop once the turn before took as long, too: a thousand decisions.
 * What one turn reads arrived during the one before, so nothing that is decided has waited for longer than a few of them.
 */
export const TURN_MS_MAX = 25;

/**
 * Tells when there is more to do than can be done. Requests that arrive faster than they are answered make the turns of the event loop
 * longer and longer; what comes late in a long turn is to be refused, at a fraction of the cost, instead of waited for. One long turn alone
 * is a pause, not an overload: garbage, a large batch, a machine that stood still.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #end = () => this.#close();
  #isOpen = false;
  #openedMs = 0;
  #allowedMs = Number.POSITIVE_INFINITY;
  #refused = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether what is asked now is to be refused. To be called once for each request. */
  readonly refuse = (): boolean => {
    const { monoMs } = this.#clock.now();
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#openedMs = monoMs;
      this.#clock.soon(this.#end);
    }
    if (monoMs - this.#openedMs < this.#allowedMs) return false;
    this.#refused += 1;
    return true;
  };

  /** Requests that were to be refused so far. */
  readonly refused = (): number => this.#refused;

  #close(): void {
    this.#isOpen = false;
    const tookMs = this.#clock.now().monoMs - this.#openedMs;
    // Refusing costs something, too: with less than half of the time for decisions, those who do not wait before they ask again would stop all.
    this.#allowedMs = tookMs < TURN_MS_MAX ? Number.POSITIVE_INFINITY : Math.max(TURN_MS_MAX, tookMs / 2);
  }
}
