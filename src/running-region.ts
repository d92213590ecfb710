import type { Configuration, Version } from './core/version.ts';
import type { Coordinator } from './ports.ts';
import type { Region } from './region/region.ts';

/** What the daemon runs: a region by itself, or one of several nodes of it. */
export type RunningRegion = Coordinator & {
  /** The newest configuration that is known here, adopted or not. */
  configuration(): Configuration;
  /** The versions that are not settled and the one that is, oldest first. */
  versions(): readonly Version[];
  isInformed(): boolean;
  /** The region whose books this process has; undefined where another node has them. */
  books(): Region | undefined;
  start(): Promise<void>;
  drain(): void;
  stop(): Promise<void>;
};
