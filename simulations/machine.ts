import type { VirtualTime } from './time.ts';

/** The clock of one machine over virtual time: it outlives the processes that read it. */
export class MachineClock {
  readonly #time: VirtualTime;
  #aheadMs: number;
  /** What the monotonic clock has gained: drift, but no steps. */
  #gainedMs = 0;
  #partsPerMillion: number;
  #since: number;
  #sway: { readonly byMs: number; readonly periodMs: number; readonly since: number } | undefined;

  constructor(time: VirtualTime, aheadMs: number, partsPerMillion: number) {
    this.#time = time;
    this.#aheadMs = aheadMs;
    this.#partsPerMillion = partsPerMillion;
    this.#since = time.nowMs;
  }

  /** How far the wall clock is ahead of true time. */
  get aheadMs(): number {
    const sway = this.#sway;
    const swayed =
      sway === undefined
        ? 0
        : sway.byMs * Math.sin((2 * Math.PI * (this.#time.nowMs - sway.since)) / sway.periodMs);
    return this.#aheadMs + this.#drifted() + swayed;
  }

  get wallMs(): number {
    return this.#time.nowMs + this.aheadMs;
  }

  /** Milliseconds from an arbitrary origin; drifts, but is never stepped. */
  get monoMs(): number {
    return this.#time.nowMs + this.#gainedMs + this.#drifted();
  }

  /** Moves the wall clock at once. */
  step(byMs: number): void {
    this.#aheadMs += byMs;
  }

  /** Lets the clock gain from now on, or lose when negative. */
  drift(partsPerMillion: number): void {
    const drifted = this.#drifted();
    this.#aheadMs += drifted;
    this.#gainedMs += drifted;
    this.#since = this.#time.nowMs;
    this.#partsPerMillion = partsPerMillion;
  }

  /** Lets the wall clock swing around where it is; undefined ends it. */
  sway(sway: { readonly byMs: number; readonly periodMs: number } | undefined): void {
    this.#sway = sway === undefined ? undefined : { ...sway, since: this.#time.nowMs };
  }

  /** Makes the clock right to within `aheadMs` of true time. */
  correct(aheadMs: number): void {
    this.sway(undefined);
    this.drift(0);
    this.#aheadMs = aheadMs;
  }

  #drifted(): number {
    return ((this.#time.nowMs - this.#since) * this.#partsPerMillion) / 1_000_000;
  }
}
