import { EPOCH_MS, LONG_WINDOW_TRANCHES, SINGLE_TRANCHE_WINDOW_MS, WINDOW_KEPT_MS_MIN } from '../bounds.ts';

/**
 * How time is cut into windows. A window id is part of every counter's identity, so nothing is ever reset. Ids grow with time, but only
 * `next` and `previous` tell which one follows; a window begins and ends with an epoch.
 */
export type Windows = {
  /** Names the way of cutting: what is counted under one shape says nothing under another. */
  readonly shape: string;
  /** In how many tranches a window's leased part is released, and whether they come before it begins. */
  readonly tranches: number;
  readonly tranchesAhead: boolean;
  /** How many earlier windows a decision in the current one rests on. */
  readonly trailing: number;
  /** How many windows after the current one is what is used now counted in. */
  readonly leading: number;
  /** The window of an instant. */
  idAt(wallMs: number): number;
  /** Wall milliseconds at which a window begins, and at which the next one does. */
  startMs(windowId: number): number;
  endMs(windowId: number): number;
  previous(windowId: number): number;
  next(windowId: number): number;
  /** The epoch from which a window's counters are forgotten. */
  closingEpoch(windowId: number): number;
  /** The lowest window id that is not closed at `epoch`. */
  lowestOpen(epoch: number): number;
};

/** What sets one way of cutting time into windows of equal length apart from others. */
export type EvenShape = {
  readonly kind: string;
  readonly lengthMs: number;
  /** How long a window stays known after its start, in milliseconds; twice its length, and 10 s, at least. */
  readonly keptMs?: number;
  readonly tranchesAhead?: boolean;
  readonly trailing?: number;
  readonly leading?: number;
};

/** Windows of one length, aligned to the Unix epoch; the length is a whole number of epochs, in milliseconds. */
export class EvenWindows implements Windows {
  readonly shape: string;
  readonly tranches: number;
  readonly tranchesAhead: boolean;
  readonly trailing: number;
  readonly leading: number;
  readonly #lengthMs: number;
  readonly #keptMs: number;

  constructor({ kind, lengthMs, keptMs = 0, tranchesAhead = false, trailing = 0, leading = 0 }: EvenShape) {
    this.shape = trailing === 0 ? `${kind}/${lengthMs}` : `${kind}/${lengthMs}/${trailing}`;
    this.tranches = lengthMs <= SINGLE_TRANCHE_WINDOW_MS ? 1 : LONG_WINDOW_TRANCHES;
    this.tranchesAhead = tranchesAhead;
    this.trailing = trailing;
    this.leading = leading;
    this.#lengthMs = lengthMs;
    this.#keptMs = Math.max(keptMs, 2 * lengthMs, WINDOW_KEPT_MS_MIN);
  }

  idAt(wallMs: number): number {
    return Math.floor(wallMs / this.#lengthMs);
  }

  startMs(windowId: number): number {
    return windowId * this.#lengthMs;
  }

  endMs(windowId: number): number {
    return (windowId + 1) * this.#lengthMs;
  }

  previous(windowId: number): number {
    return windowId - 1;
  }

  next(windowId: number): number {
    return windowId + 1;
  }

  closingEpoch(windowId: number): number {
    return Math.ceil((windowId * this.#lengthMs + this.#keptMs) / EPOCH_MS);
  }

  lowestOpen(epoch: number): number {
    return Math.floor((epoch * EPOCH_MS - this.#keptMs) / this.#lengthMs) + 1;
  }
}

/** The epoch of an instant: votes and entitlements are cut by it. */
export function epochOf(wallMs: number): number {
  return Math.floor(wallMs / EPOCH_MS);
}

/**
 * The epoch of tranche `index` of a window: the first at the window's first epoch, the rest spread over its first tenth. Where a window is
 * judged by those before it all are there when it begins: they are spread over as long a stretch that ends there.
 */
export function trancheEpoch(windows: Windows, windowId: number, index: number): number {
  const startMs = windows.startMs(windowId);
  const first = startMs / EPOCH_MS;
  if (windows.tranches === 1) return first;
  const spreadEpochs = (windows.endMs(windowId) - startMs) / EPOCH_MS / 10;
  const back = windows.tranchesAhead ? windows.tranches - 1 : 0;
  return first + Math.floor(((index - back) * spreadEpochs) / windows.tranches);
}

/** The tranche epochs of the current windows and of those before them that still matter, ascending. */
export function neededEpochs(shapes: Iterable<Windows>, wallMs: number): ReadonlySet<number> {
  const epochs = new Set<number>();
  for (const windows of shapes) {
    let windowId = windows.idAt(wallMs);
    for (let back = 0; back <= Math.max(1, windows.trailing); back += 1) {
      for (let index = 0; index < windows.tranches; index += 1)
        epochs.add(trancheEpoch(windows, windowId, index));
      windowId = windows.previous(windowId);
    }
  }
  return new Set([...epochs].sort((a, b) => a - b));
}
