import { keyHash } from '../../src/core/counter.ts';
import { assumedUse, isBarred } from '../../src/core/cover.ts';
import { windowIdOf } from '../../src/core/window.ts';
import type { Life } from '../life.ts';
import type { Admissions, Admitted } from './admissions.ts';
import { type Checker, Violation } from './checker.ts';

/**
 * Invariant 7 at the moment of a recovery: a life that carries on a ledger counts at least what that ledger was seen to admit, or
 * uses nothing at all of the window.
 */
export class Recovery implements Checker {
  readonly #admissions: Admissions;

  constructor(admissions: Admissions) {
    this.#admissions = admissions;
  }

  started(life: Life): void {
    if (!life.recovered) return;
    for (const admitted of this.#admissions.all()) {
      const truly = admitted.byActor.get(life.actor) ?? 0;
      if (truly > 0) this.#compare(life, admitted, truly);
    }
  }

  #compare({ state, actor, region }: Life, { limit, windowId, key }: Admitted, truly: number): void {
    const books = state.books.get(limit.name);
    if (books === undefined || books.limit.windowMs !== limit.windowMs) return;
    if (windowId < windowIdOf(limit.windowMs, state.wallMs) || isBarred(state, limit, windowId)) return;
    const counter = books.counters.find(windowId, key);
    const counted = counter?.mine ?? assumedUse(state, books.limit, windowId, keyHash(key));
    if (counted >= truly) return;
    const what = `${actor} ${limit.name} key "${key}" window ${windowId}: ${counted} counted, ${truly} admitted`;
    throw new Violation('7 a recovered life counts all it ever used', what, { regions: [region], key });
  }
}
