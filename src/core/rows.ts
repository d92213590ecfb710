import { type ActorId, bucketOf, Digest } from '../../crdt/index.ts';
import { ROWS_BYTES_MAX } from '../bounds.ts';
import type { Books } from './books.ts';
import type { Counter } from './counter.ts';
import type { Row, RowGroup } from './messages.ts';
import type { RegionState } from './state.ts';

/** The name under which a row is fingerprinted. */
function rowName(limit: string, windowId: number, key: string): string {
  return `${limit}\n${windowId}\n${key}`;
}

/** The digest bucket of a row. */
export function rowBucket(limit: string, { windowId, key }: Counter): number {
  return bucketOf(rowName(limit, windowId, key));
}

/** Keeps an actor's digest in step with a row whose used permits went from one value to another; 0 is as good as no row. */
export function redigestUsed(state: RegionState, books: Books, counter: Counter, change: RowChange): void {
  const name = rowName(books.limit.id, counter.windowId, counter.key);
  redigest(state, {
    ...change,
    name,
    bucket: bucketOf(name),
    closing: books.limit.windows.closingEpoch(counter.windowId),
  });
}

/** The same for what the actor gave to `recipient`. */
export function redigestGift(
  state: RegionState,
  books: Books,
  counter: Counter,
  change: RowChange & { readonly recipient: ActorId },
): void {
  const row = rowName(books.limit.id, counter.windowId, counter.key);
  const closing = books.limit.windows.closingEpoch(counter.windowId);
  redigest(state, { ...change, name: `${row}\n${change.recipient}`, bucket: bucketOf(row), closing });
}

/** The same for what the actor got back of what it used. */
export function redigestReturned(
  state: RegionState,
  books: Books,
  counter: Counter,
  change: RowChange,
): void {
  const row = rowName(books.limit.id, counter.windowId, counter.key);
  const closing = books.limit.windows.closingEpoch(counter.windowId);
  redigest(state, { ...change, name: `${row}\nreturned`, bucket: bucketOf(row), closing });
}

/** A value of an actor's row that has grown. */
export type RowChange = { readonly actor: ActorId; readonly from: number; readonly to: number };

function redigest(
  state: RegionState,
  {
    actor,
    from,
    to,
    name,
    bucket,
    closing,
  }: RowChange & { readonly name: string; readonly bucket: number; readonly closing: number },
): void {
  if (from === to) return;
  let byClosing = state.digests.get(actor);
  if (byClosing === undefined) {
    byClosing = new Map();
    state.digests.set(actor, byClosing);
  }
  let digest = byClosing.get(closing);
  if (digest === undefined) {
    digest = new Digest();
    byClosing.set(closing, digest);
  }
  if (from > 0) digest.toggle(bucket, name, from);
  if (to > 0) digest.toggle(bucket, name, to);
}

/** Collects rows into groups, and groups into batches that fit a message. */
export class RowBatches {
  readonly full: RowGroup[][] = [];
  #groups: RowGroup[] = [];
  #rows: Row[] = [];
  #bytes = 0;
  #actor: ActorId | undefined;
  #limit: string | undefined;

  /** Adds a row; rows of one actor and limit that come one after the other share a group. */
  add(actor: ActorId, limit: string, row: Row): void {
    const bytes = 24 + row[0].length * 3 + (row[3]?.length ?? 0) * 64;
    if (this.#bytes + bytes > ROWS_BYTES_MAX) this.#close();
    if (actor !== this.#actor || limit !== this.#limit) {
      this.#rows = [];
      this.#groups.push([actor, limit, this.#rows]);
      this.#actor = actor;
      this.#limit = limit;
      this.#bytes += 96 + limit.length;
    }
    this.#rows.push(row);
    this.#bytes += bytes;
  }

  /** All batches, the last one too; the collector is empty afterwards. */
  take(): RowGroup[][] {
    this.#close();
    return this.full.splice(0);
  }

  #close(): void {
    if (this.#groups.length > 0) this.full.push(this.#groups);
    this.#groups = [];
    this.#bytes = 0;
    this.#actor = undefined;
    this.#limit = undefined;
  }
}

/** A counter's own row as peers have last been told of it; undefined for a cold key. */
export function publishedRow(counter: Counter): Row | undefined {
  const { published, publishedReturns, publishedGifts } = counter;
  return rowOf(counter, { used: published, returned: publishedReturns, gifts: [...(publishedGifts ?? [])] });
}

/** The row of another actor; undefined when it is empty. */
export function foreignRow(counter: Counter, actor: ActorId): Row | undefined {
  const gifts = [...(counter.rights?.gifts(actor) ?? [])];
  return rowOf(counter, { used: counter.row(actor), returned: counter.returns?.row(actor) ?? 0, gifts });
}

type RowParts = {
  readonly used: number;
  readonly returned: number;
  readonly gifts: readonly (readonly [ActorId, number])[];
};

function rowOf(counter: Counter, { used, returned, gifts }: RowParts): Row | undefined {
  if (returned > 0) return [counter.key, counter.windowId, used, gifts, returned];
  if (gifts.length > 0) return [counter.key, counter.windowId, used, gifts];
  return used > 0 ? [counter.key, counter.windowId, used] : undefined;
}
