import type { Focus } from '../../../simulations/draw.ts';
import type { FaultClass } from '../../../simulations/fault-menu.ts';

/** One change to one file of the product. `find` must occur there exactly once. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };

/** A way to get the protocol wrong, applied to the product's text as it is loaded: the product itself knows nothing of it. */
export type Mutant = {
  readonly name: string;
  /** Why it is wrong. */
  readonly because: string;
  /**
   * The promises it may be caught by: invariants of protocol.md §9 by their numbers, and assertions of the product by their words. Whatever
   * else goes wrong proves nothing.
   */
  readonly breaks: readonly (number | string)[];
  /** Worlds in which it is likely to show. */
  readonly focus: Focus;
  readonly edits: readonly Edit[];
};

/**
 * Small worlds in such trouble, of which everybody wants more than there is; with one limit whose windows are short and no journals
 * unless it is said otherwise. They end soon after the trouble: what is proven here are promises that hold all the time.
 */
export function worlds(troubles: readonly FaultClass[], focus: Partial<Focus> = {}): Focus {
  return {
    troubles,
    regions: [3, 4, 5],
    limits: [1],
    algorithms: ['fixed-window'],
    windowsMs: [1_000, 2_000, 3_000, 5_000],
    shapes: [{ kind: 'poisson' }, { kind: 'roaming', everyMs: 2_500 }],
    wanted: [1.2, 2, 4],
    journaling: 0,
    frames: 0,
    faultyMs: [8_000, 16_000],
    healMs: 10_000,
    // A message may be repeated 20 s late, and what only it tells spreads with the next snapshot.
    quietMs: 27_000,
    ...focus,
  };
}

/** Windows long enough to be journaled, in worlds with journals. */
export const JOURNALED: Partial<Focus> = { windowsMs: [30_000, 60_000], journaling: 1 };

/** The text of `file` with the mutant's edits made. Throws when an edit does not fit exactly once: a stale mutant proves nothing. */
export function mutate(mutant: Mutant, file: string, text: string): string {
  let mutated = text;
  for (const edit of mutant.edits) {
    if (edit.file !== file) continue;
    const [before, after, ...more] = mutated.split(edit.find);
    if (before === undefined || after === undefined || more.length > 0) {
      const times = mutated.split(edit.find).length - 1;
      throw new Error(`mutant "${mutant.name}" is stale: ${file} has its text ${times} times`);
    }
    mutated = `${before}${edit.replace}${after}`;
  }
  return mutated;
}
