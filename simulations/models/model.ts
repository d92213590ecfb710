import type { RegionId } from '../../crdt/index.ts';
import type { Timing } from '../../src/core/cluster.ts';
import type { Limit, Member } from '../../src/core/limit.ts';
import type { Clock } from '../../src/ports.ts';
import type { Chance } from '../chance.ts';

/** One limit's key in one window: what a model counts. */
export type Counted = { readonly limit: Limit; readonly key: string; readonly windowId: number };

/** The same as it travels: plain data. */
export type Named = readonly [limit: string, key: string, windowId: number];

/** What one process of a model has of the world. */
export type ModelPorts<Message> = {
  readonly region: RegionId;
  /** The configuration never changes while a model runs. */
  readonly members: readonly Member[];
  readonly limits: ReadonlyMap<string, Limit>;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Survives a crash, unless the disk is lost. */
  readonly shelf: Map<string, unknown>;
  /** Best effort, as it is for the production region. What is sent must not be changed afterwards. */
  send(to: RegionId | 'all', message: Message): void;
};

/** Takes a decision, once, at once or later. `counted` names other windows than the request's where those were used. */
export type Answer = (allowed: boolean, counted?: readonly Counted[]) => void;

/** One process of another way to hold a global limit. */
export type Model<Message> = {
  /** Decides on permits of every counter or of none. */
  check(counted: readonly Counted[], permits: number, answer: Answer): void;
  hear(from: RegionId, message: Message): void;
};

/** Starts a process: what it does by itself it does by the clock that it is given. */
export type MakeModel<Message> = (ports: ModelPorts<Message>) => Model<Message>;
