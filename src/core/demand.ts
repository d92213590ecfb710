/** Time constants of the two averages, in milliseconds: one follows a burst, the other outlives a lull. */
const FAST_MS = 1_000;
const SLOW_MS = 30_000;

/**
 * How many permits a second are offered (asked for, whether admitted or not): the larger of two exponentially weighted averages.
 * Both are corrected for their short past, so that a new key is judged by what it did, not by the silence before it.
 *
 * Source: protocol.md §5; the correction is that of Kingma and Ba (arXiv 1412.6980, §3).
 */
export class Demand {
  #offered = 0;
  #fast = 0;
  #fastPast = 0;
  #slow = 0;
  #slowPast = 0;
  #foldedAtMs: number;
  readonly #fastMs: number;
  readonly #slowMs: number;

  /** `patienceMs` is the time constant where a burst says nothing: of few requests each looks like one. */
  constructor(monoMs: number, patienceMs?: number) {
    this.#foldedAtMs = monoMs;
    this.#fastMs = patienceMs ?? FAST_MS;
    this.#slowMs = patienceMs ?? SLOW_MS;
  }

  /** Counts permits asked for since the last fold. */
  offer(permits: number): void {
    this.#offered += permits;
  }

  /** Milliseconds since the last fold. */
  sinceFoldMs(monoMs: number): number {
    return Math.max(0, monoMs - this.#foldedAtMs);
  }

  /** Takes what was offered since the last fold into the averages. */
  fold(monoMs: number): void {
    const elapsedMs = monoMs - this.#foldedAtMs;
    if (elapsedMs <= 0) return;
    const rate = (this.#offered * 1_000) / elapsedMs;
    const fast = 1 - Math.exp(-elapsedMs / this.#fastMs);
    const slow = 1 - Math.exp(-elapsedMs / this.#slowMs);
    this.#fast += (rate - this.#fast) * fast;
    this.#fastPast += (1 - this.#fastPast) * fast;
    this.#slow += (rate - this.#slow) * slow;
    this.#slowPast += (1 - this.#slowPast) * slow;
    this.#offered = 0;
    this.#foldedAtMs = monoMs;
  }

  /** Permits a second, as of the last fold. */
  perSecond(): number {
    if (this.#fastPast === 0) return 0;
    return Math.max(this.#fast / this.#fastPast, this.#slow / this.#slowPast);
  }
}
