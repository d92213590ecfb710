import { type ActorId, actorId, Digest, GrowCounter, Rights, regionOf } from '../../crdt/index.ts';
import {
  ASK_ANSWER_INTERVAL_MS,
  DIGEST_MARGIN_EPOCHS,
  EPOCH_MS,
  ROWS_AHEAD_MARGIN_EPOCHS,
} from '../bounds.ts';
import { hearUse, levelAt } from './algorithms/bucket.ts';
import type { Books } from './books.ts';
import { type Counter, changed } from './counter.ts';
import { recallGift, topUp } from './durability.ts';
import type { Effect } from './effects.ts';
import { heat } from './hot-key.ts';
import type { Instant } from './instant.ts';
import { forgetLeases } from './leases.ts';
import { permitsOf } from './limit.ts';
import { WHOLE_KEY } from './match-key.ts';
import type { Ask, Delta, DigestMessage, KeyDemand, Row, RowGroup } from './messages.ts';
import { allBooks, booksOf, openCounter } from './open-counter.ts';
import type { Peer } from './peer.ts';
import {
  publishedRow,
  RowBatches,
  type RowChange,
  redigestGift,
  redigestReturned,
  redigestUsed,
  rowBucket,
} from './rows.ts';
import type { RegionState } from './state.ts';

/** Joins a peer's delta, and notes when one before it is missing. */
export function hearDelta(state: RegionState, peer: Peer, message: Delta, at: Instant): void {
  if (message.ledger === peer.ledger && message.sequence > peer.deltaSequence) {
    if (message.sequence > peer.deltaSequence + 1) peer.stale = true;
    peer.deltaSequence = message.sequence;
    peer.syncLatencyMs = Math.max(0, at.wallMs - (message.wallMs - (peer.clockSkewMs ?? 0)));
  }
  peer.deltasReceived += 1;
  joinRows(state, message.groups);
  learnDemand(state, peer, message.demand, at);
}

/** Joins rows of any actor: each value becomes the maximum of what was known and what is said. Returns how many rows grew. */
export function joinRows(state: RegionState, groups: readonly RowGroup[]): number {
  let grown = 0;
  for (const [actor, limit, rows] of groups) {
    const books = booksOf(state, limit);
    // Rows of strangers have no place in the books.
    if (books === undefined || !isMember(state, actor)) continue;
    for (const row of rows) {
      if (actor === state.actor) recallRow(state, books, row);
      else if (joinRow(state, books, actor, row)) grown += 1;
    }
  }
  return grown;
}

/** The digest of the own rows, for peers to compare with what they have. */
export function ownDigest(state: RegionState): Effect[] {
  const closingAfter = state.epoch + DIGEST_MARGIN_EPOCHS;
  const buckets = digestOf(state, state.actor, closingAfter).toBytes();
  const { ledger } = state;
  return [
    {
      kind: 'send',
      to: 'all',
      message: { kind: 'digest', ledger, sequence: state.sequences.delta, closingAfter, buckets },
    },
  ];
}

/**
 * Compares a peer's digest of its rows with what is known of them here, and asks for the buckets that differ.
 * Exact, however busy the peer is: the digest is of the rows as of its newest delta, and a digest overtaken by a delta is passed over.
 */
export function compareDigest(state: RegionState, peer: Peer, message: DigestMessage): Effect[] {
  if (message.ledger !== peer.ledger || message.sequence < peer.deltaSequence) return [];
  if (state.epoch > message.closingAfter) return [];
  const theirs = Digest.fromBytes(message.buckets);
  if (theirs === undefined) return [];
  peer.deltaSequence = message.sequence;
  const buckets = digestOf(state, actorId(peer.region, message.ledger), message.closingAfter).differing(
    theirs,
  );
  peer.stale = buckets.length > 0;
  if (!peer.stale) return [];
  return [{ kind: 'send', to: peer.region, message: { kind: 'ask', buckets } }];
}

/** Answers an ask with the own rows in those buckets, as peers were last told of them. One answer per peer and interval. */
export function answerAsk(state: RegionState, peer: Peer, message: Ask, at: Instant): Effect[] {
  if (at.monoMs - peer.answeredMonoMs < ASK_ANSWER_INTERVAL_MS) return [];
  peer.answeredMonoMs = at.monoMs;
  const wanted = new Set(message.buckets);
  const batches = new RowBatches();
  for (const { limit, counters } of allBooks(state)) {
    for (const [, byKey] of counters.windows()) {
      for (const counter of byKey.values()) {
        const row = publishedRow(counter);
        if (row !== undefined && wanted.has(rowBucket(limit.id, counter)))
          batches.add(state.actor, limit.id, row);
      }
    }
  }
  return batches
    .take()
    .map((groups) => ({ kind: 'send', to: peer.region, message: { kind: 'repair', groups } }));
}

/** Forgets the windows that the epoch has closed, with their fingerprints. */
export function closeWindows(state: RegionState): void {
  for (const books of allBooks(state)) {
    const { limit, counters, outlooks, standings } = books;
    const lowest = limit.windows.lowestOpen(state.epoch);
    if (limit.isBucket) takeIn(state, books, lowest);
    const forgotten = counters.closeBelow(lowest);
    state.counters -= forgotten;
    books.tally.keysForgotten += forgotten;
    for (const windowId of outlooks.keys()) if (windowId < counters.lowWater) outlooks.delete(windowId);
    for (const windowId of standings.keys()) if (windowId < counters.lowWater) standings.delete(windowId);
  }
  forgetLeases(state);
  for (const [id, { counters, levels }] of state.closedBooks) {
    if (counters.size > 0) continue;
    state.closedBooks.delete(id);
    state.counters -= levels.size;
  }
  for (const [actor, byClosing] of state.digests) {
    for (const closing of byClosing.keys()) if (closing <= state.epoch) byClosing.delete(closing);
    if (byClosing.size === 0) state.digests.delete(actor);
  }
}

