import type { LedgerId } from '../../../crdt/index.ts';
import type {
  GiftRecord,
  JournalRecord,
  LifeRecord,
  Recovery,
  SpendRecord,
  VersionsRecord,
} from '../../core/journal.ts';
import { versionsTextBytes } from './version-text.ts';

/** A record in memory, always the newest of its name. */
export type Live = { record: JournalRecord };

/** Records on their way to the disk, as they were when they were taken, and how far all that was put in is there with them. */
export type Batch = { readonly records: ReadonlyMap<Live, JournalRecord>; readonly upTo: number };

type Closing = { readonly entries: Map<string, Live>; bytes: number };

/**
 * What a journal holds, newest record of each name, and which of them are not on disk yet.
 *
 * Records wait by name: however often one is put in while the disk is slow, it waits once, with its newest value.
 */
export class LiveRecords {
  /** By the epoch from which they are useless, so that those of one epoch are dropped in one step. */
  readonly #byClosing = new Map<number, Closing>();
  /** What stays until it is replaced. */
  readonly #standing: Closing = { entries: new Map(), bytes: 0 };
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

  /** How many were put in to be written, ever: a batch that reaches this far holds everything put in so far. */
  get position(): number {
    return this.#put;
  }

  /**
   * Takes out all that waits. A part would not do: of a name that waits, the newest value may rest on records that were put in with
   * it, long after the name came up.
   */
  take(): Batch {
    const records = new Map<Live, JournalRecord>();
    for (const entry of this.#waiting) records.set(entry, entry.record);
    this.#waiting.clear();
    return { records, upTo: this.#put };
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

  /**
   * All of them. Between two steps records may be put in; of those any may be missing, and any may be there. Only what stands comes at
   * once and first, since there the newest may rest on others.
   */
  *all(): Generator<JournalRecord> {
    yield* [...this.#standing.entries.values()].map(({ record }) => record);
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
    return { ledger, votesUpTo, spent, gifts, versions, life, forgottenUpTo: this.forgottenUpTo };
  }

  #enter(record: JournalRecord): Live {
    const closing = 'closesAt' in record ? this.#closingAt(record.closesAt) : this.#standing;
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
