import { median, written } from '../figures.ts';

/** Says what a ratio comes from. */
export function besideOf(ours: readonly number[], theirs: readonly number[], unit: string): string {
  return `${written(median(ours))} and ${written(median(theirs))} ${unit}`;
}