/** Takes in what a peer says of its hot keys; they are hot here too, for their quota may have to move. */
function learnDemand(state: RegionState, peer: Peer, demand: readonly KeyDemand[], at: Instant): void {
  for (const [limit, key, perSecond] of demand) {
    const books = state.books.get(limit);
    if (books === undefined || books.limit.spec.shares === 'static' || key === WHOLE_KEY) continue;
    const counter = books.counters.find(books.limit.windows.idAt(state.wallMs), key);
    heat(state, books, key, counter)?.theirs.set(peer.region, { perSecond, atMonoMs: at.monoMs });
  }
}

function digestOf(state: RegionState, actor: ActorId, closingAfter: number): Digest {
  const sum = new Digest();
  for (const [closing, digest] of state.digests.get(actor) ?? [])
    if (closing > closingAfter) sum.combine(digest);
  return sum;
}

/**
 * An actor writes its own rows only, so what others say of ours is an echo; but a life that carries recovered books on may hear of
 * what it told and never wrote down. That counts as used and given.
 */
function recallRow(state: RegionState, books: Books, [key, windowId, used, gifts, returned = 0]: Row): void {
  if (!state.recovered || !isWithinReach(state, books, windowId)) return;
  const counter = openCounter(state, books, windowId, key);
  if (counter === undefined) return;
  counter.mine = Math.max(counter.mine, used);
  for (const [recipient, total] of gifts ?? []) recallGift(state, counter, recipient, total);
  if (returned > 0) {
    counter.returns ??= new GrowCounter();
    counter.returns.mine = Math.max(counter.returns.mine, returned);
  }
  if (used > counter.published || gifts !== undefined) changed(books, counter);
}

/** Rows of windows far ahead of this region's clock are not kept: they would only take room. */
function isWithinReach(state: RegionState, { limit }: Books, windowId: number): boolean {
  const reachMs = (state.timing.lookaheadEpochs + ROWS_AHEAD_MARGIN_EPOCHS) * EPOCH_MS;
  return windowId <= limit.windows.idAt(state.wallMs + reachMs) + limit.windows.leading;
}

function joinRow(
  state: RegionState,
  books: Books,
  actor: ActorId,
  [key, windowId, used, gifts, returned = 0]: Row,
): boolean {
  if (!isWithinReach(state, books, windowId)) return false;
  const counter = openCounter(state, books, windowId, key);
  if (counter === undefined) return false;
  const known = counter.merge(actor, used);
  let grown = known < used;
  if (grown) redigestUsed(state, books, counter, { actor, from: known, to: used });
  if (returned > 0) grown = joinReturned(state, books, counter, { actor, from: 0, to: returned }) || grown;
  if (grown) learnUse(state, books, counter, used - known);
  for (const [recipient, total] of gifts ?? []) {
    counter.rights ??= new Rights();
    const given = counter.rights.merge(actor, recipient, total);
    if (given >= total) continue;
    grown = true;
    if (recipient === state.actor) {
      books.revision += 1;
      if (key === WHOLE_KEY) books.open = undefined;
      else {
        books.tally.permitsReceived += total - given;
        books.tally.transfers.received += 1;
      }
      counter.moved += total - given;
      coverGift(state, books, counter);
    }
    redigestGift(state, books, counter, { actor, recipient, from: given, to: total });
  }
  return grown;
}

function joinReturned(state: RegionState, books: Books, counter: Counter, { actor, to }: RowChange): boolean {
  counter.returns ??= new GrowCounter();
  const from = counter.returns.merge(actor, to);
  redigestReturned(state, books, counter, { actor, from, to: Math.max(from, to) });
  return from < to;
}

/** What was received is covered before it is wanted, or the first request for it would be denied. */
function coverGift(state: RegionState, books: Books, counter: Counter): void {
  if (counter.key === WHOLE_KEY) return;
  const most = counter.mine + counter.moved + permitsOf(books.limit, counter.key);
  topUp(state, books, counter, { needed: counter.mine, most });
}

/** What others are heard to have used bears on what goes by it; and it shows what should never be: more than the limit. */
function learnUse(state: RegionState, books: Books, counter: Counter, permits: number): void {
  const { limit, tally } = books;
  books.revision += 1;
  if (permits <= 0) return;
  if (limit.isBucket) {
    if (limit.isAvailable) hearUse(state, books, counter, permits);
  } else if (limit.isWindowed) {
    const over = counter.known() - permitsOf(limit, counter.key);
    if (over > 0 && state.versions.length === 1) tally.permitsOver += Math.min(over, permits);
  }
}

/** What was moved of windows that are about to be forgotten is taken into the levels that it bears on. */
function takeIn(state: RegionState, books: Books, lowest: number): void {
  for (const [windowId, counters] of books.counters.windows()) {
    if (windowId >= lowest) continue;
    for (const { key, moved } of counters.values()) if (moved !== 0) levelAt(state, books, key);
  }
}

function isMember(state: RegionState, actor: ActorId): boolean {
  const region = regionOf(actor);
  return region === state.region || state.peers.has(region);
}
