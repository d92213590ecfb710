import { burstOf, type Limit, permitsOf } from '../../src/core/limit.ts';
import type { Truth } from '../checkers/truth.ts';

/** A window that is measured, with the wall times at which it begins and ends. */
export type MeasuredWindow = { readonly id: number; readonly startMs: number; readonly endMs: number };

/**
 * The window of an instant by which a limit is measured: its own where it counts by windows. Sliding windows and buckets are measured by
 * windows of the same length, one after the other: what holds for all stretches of that length holds for these.
 */
export function measuredWindow({ isWindowed, windows, windowMs }: Limit, wallMs: number): MeasuredWindow {
  if (isWindowed) {
    const id = windows.idAt(wallMs);
    return { id, startMs: windows.startMs(id), endMs: windows.endMs(id) };
  }
  const id = Math.floor(wallMs / windowMs);
  return { id, startMs: id * windowMs, endMs: (id + 1) * windowMs };
}

/** The most that may be admitted of a key in a measured window; a bucket may have been full at its beginning. */
export function promisedIn(truth: Truth, limit: Limit, id: number, key: string): number {
  if (!limit.isWindowed) return permitsOf(limit, key) + (limit.isBucket ? burstOf(limit, key) : 0);
  const most = truth.most({ limit, windowId: id }, key);
  return most === Number.POSITIVE_INFINITY ? permitsOf(limit, key) : most;
}
