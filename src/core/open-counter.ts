import { COUNTERS_MAX } from '../bounds.ts';
import type { Books } from './books.ts';
import type { Counter } from './counter.ts';
import { assumedUse } from './cover.ts';
import type { RegionState } from './state.ts';

/** The counter of a key in a window that is not closed, made when there is room; undefined when there is none. */
export function openCounter(
  state: RegionState,
  books: Books,
  windowId: number,
  key: string,
): Counter | undefined {
  const known = books.counters.find(windowId, key);
  if (known !== undefined) return known;
  if (state.counters >= COUNTERS_MAX) return undefined;
  // Written anew: it may be a piece of a request, all of which would be kept for as long as the piece is.
  const counter = books.counters.open(windowId, JSON.parse(JSON.stringify(key)) as string);
  if (counter === undefined) return undefined;
  counter.hot = books.hot.get(key);
  counter.mine = assumedUse(state, books.limit, windowId, counter);
  state.counters += 1;
  return counter;
}

/** The books of the limit with that id, those included that are kept after it is gone. */
export function booksOf(state: RegionState, limitId: string): Books | undefined {
  return state.books.get(limitId) ?? state.closedBooks.get(limitId);
}

/** The books of the current limit of that name. */
export function booksNamed(state: RegionState, name: string): Books | undefined {
  const limit = state.current.limits.get(name);
  return limit === undefined ? undefined : state.books.get(limit.id);
}

/** All books, those of limits that are gone included. */
export function* allBooks(state: RegionState): Generator<Books> {
  yield* state.books.values();
  yield* state.closedBooks.values();
}
