import type { BlockWish, Outlook } from '../core/block.ts';
import type { Limit } from '../core/limit.ts';
import { BLOCK_MS, EXHAUSTED_ASKED_MS, REFILL_BELOW_MS, WISH_REPEATED_MS } from './bounds.ts';

/** What a node holds and knows of one key in one window. */
export type Held = {
  readonly limit: Limit;
  readonly windowId: number;
  readonly key: string;
  /** Permits in hand. */
  permits: number;
  /** What the speaker last said is left besides, and when; undefined before it said anything. */
  outlook: Outlook | undefined;
  outlookMonoMs: number;
  /** Permits a millisecond that were asked for lately. */
  rate: number;
  /** Permits that were asked for since the rate was last folded, and since the speaker was last told. */
  offered: number;
  untold: number;
  touchedMonoMs: number;
  /** When the wish that is not answered yet left; minus infinity while there is none. */
  wishedMonoMs: number;
  /** What the first of those that wait for it lacks, and what all of them need. */
  lacking: number;
  needed: number;
};

/** Nothing is held and nothing known. */
export function newHeld(limit: Limit, windowId: number, key: string): Held {
  return {
    limit,
    windowId,
    key,
    permits: 0,
    outlook: undefined,
    outlookMonoMs: Number.NEGATIVE_INFINITY,
    rate: 0,
    offered: 0,
    untold: 0,
    touchedMonoMs: Number.NEGATIVE_INFINITY,
    wishedMonoMs: Number.NEGATIVE_INFINITY,
    lacking: 0,
    needed: 0,
  };
}

/** Weight of the newest tick in the rate: a burst is followed within a block's time. */
const NEWEST = 0.2;

/** Takes what was offered in the last `elapsedMs` into the rate. */
export function foldRate(held: Held, elapsedMs: number): void {
  held.rate += (held.offered / elapsedMs - held.rate) * NEWEST;
  held.offered = 0;
}

/** Whether the speaker said that less is left than so many permits more than are in hand. */
export function isGone({ outlook, permits }: Held, wanted: number): boolean {
  return outlook !== undefined && outlook.remaining + permits < wanted;
}

/** What to wish for: undefined where nothing is missing, `later` where it is too soon to ask again. */
export function wishOf(held: Held, monoMs: number): BlockWish | 'later' | undefined {
  const { limit, windowId, key, permits, rate, lacking, needed, untold } = held;
  const soon = rate * REFILL_BELOW_MS;
  const isLow = soon >= 1 && permits < soon;
  if (lacking === 0 && !isLow) return untold > 0 && isGone(held, 1) ? askAgain(held, monoMs) : undefined;
  if (isGone(held, permits + Math.max(1, lacking))) return askAgain(held, monoMs);
  if (monoMs - held.wishedMonoMs < WISH_REPEATED_MS) return 'later';
  const least = Math.max(1, lacking);
  const wanted = Math.max(least, Math.ceil(needed + rate * BLOCK_MS) - permits);
  return { limit: limit.id, windowId, key, permits: wanted, least, offered: untold };
}

/** Of what is known to be gone more may have come: the speaker is asked now and then, and so hears of the demand. */
function askAgain(held: Held, monoMs: number): BlockWish | 'later' | undefined {
  const { limit, windowId, key, lacking, untold } = held;
  if (untold === 0 && lacking === 0) return undefined;
  const since = Math.max(held.wishedMonoMs, held.outlookMonoMs);
  if (monoMs - since < EXHAUSTED_ASKED_MS) return 'later';
  const least = Math.max(1, lacking);
  return {
    limit: limit.id,
    windowId,
    key,
    permits: Math.max(least, Math.ceil(untold)),
    least,
    offered: untold,
  };
}
