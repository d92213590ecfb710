import type { Verdict } from '../../core/decision.ts';
import { BLOCK_ONE_IN, LEASE_MS_MAX } from './bounds.ts';

/** How many permits somebody wants to hold; how many of them requests that wait need at once, and how many the smallest of those. */
export type Wanted = { readonly permits: number; readonly needed: number; readonly smallest: number };

/**
 * How many permits to give of `remaining`: what is needed now, and beyond it what is wanted as far as that is a small part of what is left, so
 * that nobody sits on what others need. The nearer the limit the smaller the blocks: in the end each is a decision about what is needed.
 */
export function blockSize({ permits, needed, smallest }: Wanted, remaining: number): number {
  // What nobody could use would only be missing elsewhere.
  if (remaining < smallest) return 0;
  const ahead = Math.min(permits, Math.floor(remaining / BLOCK_ONE_IN));
  return Math.max(0, Math.min(remaining, Math.max(needed, ahead)));
}

/**
 * For how many milliseconds from now permits may be spent that were charged under a verdict: until the window in which they are counted is over,
 * or the slot of one, or the second of a bucket. A permit that is spent later would be counted where it does not belong. The clock shows whole
 * milliseconds, so one comes off.
 */
export function spendableMs({ limit, windowId }: Verdict, wallMs: number): number {
  return Math.max(0, Math.min(LEASE_MS_MAX, Math.floor(limit.windows.endMs(windowId) - wallMs) - 1));
}
