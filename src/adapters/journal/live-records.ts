import type { LedgerId } from '../../../crdt/index.ts';
import type {
  GiftRecord,
  JournalRecord,
  LifeRecord,
  Recovery,
  SpendRecord,
  VersionsRecord,
} from '../../core/journal.ts';
import { COMMIT_BYTES_MAX, COMMIT_RECORDS_MAX } from './bounds.ts';
import { versionsTextBytes } from './version-text.ts';

/** A record in memory, always the newest of its name. */
export type Live = { record: JournalRecord };

/** Records on their way to the disk, and how far everything put in has been taken once they are there. */
export type Batch = { readonly entries: readonly Live[]; readonly upTo: number };

type Closing = { readonly entries: Map<string, Live>; bytes: number };

/**
 * What a journal holds, newest record of each name, and which of them are not on disk yet.
 *
 * Records wait by name: however often one is put in while the disk is slow, it waits once, with its newest value.
 */
export class LiveRecords {
  /** By the epoch from which they are useless, so that those of one epoch are dropped in one step. */
  readonly #byClosing = new Map<number, Closing>();
  /** In the order in which they came up; an entry that is put in again keeps its place. */
  readonly #waiting = new Set<Live>();
  #put = 0;
  #size = 0;
  #bytes = 0;
  #forgottenUpTo: number;

  constructor(forgottenUpTo = 0) {
    this.#forgottenUpTo = forgottenUpTo;
  }

  /** Takes in a record that is on disk already. */
  restore(record: JournalRecord): void {
    this.#enter(record);
  }

  /** Takes in a record that is to be written. */
  put(record: JournalRecord): void {
    const entry = this.#enter(record);
    if (this.#waiting.has(entry)) return;
    this.#waiting.add(entry);
    this.#put += 1;
  }

  /** How many were put in to be written, ever. Once a batch says that it reaches this far, all put in so far has been taken. */
  get position(): number {
    return this.#put;
  }

  /** Takes out what waited longest, as much as one commit may hold. */
  take(): Batch {
    const entries: Live[] = [];
    let bytes = 0;
    for (const entry of this.#waiting) {
      if (entries.length >= COMMIT_RECORDS_MAX || bytes >= COMMIT_BYTES_MAX) break;
      entries.push(entry);
      bytes += estimatedBytes(entry.record);
      this.#waiting.delete(entry);
    }
    return { entries, upTo: this.#put - this.#waiting.size };
  }

  /** Says that nothing waits any more: all there is has been written elsewhere. */
  takeAll(): void {
    this.#waiting.clear();
  }

  /** Drops what is useless from `epoch` on. */
  forget(epoch: number): void {
    if (epoch <= this.#forgottenUpTo) return;
    this.#forgottenUpTo = epoch;
    for (const [closesAt, closing] of this.#byClosing) {
      if (closesAt > epoch) continue;
      this.#byClosing.delete(closesAt);
      this.#size -= closing.entries.size;
      this.#bytes -= closing.bytes;
    }
  }

  /** The latest epoch for which `forget` was called, in any life: what closed by then may be missing. */
  get forgottenUpTo(): number {
    return this.#forgottenUpTo;
  }

  get size(): number {
    return this.#size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** About how many bytes a file takes that holds each once. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All of them; records may be put in between two steps, and those may be missed. */
  *all(): Generator<JournalRecord> {
    for (const { entries } of this.#byClosing.values())
      for (const { record } of entries.values()) yield record;
  }

  /** All of them in the form in which a later life takes them up. */
  recovery(ledger: LedgerId): Recovery {
    const spent: SpendRecord[] = [];
    const gifts: GiftRecord[] = [];
    let votesUpTo = 0;
    let versions: VersionsRecord['versions'] = [];
    let life: LifeRecord | undefined;
    for (const record of this.all()) {
      if (record.kind === 'votes') votesUpTo = record.upTo;
      else if (record.kind === 'versions') versions = record.versions;
      else if (record.kind === 'life') life = record;
      else if (record.kind === 'spend') spent.push(record);
      else gifts.push(record);
    }
    return { ledger, votesUpTo, spent, gifts, versions, life };
  }

  #enter(record: JournalRecord): Live {
    const closing = this.#closingAt('closesAt' in record ? record.closesAt : Number.POSITIVE_INFINITY);
    const name = nameOf(record);
    const known = closing.entries.get(name);
    if (known !== undefined) {
      if (!(amountOf(record) < amountOf(known.record))) known.record = record;
      return known;
    }
    const entry = { record };
    const bytes = estimatedBytes(record);
    closing.entries.set(name, entry);
    closing.bytes += bytes;
    this.#bytes += bytes;
    this.#size += 1;
    return entry;
  }

  #closingAt(epoch: number): Closing {
    const known = this.#byClosing.get(epoch);
    if (known !== undefined) return known;
    const closing: Closing = { entries: new Map(), bytes: 0 };
    this.#byClosing.set(epoch, closing);
    return closing;
  }
}

/** Keys may hold any character, so the parts before them say how long they are, or cannot hold a bar. */
function nameOf(record: JournalRecord): string {
  if (!('key' in record)) return record.kind;
  const { limit, windowId, key } = record;
  const who = record.kind === 'gift' ? record.recipient : '';
  return `${who}|${windowId}|${limit.length}|${limit}${key}`;
}

/** What must not shrink; of versions, and of what the ledger may claim, the newest counts whole. */
function amountOf(record: JournalRecord): number {
  switch (record.kind) {
    case 'votes':
      return record.upTo;
    case 'spend':
      return record.permits;
    case 'gift':
      return record.total;
    case 'versions':
    case 'life':
      return 0;
  }
}

/** About how many bytes a record takes once it is packed: three numbers of five bytes, and texts with their lengths. */
export function estimatedBytes(record: JournalRecord): number {
  switch (record.kind) {
    case 'votes':
    case 'life':
      return 8;
    case 'spend':
      return 20 + record.limit.length + record.key.length;
    case 'gift':
      return 20 + record.limit.length + record.key.length + record.recipient.length;
    case 'versions':
      return versionsTextBytes(record.versions);
  }
}
