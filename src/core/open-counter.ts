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
  const counter = books.counters.open(windowId, key);
  if (counter === undefined) return undefined;
  counter.hot = books.hot.get(key);
  counter.mine = assumedUse(state, books.limit, windowId, counter.hash);
  state.counters += 1;
  return counter;
}

/** The books of a limit, those included that are kept after it is gone; a limit with another window is another limit. */
export function booksOf(state: RegionState, limit: string, windowMs?: number): Books | undefined {
  const current = state.books.get(limit);
  if (current !== undefined && (windowMs === undefined || current.limit.windowMs === windowMs))
    return current;
  for (const books of state.closedBooks.values()) {
    if (books.limit.name === limit && (windowMs === undefined || books.limit.windowMs === windowMs))
      return books;
  }
  return undefined;
}

/** All books, those of limits that are gone included. */
export function* allBooks(state: RegionState): Generator<Books> {
  yield* state.books.values();
  yield* state.closedBooks.values();
}
