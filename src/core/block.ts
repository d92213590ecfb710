import { noteOffered, spend, weigh } from './admit.ts';
import { algorithmOf } from './algorithms/algorithms.ts';
import { levelAt } from './algorithms/bucket.ts';
import { forgetSum } from './algorithms/summed.ts';
import { changed, hashedKey } from './counter.ts';
import { coverOf } from './cover.ts';
import { topUp } from './durability.ts';
import type { Instant } from './instant.ts';
import type { Limit } from './limit.ts';
import { booksOf } from './open-counter.ts';
import { advance, type RegionState } from './state.ts';

/** One key's permits in one window: what a block is a part of. `limit` is the limit's id. */
export type BlockName = { readonly limit: string; readonly windowId: number; readonly key: string };

/** What a node wants of a key. */
export type BlockWish = BlockName & {
  /** Permits that it could make use of, and how many it can make use of at the least. */
  readonly permits: number;
  readonly least: number;
  /** Permits that it was asked for since it last said so: demand that quota should follow. */
  readonly offered: number;
};

/** What is left of a key here and in the world, in permits, as far as this region knows; and what a denial would be told. */
export type Outlook = {
  readonly remaining: number;
  readonly globalRemaining: number;
  readonly retryAfterMs: number;
  readonly resetAtMs: number;
};

/**
 * Whether permits of a limit can be spent ahead of the requests that they are for. Not where a request is told to wait its turn, nor where
 * somebody gives them back by name; and what counts for whatever is not known to be used is no share that could be cut.
 */
export function isCutIntoBlocks({ spec, isAvailable }: Limit): boolean {
  return !isAvailable && spec.algorithm !== 'leaky-bucket' && spec.algorithm !== 'concurrency';
}

/**
 * Spends a block: permits that the rest of the world takes for used from now on, whoever makes use of them. At most one in `parts` of what
 * is left, so that others find something too, but `least` where there is so much; nothing of a window that is not current. Undefined where
 * there is no such limit, or none that is cut into blocks.
 */
export function spendBlock(
  state: RegionState,
  { wish, parts }: { readonly wish: BlockWish; readonly parts: number },
  at: Instant,
): { readonly permits: number; readonly outlook: Outlook } | undefined {
  advance(state, at);
  const { limit, windowId, key, least, offered } = wish;
  const books = state.books.get(limit);
  if (books === undefined || !isCutIntoBlocks(books.limit)) return undefined;
  const seen = weigh(state, { books, key, permits: 0 }, []);
  const cover = coverOf(state, books.limit, seen.counter ?? hashedKey(key), seen);
  const covered = Math.min(seen.remaining, cover - (seen.counter?.mine ?? 0));
  const fair = Math.min(wish.permits, Math.max(least, Math.ceil(seen.remaining / parts)));
  const permits = windowId !== seen.windowId ? 0 : Math.min(fair, Math.max(0, covered));
  const granted = permits < least || permits === 0 ? 0 : permits;
  // What is refused is weighed as a request of its own would be: it heats the key, asks for quota and for cover.
  const weighed = weigh(state, { books, key, permits: granted > 0 ? granted : Math.max(1, least) }, []);
  const isGranted = granted > 0 && weighed.denial === undefined;
  noteOffered(state, weighed, offered);
  const counter = isGranted ? spend(state, weighed) : weighed.counter;
  // The journal is told what could not be had because it is behind: the next wish finds it.
  if (counter !== undefined && covered < fair)
    topUp(state, books, counter, {
      needed: counter.mine + fair,
      most: counter.mine + Math.max(0, weighed.remaining),
      otherwise: weighed.otherwise,
    });
  const spent = isGranted ? granted : 0;
  const remaining = Math.max(0, seen.remaining - spent);
  const globalRemaining = Math.max(0, seen.globalRemaining - spent);
  // Of the last permits it is told when there will be more, for whoever is denied next.
  const next = isGranted && remaining === 0 ? weigh(state, { books, key, permits: 1 }, []) : weighed;
  const algorithm = algorithmOf(books.limit);
  const retryAfterMs = isGranted && remaining > 0 ? 0 : algorithm.retryAfterMs(state, next);
  const resetAtMs = algorithm.resetAtMs(state, next);
  return { permits: spent, outlook: { remaining, globalRemaining, retryAfterMs, resetAtMs } };
}

/**
 * Takes back permits of a block that nobody made use of, in exactly the window in which they were spent; returns how many. A bucket takes
 * back only what was taken in this very epoch: what it minted since would otherwise come on top.
 */
export function returnBlock(
  state: RegionState,
  { limit, windowId, key, permits }: BlockName & { readonly permits: number },
  at: Instant,
): number {
  advance(state, at);
  const books = booksOf(state, limit);
  const counter = books?.counters.find(windowId, key);
  if (books === undefined || counter === undefined) return 0;
  if (books.limit.isBucket && windowId !== books.limit.windows.idAt(state.wallMs)) return 0;
  const returned = counter.giveBack(permits);
  if (returned === 0) return 0;
  if (books.limit.isBucket) levelAt(state, books, key).units += returned * books.limit.unitsPerPermit;
  else if (!books.limit.isWindowed) forgetSum(books, key);
  if (counter.published > 0) changed(books, counter);
  return returned;
}
