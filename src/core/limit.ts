import type { RegionId } from '../../crdt/index.ts';
import {
  EPOCH_MS,
  SLIDING_SLOTS,
  SPARSE_PERMITS_MAX,
  SPARSE_WINDOW_MS_MIN,
  UNITS_PER_EPOCH,
} from '../bounds.ts';
import { invariant } from '../invariant.ts';
import { CalendarWindows, type Period } from './calendar.ts';
import { type Cluster, reweigh, seatMembers } from './cluster.ts';
import { type Override, Overrides } from './overrides.ts';
import { EvenWindows, type Windows } from './window.ts';

/** What a limit does with its decision. */
export type Mode = 'enforce' | 'shadow' | 'disabled';

/** How permits are counted over time; each has its rule in `algorithms/`. */
export type AlgorithmName =
  | 'fixed-window'
  | 'sliding-window'
  | 'token-bucket'
  | 'leaky-bucket'
  | 'concurrency'
  | 'quota';

/** A limit as its owner wrote it, validated and with units settled. What is left out is not used by the algorithm, or is the default. */
export type LimitSpec = {
  readonly name: string;
  /** A pattern: `*` stands for any text. */
  readonly resource: string;
  /** Only requests that come with this domain are met; with any or none where it is left out. */
  readonly domain?: string;
  /** Dimension name to a value exactly, or `*` for one counter per value. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly algorithm: AlgorithmName;
  /** Permits per window in the whole world; of concurrency, permits at one time. */
  readonly limit: number;
  /** A whole number of epochs, in milliseconds. Of concurrency, how long a permit is held unless renewed; of a quota, its longest period. */
  readonly windowMs: number;
  /** Quotas: the calendar that they follow. */
  readonly period?: Period;
  /** Buckets: how many permits can be saved up in the whole world. */
  readonly burst?: number;
  /** Leaky buckets: how long an early request may be told to wait, in milliseconds. */
  readonly delayMsMax?: number;
  /** λ in thousandths: how much of a region's base others may take over once it is fenced. */
  readonly reclaimPermille: number;
  /** Whether shares follow demand, or stay where the weights put them but for what a fence moves. */
  readonly shares: 'demand' | 'static';
  /** Weights of this limit's own, by region, instead of the members'; whoever is not named has none. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Strict unless said otherwise: never more than the limit. Available: as much as is not known to be used. */
  readonly consistency?: 'strict' | 'available';
  /** What happens to a request that this region cannot decide about. Closed unless said otherwise. */
  readonly onError?: 'open' | 'closed';
  readonly mode: Mode;
  /** The part of the keys for which the mode is `enforce` already, in thousandths; for the rest it is `shadow`. All unless said otherwise. */
  readonly rolloutPermille?: number;
  /** Limits of higher importance keep their quota longer under pressure. */
  readonly priority?: number;
  /** Other amounts for some keys: the most exact one counts. */
  readonly overrides?: readonly Override[];
};

/** A voting coordinator and its weight in shares; a witness votes with weight 0. */
export type Member = {
  readonly region: RegionId;
  readonly weight: number;
  /** Where its peers reach it, where the transport needs to know. */
  readonly address?: string;
};

/** A limit made ready for decisions. */
export type Limit = {
  readonly spec: LimitSpec;
  readonly name: string;
  /** Names the books of the limit: its name and the shape of its windows. A limit whose windows change is another limit. */
  readonly id: string;
  readonly windows: Windows;
  readonly limit: number;
  readonly windowMs: number;
  /** What is counted in: whole permits, or fine parts of them where permits come in by the second. */
  readonly unitsPerPermit: number;
  readonly isBucket: boolean;
  /** What is used of a window comes off the rights to that window alone. */
  readonly isWindowed: boolean;
  readonly isAvailable: boolean;
  readonly overrides: Overrides | undefined;
  /** Who holds which part of this limit. */
  readonly cluster: Cluster;
  /** Dimensions that must have exactly this value. */
  readonly exact: readonly (readonly [name: string, value: string])[];
  /** Dimensions whose values name the counter, in alphabetical order. */
  readonly perValue: readonly string[];
};

