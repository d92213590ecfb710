import type { Books } from '../../src/core/books.ts';
import type { Counter } from '../../src/core/counter.ts';
import type { RegionState } from '../../src/core/state.ts';

/** All books that a region keeps, those of limits that are gone too, under the limit's id. */
export function* allBooks({ books, closedBooks }: RegionState): Generator<readonly [string, Books]> {
  for (const each of books.values()) yield [booksName(each), each];
  for (const each of closedBooks.values()) yield [booksName(each), each];
}

/** The id of the limit that books are about. */
export function booksName({ limit }: Books): string {
  return limit.id;
}

/** The books of that name; undefined when the region does not keep them. */
export function findBooks(state: RegionState, name: string): Books | undefined {
  for (const [found, books] of allBooks(state)) if (found === name) return books;
  return undefined;
}

/** What a row is called in a report. */
export function rowAbout(books: string, { windowId, key }: Counter): string {
  return `${books} window ${windowId} key "${key}"`;
}
