/** A question to Prometheus, and how its lines are called. */
export type Query = readonly [expr: string, legend: string];

/**
 * What one panel shows. `time` draws lines, `stack` piles them up, `stat` shows how it is now, `states` shows when something was so,
 * `table` lists what is now.
 */
export type PanelRow = {
  readonly kind: 'time' | 'stack' | 'stat' | 'states' | 'table';
  readonly title: string;
  readonly about: string;
  readonly queries: readonly Query[];
  /** As Grafana names units; none for plain numbers. */
  readonly unit?: string;
  /** Of 24; by kind unless said. */
  readonly width?: number;
  /** From which value on something is off, and when it is wrong. */
  readonly warn?: number;
  readonly wrong?: number;
  /** What 0 and 1 mean, where it is a yes or no; the first one is the good one. */
  readonly words?: { readonly good: 0 | 1; readonly 0: string; readonly 1: string };
};

/** Panels under one heading. */
export type Section = { readonly title: string; readonly panels: readonly PanelRow[] };

/** One dashboard. */
export type DashboardTable = {
  /** Its file and, with `headgate-` in front of it, its address. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** By what it is narrowed down; all regions, all limits unless somebody chooses. */
  readonly by: readonly ('node_region' | 'limit' | 'peer')[];
  readonly sections: readonly Section[];
};

/** Narrows a query to the chosen regions, peers or limits. */
export const REGION = 'node_region=~"$node_region"';
export const LIMIT = 'limit=~"$limit"';
export const PEER = 'peer=~"$peer"';

/** Where lines come from when only Headgate's own processes are meant. */
export const JOB = 'job="headgate"';
