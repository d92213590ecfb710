import type { Affected } from './affected.ts';
import type { Actor } from './audit-trail.ts';
import type { Difference } from './diff.ts';
import type { Origin } from './history.ts';
import type { LimitForm } from './ports.ts';

/** Who wants something done, and on which conditions. */
export type Request = {
  readonly actor: Actor;
  readonly requestId: string;
  readonly comment?: string | undefined;
  /** Names of the versions of which one must be the newest; undefined where any may be. */
  readonly ifMatch?: readonly string[] | undefined;
  /** Changes nothing, and says what would change. */
  readonly dryRun?: boolean;
};

/** What a change came to, or would come to. */
export type Changed = {
  readonly dryRun: boolean;
  readonly changed: boolean;
  readonly from: string;
  /** The version in force from now on, as regions adopt it; `from` where nothing changed. */
  readonly version: string;
  readonly difference: Difference;
  readonly text: string;
  readonly affected: Affected;
  /** Whether the change, and who made it, outlive this process. */
  readonly durable: boolean;
};

/** One version as the history lists it. */
type VersionEntry = Origin & {
  readonly version: string;
  readonly fingerprint: string;
  readonly atMs: number;
  readonly newest: boolean;
  readonly changes: readonly string[];
  readonly limits: number;
  /** From which epoch on each region goes by it, as far as this one knows. */
  readonly adopted: readonly { readonly region: string; readonly epoch: number }[];
};

/** What is in force, in the form of a limits file. */
export type CurrentLimits = {
  readonly version: string;
  readonly fingerprint: string;
  readonly environment: string;
  readonly source: Origin;
  readonly differsFromFile: boolean;
  readonly limits: readonly LimitForm[];
};

/** The history, newest first. */
export type VersionList = { readonly durable: boolean; readonly versions: readonly VersionEntry[] };

/** What makes one version another. */
export type VersionDifference = {
  readonly from: string;
  readonly to: string;
  readonly difference: Difference;
  readonly text: string;
};
