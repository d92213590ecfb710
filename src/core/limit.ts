import type { RegionId } from '../../crdt/index.ts';
import { EPOCH_MS } from '../bounds.ts';
import { invariant } from '../invariant.ts';

/** What a limit does with its decision. */
export type Mode = 'enforce' | 'shadow' | 'disabled';

/** A limit as its owner wrote it, validated and with units settled. */
export type LimitSpec = {
  readonly name: string;
  /** A resource exactly, a prefix that ends in `*`, or `*` alone. */
  readonly resource: string;
  /** Dimension name to a value exactly, or `*` for one counter per value. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly algorithm: 'fixed-window';
  /** Permits per window, in the whole world. */
  readonly limit: number;
  /** A whole number of epochs, in milliseconds. */
  readonly windowMs: number;
  /** λ in thousandths: how much of a region's base others may take over once it is fenced. */
  readonly reclaimPermille: number;
  /** Whether shares follow demand, or stay where the weights put them but for what a fence moves. */
  readonly shares: 'demand' | 'static';
  readonly mode: Mode;
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
  readonly limit: number;
  readonly windowMs: number;
  /** Dimensions that must have exactly this value. */
  readonly exact: readonly (readonly [name: string, value: string])[];
  /** Dimensions whose values name the counter, in alphabetical order. */
  readonly perValue: readonly string[];
};

/** Compiles one limit. The caller has validated it; a window that is not a whole number of epochs is a defect. */
export function compileLimit(spec: LimitSpec): Limit {
  invariant(
    spec.windowMs > 0 && spec.windowMs % EPOCH_MS === 0,
    `the window of ${spec.name} is whole epochs`,
  );
  const dimensions = Object.entries(spec.dimensions);
  return {
    spec,
    name: spec.name,
    limit: spec.limit,
    windowMs: spec.windowMs,
    exact: dimensions.filter(([, value]) => value !== '*'),
    perValue: dimensions
      .filter(([, value]) => value === '*')
      .map(([name]) => name)
      .sort(),
  };
}
