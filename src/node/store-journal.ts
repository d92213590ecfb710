import type { LedgerId } from '../../crdt/index.ts';
import type {
  GiftRecord,
  JournalRecord,
  LifeRecord,
  Recovery,
  SpendRecord,
  VersionsRecord,
} from '../core/journal.ts';
import { epochOf } from '../core/window.ts';
import type { AlarmClock, Journal } from '../ports.ts';
import { JOURNAL_RETRY_MS, RECORDS_PER_COMMAND_MAX } from './bounds.ts';
import type { RegionStore, StoredRecord } from './region-store.ts';

export type StoreJournalOptions = {
  readonly clock: AlarmClock;
  readonly store: RegionStore;
  readonly turn: number;
  /** Names the ledger when there is none in the store. */
  readonly newLedger: () => LedgerId;
  /** The store says that it is not this node's turn. */
  readonly onRefused: () => void;
};

type Batch = { readonly records: readonly StoredRecord[]; readonly durable: () => void };

/**
 * The journal of a region that several nodes speak for in turns: whoever speaks next carries the same ledger on, exactly as after a crash. It is
 * written under the number of the turn, so what a speaker appends after its turn is refused, and so is never spent, voted or given.
 *
 * It keeps what is live in memory too: should the store forget everything, all of it is written again.
 */
export class StoreJournal implements Journal {
  readonly #options: StoreJournalOptions;
  readonly #live = new Map<string, StoredRecord>();
  #waiting: Batch[] = [];
  #isWriting = false;
  #isStopped = false;
  #turn: number;
  #sequence = 0;
  #sweptEpoch = 0;
  #ledger: LedgerId;
  readonly #idle: (() => void)[] = [];

  constructor(options: StoreJournalOptions) {
    this.#options = options;
    this.#turn = options.turn;
    this.#ledger = options.newLedger();
  }

  get ledger(): LedgerId {
    return this.#ledger;
  }

  /** Resolves with the books of the turns before; undefined when there are none, or a new ledger is to begin. Rejects when the store is silent. */
  async open(): Promise<Recovery | undefined> {
    const records = await new Promise<readonly StoredRecord[] | undefined>((answered) =>
      this.#options.store.load(this.#turn, answered),
    );
    if (records === undefined) throw new Error('the store did not tell its journal');
    const recovery = recoveryOf(records);
    if (recovery !== undefined) {
      this.#ledger = recovery.ledger;
      for (const record of records) this.#live.set(record.name, record);
      return recovery;
    }
    // What another ledger was allowed to claim says nothing of this one; the rest of what is left of it can only deny.
    const nobody = { name: 'life', value: null, closesAt: undefined };
    this.#write([nobody, { name: LEDGER, value: this.#ledger, closesAt: undefined }], () => {});
    return undefined;
  }

  /** Begins the books of a store that has none. */
  async begin(): Promise<undefined> {
    this.#write([{ name: LEDGER, value: this.#ledger, closesAt: undefined }], () => {});
  }

  append(records: readonly JournalRecord[], durable: () => void): void {
    if (this.#isStopped) return;
    this.#write(records.map(stored), durable);
  }

  /** The store has begun anew, under another turn of the same speaker: it is told everything again. */
  beginAnew(turn: number): void {
    this.#turn = turn;
    this.#sequence = 0;
    const waiting = this.#waiting;
    this.#sweep(true);
    // The name of the ledger comes last: books without it are not whole, and nobody goes by them.
    const ledger = this.#live.get(LEDGER);
    const others = [...this.#live.values()].filter((record) => record !== ledger);
    const whole = chunked(ledger === undefined ? others : [...others, ledger]);
    this.#waiting = whole.map((records) => ({ records, durable: () => {} }));
    this.#waiting.push(...waiting);
    this.#pump();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    if (!this.#isWriting && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #write(records: readonly StoredRecord[], durable: () => void): void {
    for (const record of records) this.#live.set(record.name, record);
    this.#waiting.push({ records, durable });
    this.#sweep(false);
    this.#pump();
  }

  #pump(): void {
    if (this.#isWriting || this.#waiting.length === 0) return;
    const { store, clock, onRefused } = this.#options;
    const batches: Batch[] = [];
    let count = 0;
    while (count < RECORDS_PER_COMMAND_MAX) {
      const batch = this.#waiting.shift();
      if (batch === undefined) break;
      batches.push(batch);
      count += batch.records.length;
    }
    this.#isWriting = true;
    this.#sequence += 1;
    const turn = this.#turn;
    const records = batches.flatMap((batch) => batch.records);
    store.append({ turn, sequence: this.#sequence }, records, (outcome) => {
      this.#isWriting = false;
      if (outcome === 'done') for (const { durable } of batches) durable();
      // What was written may be written again: of one name the newest stands, and none ever shrinks.
      else this.#waiting.unshift(...batches);
      if (outcome === 'refused' && turn === this.#turn) onRefused();
      if (this.#isStopped) this.#end();
      else if (outcome === 'done') this.#pump();
      else clock.after(JOURNAL_RETRY_MS, () => this.#pump());
    });
  }

  #end(): void {
    this.#waiting = [];
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Forgets what nobody asks for any more. */
  #sweep(now: boolean): void {
    const epoch = epochOf(this.#options.clock.now().wallMs);
    if (!now && epoch < this.#sweptEpoch + SWEEP_EVERY_EPOCHS) return;
    this.#sweptEpoch = epoch;
    for (const [name, { closesAt }] of this.#live)
      if (closesAt !== undefined && closesAt <= epoch) this.#live.delete(name);
  }
}

const SWEEP_EVERY_EPOCHS = 5;

const LEDGER = 'ledger';

/** One name for each fact, so that what is newer replaces it. */
function stored(record: JournalRecord): StoredRecord {
  switch (record.kind) {
    case 'spend': {
      const name = `spend\n${record.limit}\n${record.windowId}\n${record.key}`;
      return { name, value: record, closesAt: record.closesAt };
    }
    case 'gift': {
      const name = `gift\n${record.limit}\n${record.windowId}\n${record.recipient}\n${record.key}`;
      return { name, value: record, closesAt: record.closesAt };
    }
    default:
      return { name: record.kind, value: record, closesAt: undefined };
  }
}

/** What the records of earlier turns come to; undefined where they name no ledger. */
function recoveryOf(records: readonly StoredRecord[]): Recovery | undefined {
  const ledger = records.find(({ name }) => name === LEDGER)?.value;
  if (typeof ledger !== 'string') return undefined;
  const spent: SpendRecord[] = [];
  const gifts: GiftRecord[] = [];
  let votesUpTo = 0;
  let versions: VersionsRecord['versions'] = [];
  let life: LifeRecord | undefined;
  for (const { name, value } of records) {
    if (name === LEDGER || value === null) continue;
    const record = value as JournalRecord;
    if (record.kind === 'spend') spent.push(record);
    else if (record.kind === 'gift') gifts.push(record);
    else if (record.kind === 'votes') votesUpTo = record.upTo;
    else if (record.kind === 'versions') versions = record.versions;
    else life = record;
  }
  return { ledger, votesUpTo, spent, gifts, versions, life, forgottenUpTo: 0 };
}

function chunked(records: readonly StoredRecord[]): StoredRecord[][] {
  const chunks: StoredRecord[][] = [];
  for (let first = 0; first < records.length; first += RECORDS_PER_COMMAND_MAX)
    chunks.push(records.slice(first, first + RECORDS_PER_COMMAND_MAX));
  return chunks;
}
