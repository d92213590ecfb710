import { VOTES_AHEAD_EPOCHS, VOTES_KEPT_EPOCHS } from '../../src/bounds.ts';
import type { Life } from '../life.ts';
import { type Checker, Violation, type Watched } from './checker.ts';
import { allBooks } from './open-books.ts';

/** Invariants 10 and 12: what is closed stays closed, and what a region remembers is bounded. */
export class Memory implements Checker {
  readonly #watched: Watched;
  readonly #lowWaters = new Map<Life, Map<string, number>>();

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  second(): void {
    for (const life of this.#watched.lives) {
      if (!life.alive) continue;
      this.#checkWindows(life);
      const { votes, neededEpochs } = life.state;
      const epochs = [...votes.epochs()].length;
      if (epochs > VOTES_KEPT_EPOCHS + VOTES_AHEAD_EPOCHS + neededEpochs.size + 2) {
        throw new Violation('12 memory is bounded', `${life.actor} keeps votes about ${epochs} epochs`);
      }
    }
  }

  #checkWindows(life: Life): void {
    const lowWaters = this.#lowWaters.get(life) ?? new Map<string, number>();
    this.#lowWaters.set(life, lowWaters);
    let counted = 0;
    for (const [limit, { counters, levels }] of allBooks(life.state)) {
      counted += counters.size + levels.size;
      const before = lowWaters.get(limit) ?? Number.NEGATIVE_INFINITY;
      lowWaters.set(limit, counters.lowWater);
      const reopened = [...counters.windows()].filter(([windowId]) => windowId < counters.lowWater);
      if (counters.lowWater >= before && reopened.length === 0) continue;
      throw new Violation(
        '10 a closed window never re-appears',
        `${life.actor} ${limit} ${reopened[0]?.[0]}`,
      );
    }
    if (counted !== life.state.counters) {
      const what = `${life.actor} counts ${life.state.counters} counters and has ${counted}`;
      throw new Violation('12 memory is bounded', what);
    }
  }
}
