import type { Frame } from './frame.ts';
import type { Happening } from './happening.ts';

/** Rates of one second: offered, admitted and denied permits by limit. */
export type RecentRates = {
  readonly atMs: number;
  readonly limits: Readonly<Record<string, readonly [offered: number, admitted: number, denied: number]>>;
};

/** What a listener is told first: all that it would know had it listened before. */
export type Snapshot = {
  /** Names this life of the process. */
  readonly life: string;
  readonly intervalMs: number;
  readonly frame: Frame;
  readonly recent: readonly RecentRates[];
  readonly happenings: readonly Happening[];
};
