import type { Awaitable } from '../awaitable.ts';
import type { LimitSpec } from '../core/limit.ts';
import type { Override } from '../core/overrides.ts';
import type { Configuration, VersionId } from '../core/version.ts';
import type { RegionView } from '../core/view.ts';
import type { FieldProblem } from '../errors.ts';

/** A limit as a file of limits has it: plain JSON. */
export type LimitForm = Readonly<Record<string, unknown>> & { readonly name: string };

/** What a text means, or everything that is wrong with it. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** The format of limits files. What was written is read back as the very same limits. */
export type LimitsFormat = {
  /** Reads a whole file; one that says it is for another environment is refused. */
  readSet(text: string): Awaitable<Reading<readonly LimitSpec[]>>;
  /** Reads one limit, whose name may be left out. */
  readLimit(text: string, name: string): Reading<LimitSpec>;
  readOverride(text: string): Reading<Override>;
  write(spec: LimitSpec): LimitForm;
};

/** A version as the region knows it, content included. */
export type KnownVersion = {
  readonly id: VersionId;
  readonly fingerprint: string;
  readonly configuration: Configuration;
  readonly adopted: ReadonlyMap<string, number>;
  /** This region's journal holds it. */
  readonly told: boolean;
};

/** What administration needs of its region. */
export type AdministeredRegion = {
  publish(configuration: Configuration): void;
  /** The newest that is known, adopted or not. */
  configuration(): Configuration;
  view(): RegionView;
  /** The versions that are not settled and the one that is, oldest first. */
  versions(): readonly KnownVersion[];
  /** Whether it knows which versions there are; before that it cannot give a number to a new one. */
  isInformed(): boolean;
};

/** Values that are kept in order. Each call resolves when its effect survives a crash, and rejects with nothing changed that counts. */
export type LineStore = {
  /** Whether what is kept outlives the process. */
  readonly durable: boolean;
  append(value: unknown): Promise<void>;
  /** Keeps these values instead of all others. */
  replace(values: readonly unknown[]): Promise<void>;
};

/** A store with what an earlier life left in it, oldest first. */
export type OpenedStore = { readonly store: LineStore; readonly found: readonly unknown[] };
