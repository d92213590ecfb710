import { EPOCH_MS, LONG_WINDOW_TRANCHES, SINGLE_TRANCHE_WINDOW_MS, WINDOW_KEPT_MS_MIN } from '../bounds.ts';

/** The epoch of an instant: votes and entitlements are cut by it. */
export function epochOf(wallMs: number): number {
  return Math.floor(wallMs / EPOCH_MS);
}

/** The window id of an instant: part of every counter's identity. */
export function windowIdOf(windowMs: number, wallMs: number): number {
  return Math.floor(wallMs / windowMs);
}

/** Wall milliseconds at which a window begins; it ends where the next begins. */
export function windowStartMs(windowMs: number, windowId: number): number {
  return windowId * windowMs;
}

/** The epoch from which a window's counters are forgotten: a low-water mark of `now − max(2W, 10 s)`. */
export function closingEpoch(windowMs: number, windowId: number): number {
  const keptMs = Math.max(2 * windowMs, WINDOW_KEPT_MS_MIN);
  return Math.ceil((windowStartMs(windowMs, windowId) + keptMs) / EPOCH_MS);
}

/** The lowest window id that is not closed at `epoch`. */
export function lowestOpenWindow(windowMs: number, epoch: number): number {
  const keptMs = Math.max(2 * windowMs, WINDOW_KEPT_MS_MIN);
  return Math.floor((epoch * EPOCH_MS - keptMs) / windowMs) + 1;
}

/** How many tranches release a window's leased part. */
export function trancheCount(windowMs: number): number {
  return windowMs <= SINGLE_TRANCHE_WINDOW_MS ? 1 : LONG_WINDOW_TRANCHES;
}

/** The epoch of tranche `index` of a window: the first at the window's first epoch, the rest spread over its first tenth. */
export function trancheEpoch(windowMs: number, windowId: number, index: number): number {
  const first = windowStartMs(windowMs, windowId) / EPOCH_MS;
  const spreadEpochs = windowMs / EPOCH_MS / 10;
  return first + Math.floor((index * spreadEpochs) / trancheCount(windowMs));
}

/** The tranche epochs of the current and the previous window of each length, ascending. */
export function neededEpochs(windowLengths: Iterable<number>, wallMs: number): ReadonlySet<number> {
  const epochs: number[] = [];
  for (const windowMs of windowLengths) {
    const current = windowIdOf(windowMs, wallMs);
    for (const windowId of [current - 1, current]) {
      for (let index = 0; index < trancheCount(windowMs); index += 1) {
        epochs.push(trancheEpoch(windowMs, windowId, index));
      }
    }
  }
  return new Set(epochs.sort((a, b) => a - b));
}
