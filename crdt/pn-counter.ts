import { GrowCounter } from './grow-counter.ts';
import type { ActorId } from './region-id.ts';

/** A writer's row in a PN-counter: all it ever added and all it ever took away. */
export type PnRow = { readonly added: number; readonly removed: number };

/**
 * A PN-counter: two grow counters, so that what goes up can come down and a merge still only grows.
 *
 * Source: Shapiro et al., 2011, §3.1.3.
 */
export class PnCounter {
  readonly #added = new GrowCounter();
  readonly #removed = new GrowCounter();

  /** The own row. */
  get mine(): PnRow {
    return { added: this.#added.mine, removed: this.#removed.mine };
  }

  /** Raises the value by `amount`, a non-negative integer. */
  add(amount: number): void {
    this.#added.add(amount);
  }

  /** Lowers the value by `amount`, a non-negative integer. */
  remove(amount: number): void {
    this.#removed.add(amount);
  }

  /** Joins another writer's row: the maximum of each half. Returns whether anything grew. */
  merge(writer: ActorId, row: PnRow): boolean {
    const added = this.#added.merge(writer, row.added) < row.added;
    const removed = this.#removed.merge(writer, row.removed) < row.removed;
    return added || removed;
  }

  /** What is known of another writer's row. */
  row(writer: ActorId): PnRow {
    return { added: this.#added.row(writer), removed: this.#removed.row(writer) };
  }

  /** All that was added less all that was taken away, by every writer known. */
  value(): number {
    return this.#added.value() - this.#removed.value();
  }
}
