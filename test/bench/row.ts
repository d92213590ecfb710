/** What a figure should reach. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table: a figure for each round, of which the median counts. */
export type Line = {
  readonly measure: string;
  readonly figures: readonly number[];
  readonly unit: string;
  readonly target?: Target;
  /** What the figures come from. */
  readonly beside?: string;
};

/** How long and how often a row measures. */
export type Effort = {
  /** Rounds in which what is compared takes turns. */
  readonly rounds: number;
  /** Seconds of load on each server in each round. */
  readonly seconds: number;
};

/** Something that `make bench` measures by itself. */
export type Row = {
  readonly name: string;
  readonly what: string;
  measure(effort: Effort): Promise<readonly Line[]>;
};
