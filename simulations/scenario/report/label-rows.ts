import type { ScenarioEvent } from './events.ts';

/** Pixels that a row of labels takes. */
export const ROW_HEIGHT = 16;

/** Pixels that a letter takes on average, and the space between two labels. */
const LETTER_PIXELS = 6.3;
const GAP_PIXELS = 12;

/** An event with the row that its label is in, and how far the label begins from where the event does. */
export type Placed = { readonly event: ScenarioEvent; readonly row: number; readonly shift: number };

/** Puts labels into as few rows as hold them without touching each other, each as near to its event as the plot's edge allows. */
export function labelRows(
  events: readonly ScenarioEvent[],
  { endMs, widthPixels }: { readonly endMs: number; readonly widthPixels: number },
): Placed[] {
  const rowEnds: number[] = [];
  return events.map((event) => {
    const atPixels = (event.atMs / endMs) * widthPixels;
    const length = event.what.length * LETTER_PIXELS;
    const from = Math.max(0, Math.min(atPixels, widthPixels - length));
    const free = rowEnds.findIndex((end) => end + GAP_PIXELS <= from);
    const row = free === -1 ? rowEnds.length : free;
    rowEnds[row] = from + length;
    return { event, row, shift: from - atPixels };
  });
}
