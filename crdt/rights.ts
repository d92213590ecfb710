import type { ActorId } from './region-id.ts';

/**
 * The transfer matrix of a bounded counter: how much each writer has given to each other one, ever.
 * A row belongs to its donor, a cell only grows, a merge takes the maximum, so a transfer that arrives
 * twice, late or out of order is credited once.
 *
 * Source: Balegas et al., "Extending eventually consistent cloud databases for enforcing numeric invariants" (arXiv 1503.09052).
 */
export class Rights {
  readonly #given = new Map<ActorId, Map<ActorId, number>>();

  /** Gives `amount` more from `donor`, who must be the caller, to `recipient`; returns the cell's new total. */
  give(donor: ActorId, recipient: ActorId, amount: number): number {
    const total = this.given(donor, recipient) + amount;
    this.merge(donor, recipient, total);
    return total;
  }

  /**
   * Joins one cell: its maximum with what is known.
   * Returns what was known before; the cell has grown exactly when that is less than `total`.
   */
  merge(donor: ActorId, recipient: ActorId, total: number): number {
    const known = this.given(donor, recipient);
    if (total > known) {
      let row = this.#given.get(donor);
      if (row === undefined) {
        row = new Map();
        this.#given.set(donor, row);
      }
      row.set(recipient, total);
    }
    return known;
  }

  /** All that `donor` ever gave to `recipient`. */
  given(donor: ActorId, recipient: ActorId): number {
    return this.#given.get(donor)?.get(recipient) ?? 0;
  }

  /** The cells of one donor: recipient and total. */
  gifts(donor: ActorId): Iterable<readonly [ActorId, number]> {
    return this.#given.get(donor) ?? [];
  }

  /** Every donor with a row. */
  donors(): Iterable<ActorId> {
    return this.#given.keys();
  }

  /** What `actor` has been given less what it gave away. */
  balance(actor: ActorId): number {
    let sum = 0;
    for (const row of this.#given.values()) sum += row.get(actor) ?? 0;
    for (const [, total] of this.gifts(actor)) sum -= total;
    return sum;
  }
}
