import type { BlockName, BlockWish, Outlook } from '../core/block.ts';

/** A node tells the speaker which blocks it could make use of. */
export type Wishes = { readonly kind: 'wishes'; readonly wishes: readonly BlockWish[] };

/** The speaker tells a node what it put into the pool for it, and what is left of each key. */
export type News = {
  readonly kind: 'news';
  readonly items: readonly (BlockName & { readonly permits: number; readonly outlook: Outlook })[];
};

/** Blocks are back in the pool. */
export type Returned = {
  readonly kind: 'returned';
  readonly blocks: readonly (BlockName & { readonly permits: number })[];
};

/** One node asks another to do something and say what came of it. */
export type Call = {
  readonly kind: 'call';
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly unknown[];
};

/** The answer to a call; `done` is false where it could not be carried out. */
export type Reply = {
  readonly kind: 'reply';
  readonly id: number;
  readonly done: boolean;
  readonly value: unknown;
};

/** What the nodes of one region say to each other. */
export type NodeMessage = Wishes | News | Returned | Call | Reply;