/** Whoever has a limit to itself. */
const NOBODY_ELSE = seatMembers([{ region: 'alone', weight: 1 }]);

/** Compiles one limit for a cluster of these members. The caller has validated it; a window that is not a whole number of epochs is a defect. */
export function compileLimit(spec: LimitSpec, members: Cluster = NOBODY_ELSE): Limit {
  invariant(
    spec.windowMs > 0 && spec.windowMs % EPOCH_MS === 0,
    `the window of ${spec.name} is whole epochs`,
  );
  const { algorithm } = spec;
  const dimensions = Object.entries(spec.dimensions);
  const windows = windowsOf(spec);
  const isBucket = algorithm === 'token-bucket' || algorithm === 'leaky-bucket';
  const perValue = dimensions
    .filter(([, value]) => value === '*')
    .map(([name]) => name)
    .sort();
  return {
    spec,
    name: spec.name,
    id: `${spec.name} ${windows.shape}`,
    windows,
    limit: spec.limit,
    windowMs: spec.windowMs,
    unitsPerPermit: isBucket ? (UNITS_PER_EPOCH * spec.windowMs) / EPOCH_MS : 1,
    isBucket,
    isWindowed: algorithm === 'fixed-window' || algorithm === 'quota',
    isAvailable: spec.consistency === 'available',
    overrides:
      spec.overrides === undefined || spec.overrides.length === 0
        ? undefined
        : new Overrides(spec.overrides, perValue),
    cluster: spec.weights === undefined ? members : reweigh(members, spec.weights),
    exact: dimensions.filter(([, value]) => value !== '*'),
    perValue,
  };
}

/** Whether a key's limit is of so few permits in so long a time that single ones count, and a burst of requests tells nothing. */
export function isSparse(limit: Limit, key: string): boolean {
  return (
    limit.isWindowed && limit.windowMs >= SPARSE_WINDOW_MS_MIN && permitsOf(limit, key) <= SPARSE_PERMITS_MAX
  );
}

/** The permits that a limit allows of a key, in the whole world. */
export function permitsOf(limit: Limit, key: string): number {
  return limit.overrides?.find(key)?.limit ?? limit.limit;
}

/** How many permits of a key a bucket saves up, in the whole world. */
export function burstOf(limit: Limit, key: string): number {
  const override = limit.overrides?.find(key);
  return override?.burst ?? (override === undefined ? limit.spec.burst : undefined) ?? permitsOf(limit, key);
}

/** The units of a key that come with one window, in the whole world: the limit itself, or what a bucket mints in one epoch. */
export function amountOf(limit: Limit, key: string): number {
  const permits = limit.overrides === undefined ? limit.limit : permitsOf(limit, key);
  return limit.isBucket ? permits * UNITS_PER_EPOCH : permits;
}

function windowsOf({ algorithm, windowMs, period }: LimitSpec): Windows {
  switch (algorithm) {
    case 'fixed-window':
      return new EvenWindows({ kind: algorithm, lengthMs: windowMs });
    case 'quota':
      return new CalendarWindows(period ?? { unit: 'day', timeZone: 'UTC' });
    case 'sliding-window': {
      const lengthMs = Math.ceil(windowMs / SLIDING_SLOTS / EPOCH_MS) * EPOCH_MS;
      const slots = Math.ceil(windowMs / lengthMs);
      return new EvenWindows({
        kind: algorithm,
        lengthMs,
        keptMs: 2 * windowMs,
        tranchesAhead: true,
        trailing: slots - 1,
      });
    }
    case 'token-bucket':
    case 'leaky-bucket':
      // What a unit is worth depends on the window, so that another window is another limit.
      return new EvenWindows({ kind: `${algorithm}/${windowMs}`, lengthMs: EPOCH_MS });
    case 'concurrency': {
      const epochs = windowMs / EPOCH_MS;
      return new EvenWindows({
        kind: algorithm,
        lengthMs: EPOCH_MS,
        keptMs: 2 * windowMs,
        trailing: epochs,
        leading: epochs,
      });
    }
  }
}
