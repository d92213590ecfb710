import type { ActorId } from './region-id.ts';

/**
 * A G-counter: one row per writer, each only growing, merged by maximum; its value is the sum.
 *
 * The replica's own row is a plain field, because a decision reads and raises it and most counters have no other;
 * rows of other writers can be raised by merging only.
 *
 * Source: Shapiro et al., "A comprehensive study of convergent and commutative replicated data types", 2011.
 */
export class GrowCounter {
  /** The row of the writer that owns this replica. */
  mine = 0;
  #theirs: Map<ActorId, number> | undefined;

  /** Raises the own row by `amount`, a non-negative integer. */
  add(amount: number): void {
    this.mine += amount;
  }

  /**
   * Joins one row of another writer: its maximum with what is known.
   * Returns what was known of that row before; the row has grown exactly when that is less than `count`.
   */
  merge(writer: ActorId, count: number): number {
    const known = this.#theirs?.get(writer) ?? 0;
    if (count > known) {
      this.#theirs ??= new Map();
      this.#theirs.set(writer, count);
    }
    return known;
  }

  /** What is known of another writer's row. */
  row(writer: ActorId): number {
    return this.#theirs?.get(writer) ?? 0;
  }

  /** The rows of the other writers. */
  theirs(): Iterable<readonly [ActorId, number]> {
    return this.#theirs ?? [];
  }

  /** The sum of all rows. */
  value(): number {
    let sum = this.mine;
    if (this.#theirs !== undefined) for (const count of this.#theirs.values()) sum += count;
    return sum;
  }
}
