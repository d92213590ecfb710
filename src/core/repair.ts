import { type ActorId, actorId, Digest, Rights, regionOf } from '../../crdt/index.ts';
import {
  ASK_ANSWER_INTERVAL_MS,
  DIGEST_MARGIN_EPOCHS,
  EPOCH_MS,
  ROWS_AHEAD_MARGIN_EPOCHS,
} from '../bounds.ts';
import type { Books } from './books.ts';
import { changed } from './counter.ts';
import { recallGift } from './durability.ts';
import type { Effect } from './effects.ts';
import { heat } from './hot-key.ts';
import type { Instant } from './instant.ts';
import type { Ask, Delta, DigestMessage, KeyDemand, Row, RowGroup } from './messages.ts';
import { allBooks, booksOf, openCounter } from './open-counter.ts';
import type { Peer } from './peer.ts';
import { publishedRow, RowBatches, redigestGift, redigestUsed, rowBucket } from './rows.ts';
import type { RegionState } from './state.ts';
import { lowestOpenWindow, windowIdOf } from './window.ts';

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
        if (row !== undefined && wanted.has(rowBucket(limit.name, counter)))
          batches.add(state.actor, limit.name, row);
      }
    }
  }
  return batches
    .take()
    .map((groups) => ({ kind: 'send', to: peer.region, message: { kind: 'repair', groups } }));
}

/** Forgets the windows that the epoch has closed, with their fingerprints. */
export function closeWindows(state: RegionState): void {
  for (const { limit, counters, outlooks } of allBooks(state)) {
    state.counters -= counters.closeBelow(lowestOpenWindow(limit.windowMs, state.epoch));
    for (const windowId of outlooks.keys()) if (windowId < counters.lowWater) outlooks.delete(windowId);
  }
  for (const [name, { counters }] of state.closedBooks)
    if (counters.size === 0) state.closedBooks.delete(name);
  for (const [actor, byClosing] of state.digests) {
    for (const closing of byClosing.keys()) if (closing <= state.epoch) byClosing.delete(closing);
    if (byClosing.size === 0) state.digests.delete(actor);
  }
}

/** Takes in what a peer says of its hot keys; they are hot here too, for their quota may have to move. */
function learnDemand(state: RegionState, peer: Peer, demand: readonly KeyDemand[], at: Instant): void {
  for (const [limit, key, perSecond] of demand) {
    const books = state.books.get(limit);
    if (books === undefined) continue;
    const counter = books.counters.find(windowIdOf(books.limit.windowMs, state.wallMs), key);
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
function recallRow(state: RegionState, books: Books, [key, windowId, used, gifts]: Row): void {
  if (!state.recovered || !isWithinReach(state, books, windowId)) return;
  const counter = openCounter(state, books, windowId, key);
  if (counter === undefined) return;
  counter.mine = Math.max(counter.mine, used);
  for (const [recipient, total] of gifts ?? []) recallGift(state, counter, recipient, total);
  if (used > counter.published || gifts !== undefined) changed(books, counter);
}

/** Rows of windows far ahead of this region's clock are not kept: they would only take room. */
function isWithinReach(state: RegionState, { limit }: Books, windowId: number): boolean {
  const reachMs = (state.timing.lookaheadEpochs + ROWS_AHEAD_MARGIN_EPOCHS) * EPOCH_MS;
  return windowId <= windowIdOf(limit.windowMs, state.wallMs) + Math.ceil(reachMs / limit.windowMs);
}

function joinRow(
  state: RegionState,
  books: Books,
  actor: ActorId,
  [key, windowId, used, gifts]: Row,
): boolean {
  if (!isWithinReach(state, books, windowId)) return false;
  const counter = openCounter(state, books, windowId, key);
  if (counter === undefined) return false;
  const known = counter.merge(actor, used);
  let grown = known < used;
  if (grown) redigestUsed(state, books, counter, { actor, from: known, to: used });
  for (const [recipient, total] of gifts ?? []) {
    counter.rights ??= new Rights();
    const given = counter.rights.merge(actor, recipient, total);
    if (given >= total) continue;
    grown = true;
    if (recipient === state.actor) {
      counter.moved += total - given;
      books.tally.permitsReceived += total - given;
    }
    redigestGift(state, books, counter, { actor, recipient, from: given, to: total });
  }
  return grown;
}

function isMember(state: RegionState, actor: ActorId): boolean {
  const region = regionOf(actor);
  return region === state.region || state.peers.has(region);
}
