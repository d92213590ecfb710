import type { Books } from '../books.ts';
import type { Counter } from '../counter.ts';
import type { Reason } from '../decision.ts';
import type { RegionState } from '../state.ts';

/** What is asked of one limit. */
export type Asked = { readonly books: Books; readonly key: string; readonly permits: number };

/** One matched limit, weighed but not yet spent from. */
export type Weighed = {
  readonly books: Books;
  readonly key: string;
  readonly permits: number;
  /** The window whose counter would be charged, and that counter if there is one. */
  readonly windowId: number;
  readonly counter: Counter | undefined;
  /** What this region is entitled to now, what of it is left, and what is left in the world as far as it knows; in permits. */
  readonly entitled: number;
  readonly remaining: number;
  readonly globalRemaining: number;
  /** What was spent of the key in other windows that count together with this one. */
  readonly otherwise: number;
  /** How long an allowed request should wait, in milliseconds. */
  readonly delayMs: number;
  /** Permits of the same counter that requests before this one want, which are decided together with it. */
  before: number;
  denial: Reason | undefined;
  /** Denied only because the journal is behind, for a moment. */
  outrun: boolean;
};

/** A rule of how permits are counted over time. Nothing here changes anything before `spend` and `refund`. */
export type Algorithm = {
  /** What may be spent of a key now, without regard to how much is asked for. */
  weigh(state: RegionState, asked: Asked): Weighed;
  /** Takes what was weighed; the counter has been charged already. */
  spend(state: RegionState, weighed: Weighed): void;
  /** Milliseconds until a request that is denied now could pass, as far as is known; infinite when it never can. */
  retryAfterMs(state: RegionState, weighed: Weighed): number;
  /** Wall milliseconds at which all that is used now is free again. */
  resetAtMs(state: RegionState, weighed: Weighed): number;
  /**
   * Gives back up to so many permits of a key, as far as they were spent here in the windows that still count, or in that one where it does;
   * returns how many.
   */
  refund(state: RegionState, asked: Asked, windowId?: number): number;
};
