import type { ActorId, VoteRun } from '../../crdt/index.ts';
import {
  DEMAND_KEYS_MAX,
  DEMAND_REPEATED_MS,
  SNAPSHOT_INTERVAL_MS_MIN,
  VOTE_RUNS_MAX,
  VOTES_AHEAD_EPOCHS,
} from '../bounds.ts';
import type { Books } from './books.ts';
import type { Counter } from './counter.ts';
import type { Effect } from './effects.ts';
import type { Instant } from './instant.ts';
import type { KeyDemand, RowGroup } from './messages.ts';
import { allBooks } from './open-counter.ts';
import {
  foreignRow,
  publishedRow,
  RowBatches,
  redigestGift,
  redigestReturned,
  redigestUsed,
} from './rows.ts';
import type { RegionState } from './state.ts';
import { votesSince } from './voting.ts';

/** A walk over the books that is under way: each step yields the rows of one message. */
export type SnapshotCursor = {
  readonly contents: Iterator<Contents>;
  part: number;
  next: Contents | undefined;
};

/** What one message of a snapshot holds: votes first, then rows. */
type Contents = { readonly votes: readonly VoteRun[]; readonly groups: readonly RowGroup[] };

/** Tells all peers of every own row that changed since the last delta, as absolute values. */
export function publishDeltas(state: RegionState, at: Instant): Effect[] {
  const batches = new RowBatches();
  for (const books of allBooks(state)) {
    for (const counter of books.changed) {
      counter.changed = false;
      if (counter.windowId < books.counters.lowWater) continue;
      publishCounter(state, books, counter);
      const row = publishedRow(counter);
      if (row !== undefined) batches.add(state.actor, books.limit.id, row);
    }
    books.changed.length = 0;
  }
  state.urgent = false;
  state.gave = false;
  const demand = demandToTell(state, at);
  const parts = batches.take();
  if (parts.length === 0 && demand.length > 0) parts.push([]);
  return parts.map((groups, part) => {
    state.sequences.delta += 1;
    const { ledger, sequences } = state;
    const said = {
      sequence: sequences.delta,
      wallMs: Math.floor(at.wallMs),
      demand: part === 0 ? demand : [],
    };
    return { kind: 'send', to: 'all', message: { kind: 'delta', ledger, groups, ...said } };
  });
}

/** Brings what peers are told of the own row, and its fingerprint, up to date. */
function publishCounter(state: RegionState, books: Books, counter: Counter): void {
  const { actor } = state;
  redigestUsed(state, books, counter, { actor, from: counter.published, to: counter.mine });
  counter.published = counter.mine;
  const returned = counter.returns?.mine ?? 0;
  redigestReturned(state, books, counter, { actor, from: counter.publishedReturns, to: returned });
  counter.publishedReturns = returned;
  for (const [recipient, total] of counter.rights?.gifts(actor) ?? []) {
    counter.publishedGifts ??= new Map();
    const from = counter.publishedGifts.get(recipient) ?? 0;
    if (from === total) continue;
    redigestGift(state, books, counter, { actor, recipient, from, to: total });
    counter.publishedGifts.set(recipient, total);
  }
}

/** The demand of hot keys that peers should hear of: it moved by a tenth, or a while has passed. */
function demandToTell(state: RegionState, at: Instant): KeyDemand[] {
  const told: KeyDemand[] = [];
  for (const { limit, hot } of state.books.values()) {
    if (limit.spec.shares === 'static') continue;
    for (const key of hot.values()) {
      const perSecond = Math.round(key.demand.perSecond() * 1_000) / 1_000;
      const moved = Math.abs(perSecond - key.toldPerSecond) > key.toldPerSecond / 10;
      if (!moved && (perSecond === 0 || at.monoMs - key.toldMonoMs < DEMAND_REPEATED_MS)) continue;
      if (told.length >= DEMAND_KEYS_MAX) return told;
      key.toldPerSecond = perSecond;
      key.toldMonoMs = at.monoMs;
      told.push([limit.id, key.key, perSecond]);
    }
  }
  return told;
}

/** Starts a full snapshot when one is due, and sends the next part of the one under way: one message at a time, so that no tick is long. */
export function continueSnapshot(state: RegionState, at: Instant): Effect[] {
  if (state.snapshot === undefined) {
    if (at.monoMs < state.due.snapshotMs) return [];
    if (at.monoMs < state.snapshotStartedMs + SNAPSHOT_INTERVAL_MS_MIN) return [];
    state.snapshotStartedMs = at.monoMs;
    state.due.snapshotMs = at.monoMs + state.timing.snapshotMs;
    const contents = snapshotContents(state);
    state.snapshot = { contents, part: 0, next: nextOf(contents) };
  }
  const cursor = state.snapshot;
  const { votes, groups } = cursor.next ?? { votes: [], groups: [] };
  cursor.next = nextOf(cursor.contents);
  const last = cursor.next === undefined;
  const part = cursor.part;
  cursor.part += 1;
  if (last) state.snapshot = undefined;
  return [{ kind: 'send', to: 'all', message: { kind: 'snapshot', part, last, votes, groups } }];
}

function nextOf(contents: Iterator<Contents>): Contents | undefined {
  const step = contents.next();
  return step.done === true ? undefined : step.value;
}

function* snapshotContents(state: RegionState): Generator<Contents> {
  const votes = votesSince(state, Number.NEGATIVE_INFINITY, state.epoch + VOTES_AHEAD_EPOCHS);
  for (let from = 0; from < votes.length; from += VOTE_RUNS_MAX) {
    yield { votes: votes.slice(from, from + VOTE_RUNS_MAX), groups: [] };
  }
  for (const groups of walkBooks(state)) yield { votes: [], groups };
}

/** Every replicated row of every actor, the own ones included, in batches that fit a message. */
function* walkBooks(state: RegionState): Generator<RowGroup[]> {
  const batches = new RowBatches();
  for (const { limit, counters } of allBooks(state)) {
    for (const [, byKey] of counters.windows()) {
      for (const counter of byKey.values()) {
        const own = publishedRow(counter);
        if (own !== undefined) batches.add(state.actor, limit.id, own);
        for (const actor of foreignActors(counter)) {
          const row = foreignRow(counter, actor);
          if (row !== undefined) batches.add(actor, limit.id, row);
        }
        if (batches.full.length > 0) yield* batches.full.splice(0);
      }
    }
  }
  yield* batches.take();
}

function foreignActors(counter: Counter): Set<ActorId> {
  const actors = new Set<ActorId>();
  for (const [actor] of counter.theirs()) actors.add(actor);
  for (const actor of counter.rights?.donors() ?? []) actors.add(actor);
  return actors;
}
