/** A moment as one process sees it. Wall time names windows and epochs; monotonic time measures how long something took. */
export type Instant = {
  /** Milliseconds since the Unix epoch by this process's own clock; may drift or step. */
  readonly wallMs: number;
  /** Milliseconds from an arbitrary origin; never goes back within a run. */
  readonly monoMs: number;
};
