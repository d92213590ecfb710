import type { LedgerId } from '../../crdt/index.ts';
import type { JournalTuning } from '../../src/adapters/journal/bounds.ts';
import type { Disk } from '../../src/adapters/journal/disk.ts';
import { FileJournal } from '../../src/adapters/journal/file-journal.ts';
import type { GiftRecord, JournalRecord, SpendRecord } from '../../src/core/journal.ts';
import type { Clock, Journal, Log } from '../../src/ports.ts';
import { eventually } from '../eventually.ts';

/** One second after which nothing in these tests has closed, unless it says so. */
export const EPOCH = 1_800_000_000;

export const LEDGER: LedgerId = '00000000000000aa';

/** What a journal said in its log. */
export type Line = {
  readonly severity: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

function logInto(lines: Line[]): Log {
  const at =
    (severity: Line['severity']) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void lines.push({ severity, event, fields });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** A wall clock that stands where it is put, and a monotonic one that hurries, so that no commit waits for the next interval. */
export class TestClock implements Clock {
  epoch = EPOCH;
  #monoMs = 0;

  now() {
    this.#monoMs += 100;
    return { wallMs: this.epoch * 1_000, monoMs: this.#monoMs };
  }

  every() {
    return () => undefined;
  }

  soon(task: () => void) {
    setImmediate(task);
  }
}

export type FixtureOptions = {
  readonly directory?: string;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly lines?: Line[];
  readonly ledger?: LedgerId;
  readonly region?: string;
  readonly environment?: string;
  readonly tuning?: Partial<JournalTuning>;
};

/** A journal, not opened; quick to try again, and otherwise as the daemon has it. */
export function journalOf(options: FixtureOptions): FileJournal {
  const { disk, lines = [], ledger = LEDGER } = options;
  return new FileJournal({
    directory: options.directory ?? '/data/us-east',
    region: options.region ?? 'us-east',
    environment: options.environment ?? 'test',
    ledger: () => ledger,
    clock: options.clock ?? new TestClock(),
    log: logInto(lines),
    tuning: { retryMsMin: 1, stopWithinMs: 2_000, ...options.tuning },
    ...(disk === undefined ? {} : { disk }),
  });
}

export function spend(key: string, permits: number, changes: Partial<SpendRecord> = {}): SpendRecord {
  return {
    kind: 'spend',
    limit: 'per-user',
    windowId: 7,
    key,
    closesAt: EPOCH + 60,
    permits,
    ...changes,
  };
}

export function gift(key: string, total: number, changes: Partial<GiftRecord> = {}): GiftRecord {
  const recipient = 'eu-west@00000000000000ff' as const;
  return {
    kind: 'gift',
    limit: 'per-user',
    windowId: 7,
    key,
    closesAt: EPOCH + 60,
    recipient,
    total,
    ...changes,
  };
}

/** Appends, and resolves when that is durable. */
export function appended(journal: Journal, ...records: JournalRecord[]): Promise<void> {
  return new Promise((resolve) => journal.append(records, resolve));
}

/** Waits for what the journal does in turns of the event loop. */
export function soon<T>(condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  return eventually(condition, { everyMs: 1 });
}

/** Lets the event loop turn. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
