import { type ActorId, Rights } from '../../crdt/index.ts';
import { COVER_MARGIN_PERMITS_MIN, VOTES_RESERVED_EPOCHS } from '../bounds.ts';
import type { Books } from './books.ts';
import { type Counter, changed } from './counter.ts';
import { assumedUse, coverOf, isJournaled } from './cover.ts';
import type { Effect } from './effects.ts';
import type { GiftRecord, JournalRecord, Recovery, SpendRecord } from './journal.ts';
import { booksOf, openCounter } from './open-counter.ts';
import type { RegionState } from './state.ts';
import type { Version } from './version.ts';

/** A transfer that is booked but not yet safe to tell of. */
export type PendingGift = {
  readonly books: Books;
  readonly counter: Counter;
  readonly recipient: ActorId;
  readonly permits: number;
};

/** What becomes true once a batch of records is on disk. */
export type Commit = {
  readonly votesUpTo: number;
  readonly covers: readonly { readonly counter: Counter; readonly permits: number }[];
  readonly gifts: readonly PendingGift[];
  readonly versions: readonly Version[];
  readonly lifeStamp: number;
};

/**
 * Asks for more cover when what there is comes to an end. `needed` is what has been used, or would have been by a request that
 * outran its cover; `most` is what can be used at all, beyond which cover would only be lost in a crash.
 */
export function topUp(
  state: RegionState,
  books: Books,
  counter: Counter,
  {
    needed,
    most,
    otherwise = 0,
  }: { readonly needed: number; readonly most: number; readonly otherwise?: number },
): void {
  if (!isJournaled(state, books.limit) || counter.topping) return;
  const cover = coverOf(state, books.limit, counter, { counter, otherwise });
  if (cover - needed > marginOf(counter, needed) / 2 || most <= cover) return;
  counter.topping = true;
  state.topping.push({ books, counter, needed, most });
}

/** Sends what must be on disk before more can be voted, spent or given: everything that has come up since the last tick, in one batch. */
export function persist(state: RegionState): Effect[] {
  if (!state.journaling) return [];
  const records: JournalRecord[] = [];
  let votesUpTo = 0;
  if (state.votesReserved - state.epoch < VOTES_RESERVED_EPOCHS / 2 && !state.reservingVotes) {
    votesUpTo = state.epoch + state.timing.lookaheadEpochs + VOTES_RESERVED_EPOCHS;
    state.reservingVotes = true;
    records.push({ kind: 'votes', upTo: votesUpTo });
  }
  const covers = state.topping.splice(0).map(({ books, counter, needed, most }) => {
    const permits = Math.min(most, needed + marginOf(counter, needed));
    records.push({ kind: 'spend', ...nameOf(books, counter), permits });
    return { counter, permits };
  });
  const gifts = state.pendingGifts.splice(0);
  for (const { books, counter, recipient } of gifts) {
    const total = counter.booked?.get(recipient) ?? 0;
    records.push({ kind: 'gift', ...nameOf(books, counter), recipient, total });
  }
  if (state.versionsChanged) {
    records.push({ kind: 'versions', versions: state.versions.map((version) => adoption(state, version)) });
  }
  const { lifeStamp, informed } = state;
  if (lifeStamp !== state.lifeStampSent) {
    records.push({ kind: 'life', sitsUntil: state.booksSitUntil, informed });
    state.lifeStampSent = lifeStamp;
  }
  const versions = state.versionsChanged ? [...state.versions] : [];
  state.versionsChanged = false;
  if (records.length === 0) return [];
  state.commits.token += 1;
  state.commits.open.set(state.commits.token, { votesUpTo, covers, gifts, versions, lifeStamp });
  return [{ kind: 'persist', token: state.commits.token, records }];
}

/** Takes in that a batch is on disk: its votes may be cast, its permits spent, its gifts told. */
export function committed(state: RegionState, token: number): void {
  const commit = state.commits.open.get(token);
  if (commit === undefined) return;
  state.commits.open.delete(token);
  if (commit.votesUpTo > 0) {
    state.votesReserved = Math.max(state.votesReserved, commit.votesUpTo);
    state.reservingVotes = false;
  }
  for (const { counter, permits } of commit.covers) {
    counter.covered = Math.max(counter.covered, permits);
    counter.topping = false;
  }
  for (const gift of commit.gifts) release(state, gift);
  for (const version of commit.versions) version.told = true;
  if (commit.versions.length > 0) state.stamp += 1;
  if (commit.lifeStamp === state.lifeStamp && !state.lifeRecorded) {
    state.lifeRecorded = true;
    state.stamp += 1;
  }
}

/** Books a transfer: debited now, told of as soon as that is safe. */
export function bookGift(state: RegionState, gift: PendingGift): void {
  const { counter, recipient, permits } = gift;
  counter.moved -= permits;
  counter.booked ??= new Map();
  counter.booked.set(recipient, (counter.booked.get(recipient) ?? 0) + permits);
  if (isJournaled(state, gift.books.limit)) state.pendingGifts.push(gift);
  else release(state, gift);
}

/** Takes up the books of an earlier life of the same ledger: what may have been used counts as used. */
export function recover(state: RegionState, recovery: Recovery): void {
  for (const record of recovery.spent) {
    const found = recoveredCounter(state, record);
    if (found === undefined) continue;
    const { books, counter } = found;
    const assumed = books.limit.isWindowed ? 0 : assumedUse(state, books.limit, record.windowId, counter);
    counter.mine = Math.max(counter.mine, record.permits + assumed);
    counter.covered = Math.max(counter.covered, record.permits);
    changed(books, counter);
  }
  for (const record of recovery.gifts) {
    const found = recoveredCounter(state, record);
    if (found === undefined) continue;
    recallGift(state, found.counter, record.recipient, record.total);
    changed(found.books, found.counter);
  }
}

/** Takes up again what the ledger gave before, as its books or its peers remember it: it is told already, and nothing of it is pending. */
export function recallGift(state: RegionState, counter: Counter, recipient: ActorId, total: number): void {
  counter.rights ??= new Rights();
  const grown = Math.max(0, total - counter.rights.merge(state.actor, recipient, total));
  counter.moved -= grown;
  counter.booked ??= new Map();
  counter.booked.set(recipient, (counter.booked.get(recipient) ?? 0) + grown);
}

function recoveredCounter(state: RegionState, record: SpendRecord | GiftRecord) {
  const books = booksOf(state, record.limit);
  if (books === undefined || record.closesAt <= state.epoch) return undefined;
  const counter = openCounter(state, books, record.windowId, record.key);
  return counter === undefined ? undefined : { books, counter };
}

/** How far cover should be ahead of use: few writes for a busy key, little lost in a crash for any. */
function marginOf(counter: Counter, needed: number): number {
  const soon = (counter.hot?.demand.perSecond() ?? 0) / 2;
  // What a hot key will need is known; of the others a part of what they had is as good a guess as any.
  return Math.ceil(Math.max(COVER_MARGIN_PERMITS_MIN, counter.hot === undefined ? needed / 4 : soon));
}

function release(state: RegionState, { books, counter, recipient, permits }: PendingGift): void {
  counter.rights ??= new Rights();
  counter.rights.give(state.actor, recipient, permits);
  changed(books, counter);
  state.gave = true;
}

function adoption(state: RegionState, { id, configuration, adopted }: Version) {
  return { id, configuration, adoptedFrom: adopted.get(state.region) ?? 0 };
}

function nameOf({ limit }: Books, { windowId, key }: Counter) {
  return { limit: limit.id, windowId, key, closesAt: limit.windows.closingEpoch(windowId) };
}
