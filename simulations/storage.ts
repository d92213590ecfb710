import type { LedgerId } from '../crdt/index.ts';
import type { JournalRecord, Recovery } from '../src/core/journal.ts';
import { epochOf } from '../src/core/window.ts';
import type { Journal } from '../src/ports.ts';
import type { Chance } from './chance.ts';
import type { VirtualTime } from './time.ts';

/** How long a commit takes: most of it the flush of a disk. */
const COMMIT_MS = { least: 1, mean: 6 } as const;

/** What a disk does at present: its work, wait, or fail. */
export type DiskMood = 'well' | 'stalled' | 'failing';

type Batch = { readonly records: readonly JournalRecord[]; readonly durable: () => void };

/** The disk of one machine: what is on it outlives the processes that write to it. */
export class Storage {
  /** What a model keeps here: durable at once, which flatters every model. */
  readonly shelf = new Map<string, unknown>();
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #wallMs: () => number;
  #forgottenUpTo = 0;
  #ledger: LedgerId | undefined;
  #records = new Map<string, JournalRecord>();
  #batches: Batch[] = [];
  #busy = false;
  #mood: DiskMood = 'well';
  /** Counts openings, so that what an earlier process began is nobody's any more. */
  #opened = 0;

  /** `wallMs` is the machine's clock, by which records grow useless. */
  constructor(time: VirtualTime, chance: Chance, wallMs: () => number) {
    this.#time = time;
    this.#chance = chance;
    this.#wallMs = wallMs;
  }

  /** What is on the disk, for a process that starts; undefined when there is nothing. New books are called `ledger`. */
  open(ledger: LedgerId): { readonly journal: Journal; readonly recovery: Recovery | undefined } {
    this.#opened += 1;
    this.#batches = [];
    this.#busy = false;
    this.#forget();
    const recovery =
      this.#ledger === undefined
        ? undefined
        : recoveryOf(this.#ledger, this.#records.values(), this.#forgottenUpTo);
    this.#ledger ??= ledger;
    const opened = this.#opened;
    const journal: Journal = {
      open: async () => recovery,
      append: (records, durable) => {
        if (opened === this.#opened) this.#append({ records, durable });
      },
      stop: async () => {
        if (opened === this.#opened) this.#close();
      },
    };
    return { journal, recovery };
  }

  /** The process that writes here ends without a word: of what was on its way some may be written, and the last of it torn. */
  crash(): void {
    this.#opened += 1;
    if (this.#mood === 'failing') return;
    const written = this.#chance.below(this.#batches.length + 1);
    for (const { records } of this.#batches.slice(0, written)) this.#keep(records);
  }

  /** Everything on the disk is gone, or cannot be trusted. */
  lose(): void {
    this.shelf.clear();
    this.#ledger = undefined;
    this.#records = new Map();
    this.#forgottenUpTo = 0;
  }

  setMood(mood: DiskMood): void {
    this.#mood = mood;
    this.#work();
  }

  #append(batch: Batch): void {
    this.#batches.push(batch);
    this.#work();
  }

  /** Group commit: what has come up while the disk was busy is written together. */
  #work(): void {
    if (this.#busy || this.#mood !== 'well' || this.#batches.length === 0) return;
    this.#busy = true;
    const opened = this.#opened;
    const count = this.#batches.length;
    this.#time.after(COMMIT_MS.least + this.#chance.exponential(COMMIT_MS.mean), () => {
      if (opened !== this.#opened) return;
      this.#busy = false;
      if (this.#mood !== 'well') return;
      for (const { records, durable } of this.#batches.splice(0, count)) {
        this.#keep(records);
        durable();
      }
      this.#work();
    });
  }

  #close(): void {
    this.#opened += 1;
    if (this.#mood !== 'well') return;
    for (const { records, durable } of this.#batches.splice(0)) {
      this.#keep(records);
      durable();
    }
  }

  #keep(records: readonly JournalRecord[]): void {
    for (const record of records) this.#records.set(nameOf(record), record);
    this.#forget();
  }

  /** Drops what nobody asks for any more, for a disk has an end. */
  #forget(): void {
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, epochOf(this.#wallMs()));
    for (const [name, record] of this.#records) {
      if ('closesAt' in record && record.closesAt <= this.#forgottenUpTo) this.#records.delete(name);
    }
  }
}

function nameOf(record: JournalRecord): string {
  switch (record.kind) {
    case 'votes':
    case 'versions':
    case 'life':
      return record.kind;
    case 'spend':
      return `spend\n${record.limit}\n${record.windowId}\n${record.key}`;
    case 'gift':
      return `gift\n${record.limit}\n${record.windowId}\n${record.key}\n${record.recipient}`;
  }
}

function recoveryOf(ledger: LedgerId, kept: Iterable<JournalRecord>, forgottenUpTo: number): Recovery {
  const records = [...kept];
  return {
    ledger,
    votesUpTo: records.find((record) => record.kind === 'votes')?.upTo ?? 0,
    spent: records.filter((record) => record.kind === 'spend'),
    gifts: records.filter((record) => record.kind === 'gift'),
    versions: records.find((record) => record.kind === 'versions')?.versions ?? [],
    life: records.find((record) => record.kind === 'life'),
    forgottenUpTo,
  };
}
