import type { BlockName } from '../core/block.ts';
import type { NodeMessage } from './messages.ts';

/** The name of one process among those that coordinate a region together. */
export type NodeName = string;

/** What a node says of itself a few times a second, and what it wants to be. */
export type Beat = {
  /** A number that no earlier life of this node had. */
  readonly life: number;
  /** The turn that it speaks in, and the last epoch in which it then may claim anything; undefined while it does not speak. */
  readonly speaks?: { readonly turn: number; readonly upTo: number } | undefined;
  /** It would speak if nobody did: how far its turn should reach, and a number that its turn should be above. */
  readonly stands?: { readonly upTo: number; readonly above: number } | undefined;
  /** It gives up its turn, in which it claims nothing beyond this epoch. */
  readonly leaves?: { readonly turn: number; readonly upTo: number } | undefined;
  /** The newest turn that it knows of: what a store that has forgotten everything is told. */
  readonly knows: number;
  /** It may begin a new generation of a store that has forgotten everything, or holds what cannot be trusted. */
  readonly founds: boolean;
};

/** How things stand in a region, as its store has it. */
export type Standing = {
  /** Names what the store holds since it last forgot something; undefined while nobody has begun anew. */
  readonly generation: string | undefined;
  readonly turn: number;
  /** Undefined while nobody speaks. */
  readonly speaker: NodeName | undefined;
  /** What became of this beat: `elected` and `founded` begin a turn, `kept` goes on with one, `refused` says that it is another's. */
  readonly became: 'elected' | 'founded' | 'kept' | 'refused' | 'follower';
  /** The last epoch that turns before this one may have claimed anything in; undefined where the store does not know. */
  readonly claimedBefore: number | undefined;
  /** The nodes that have been heard lately, and how long ago, in milliseconds. */
  readonly nodes: readonly { readonly name: NodeName; readonly agoMs: number }[];
  /** The newest turn that any node knew of, where the store has forgotten it. */
  readonly known: number;
};

/** Permits of one key in one window. */
export type Block = BlockName & { readonly permits: number };

/** What is put into the pool for one node, with what that node is told as it is there. */
export type Deposit = {
  readonly node: NodeName;
  readonly blocks: readonly Block[];
  readonly message: NodeMessage;
};

/** One record of the journal, by its name; `closesAt` is the epoch from which nobody asks for it any more. */
export type StoredRecord = {
  readonly name: string;
  readonly value: unknown;
  readonly closesAt: number | undefined;
};

/**
 * `done`; `refused`, when it is not this node's turn or the store has begun anew; or `unknown`: it may or may not have happened, and is not
 * tried again.
 */
export type Outcome = 'done' | 'refused' | 'unknown';

/** What a store did since it was opened. */
export type StoreCounters = {
  readonly commands: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly latencyMsLast: number;
  readonly latencyMsMax: number;
};

/**
 * What the nodes of one region share. It may forget everything at any time, and whatever it forgot is lost: it never brings back an earlier
 * state unnoticed, for all that it holds belongs to a generation, and what was not made in the present one is not there.
 *
 * Nothing throws or rejects. Every `answered` is called exactly once, within the store's bound on time; with undefined where there was
 * no answer. Nothing is done twice: a command whose outcome is not known is not repeated.
 */
export type RegionStore = {
  /** Resolves once messages can be received, even while the store cannot be reached. */
  start(hear: (from: NodeName, message: NodeMessage) => void): Promise<void>;
  beat(beat: Beat, answered: (standing: Standing | undefined) => void): void;
  /** Puts blocks into the pool, then tells the nodes that they are for. */
  deposit(turn: number, deposits: readonly Deposit[], answered: (outcome: Outcome) => void): void;
  /** Takes up to so many permits of each block out of the pool; tells how many of each. */
  take(
    generation: string,
    blocks: readonly Block[],
    answered: (taken: readonly number[] | undefined) => void,
  ): void;
  /** Puts blocks back into the pool, and tells the speaker. */
  give(generation: string, blocks: readonly Block[]): void;
  /** Takes all that is left of each block out of the pool. */
  withdraw(
    turn: number,
    names: readonly BlockName[],
    answered: (left: readonly number[] | undefined) => void,
  ): void;
  /** Adds to the journal of the generation; of several records of one name that of the highest turn and sequence stands. */
  append(
    order: { readonly turn: number; readonly sequence: number },
    records: readonly StoredRecord[],
    answered: (outcome: Outcome) => void,
  ): void;
  /** The whole journal of the generation. */
  load(turn: number, answered: (records: readonly StoredRecord[] | undefined) => void): void;
  /** Best effort: a message may be lost, never repeated. */
  send(to: NodeName | 'all', message: NodeMessage): void;
  connected(): boolean;
  counters(): StoreCounters;
  stop(): Promise<void>;
};
