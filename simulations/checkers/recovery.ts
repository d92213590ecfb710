import { sumAt } from '../../src/core/algorithms/summed.ts';
import { hashedKey } from '../../src/core/counter.ts';
import { assumedUse, isBarred, isJournaled } from '../../src/core/cover.ts';
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
    const sums = new Map<string, { readonly admitted: Admitted; truly: number }>();
    for (const admitted of this.#admissions.all()) {
      const truly = admitted.byActor.get(life.actor) ?? 0;
      if (truly === 0) continue;
      if (admitted.limit.isWindowed) this.#compare(life, admitted, truly);
      else if (isStillCounted(life, admitted)) addTo(sums, admitted, truly);
    }
    for (const { admitted, truly } of sums.values()) this.#compareSum(life, admitted, truly);
  }

  /** Windows that are judged together are recovered together. */
  #compareSum({ state, actor, region }: Life, { limit, key }: Admitted, truly: number): void {
    const books = state.books.get(limit.id);
    if (books === undefined || !isJournaled(state, limit)) return;
    const counted = sumAt(state, books, key).used;
    if (counted >= truly) return;
    const what = `${actor} ${limit.name} key "${key}": ${counted} counted, ${truly} admitted`;
    throw new Violation('7 a recovered life counts all it ever used', what, { regions: [region], key });
  }

  #compare({ state, actor, region }: Life, { limit, windowId, key }: Admitted, truly: number): void {
    const books = state.books.get(limit.id);
    if (books === undefined) return;
    if (windowId < limit.windows.idAt(state.wallMs) || isBarred(state, limit, windowId)) return;
    const counter = books.counters.find(windowId, key);
    const counted = counter?.mine ?? assumedUse(state, books.limit, windowId, hashedKey(key));
    if (counted >= truly) return;
    const what = `${actor} ${limit.name} key "${key}" window ${windowId}: ${counted} counted, ${truly} admitted`;
    throw new Violation('7 a recovered life counts all it ever used', what, { regions: [region], key });
  }
}

function isStillCounted({ state }: Life, { limit, windowId }: Admitted): boolean {
  return windowId >= limit.windows.idAt(state.wallMs) - limit.windows.trailing;
}

function addTo(
  sums: Map<string, { readonly admitted: Admitted; truly: number }>,
  admitted: Admitted,
  truly: number,
): void {
  const name = `${admitted.limit.id}\n${admitted.key}`;
  const sum = sums.get(name);
  if (sum === undefined) sums.set(name, { admitted, truly });
  else sum.truly += truly;
}
