import { setTimeout as pause } from 'node:timers/promises';
import type { LedgerId, RegionId } from '../../../crdt/index.ts';
import type { JournalRecord, Recovery } from '../../core/journal.ts';
import { invariant } from '../../invariant.ts';
import type { Clock, Journal, JournalCounters, Log } from '../../ports.ts';
import { DEFAULT_TUNING, type JournalTuning } from './bounds.ts';
import { type Disk, machineDisk } from './disk.ts';
import { type Found, findBooks, setAside } from './find-books.ts';
import { GroupCommit } from './group-commit.ts';
import { LiveRecords } from './live-records.ts';
import { isJournalRecord } from './payload.ts';
import { Store, type StoreOptions } from './store.ts';
import { Tally } from './tally.ts';
import { diagnose, JournalError, Trouble } from './trouble.ts';

export type FileJournalOptions = {
  /** A directory of this region alone; it is made when it is not there. */
  readonly directory: string;
  readonly region: RegionId;
  readonly environment: string;
  /** Names new books; called when there are none to carry on. */
  readonly ledger: () => LedgerId;
  readonly clock: Clock;
  readonly log: Log;
  /** The file system of this machine, unless told otherwise. */
  readonly disk?: Disk;
  readonly tuning?: Partial<JournalTuning>;
};

/** What an open journal works with. */
type Opened = {
  readonly ledger: LedgerId;
  readonly found: Found['kind'];
  readonly live: LiveRecords;
  readonly store: Store;
  readonly commits: GroupCommit;
  readonly unlock: () => void;
};

/**
 * A journal in a file.
 *
 * `open` rejects with a `JournalError` when another process has the directory, or when it cannot be written: books that cannot be kept
 * must not be opened. What it resolves with is on disk, flushed again by this process, since an earlier one may have died before its
 * own flush was through. Failures after that are logged, tried again, and heal by themselves; nothing is acknowledged meanwhile.
 * `open` and `stop` are called at most once, `append` in between; after `stop` nothing is taken any more.
 */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #tuning: JournalTuning;
  readonly #tally = new Tally();
  readonly #trouble: Trouble;
  #opened: Opened | undefined;

  constructor(options: FileJournalOptions) {
    this.#options = options;
    this.#tuning = { ...DEFAULT_TUNING, ...options.tuning };
    this.#trouble = new Trouble(options.log, options.directory);
  }

  async open(): Promise<Recovery | undefined> {
    const { directory, disk = machineDisk } = this.#options;
    invariant(this.#opened === undefined, 'a journal is opened once');
    let unlock: (() => void) | undefined;
    try {
      await disk.makeDirectory(directory);
      unlock = disk.lock(directory);
      this.#opened = await this.#takeUp(disk, unlock);
    } catch (error) {
      unlock?.();
      throw error instanceof JournalError ? error : unusable(directory, error);
    }
    const { found, live, ledger } = this.#opened;
    return found === 'books' ? live.recovery(ledger) : undefined;
  }

  append(records: readonly JournalRecord[], durable: () => void): void {
    const { live, commits } = this.#afterOpen();
    for (const record of records) {
      invariant(isJournalRecord(record), `a ${record.kind} record can be read again`);
      live.put(record);
    }
    commits.wait(live.position, durable);
  }

  async stop(): Promise<void> {
    if (this.#opened === undefined) return;
    const { commits, store, unlock } = this.#opened;
    const { directory, log } = this.#options;
    const given = new AbortController();
    const isOver = pause(this.#tuning.stopWithinMs, 'late' as const, { signal: given.signal }).catch(
      () => undefined,
    );
    const ending = await Promise.race([commits.stop().then(() => store.close()), isOver]);
    given.abort();
    if (commits.waiting > 0)
      log.error('journal_stopped_incomplete', { directory, appendsLost: commits.waiting });
    // A disk that has not answered may still write: then the lock ends with the process.
    if (ending !== 'late') unlock();
  }

  /** The life whose books these are, carried on or new. Known once `open` has resolved. */
  get ledger(): LedgerId {
    return this.#afterOpen().ledger;
  }

  /**
   * What `open` came upon. Only after `nothing` may anybody believe an operator who says that this member never lived before:
   * `untrusted` is the trace of a life.
   */
  get found(): Found['kind'] {
    return this.#afterOpen().found;
  }

  /**
   * The latest epoch by which this journal has dropped what had closed. When it is ahead of the clock, that clock was set back, and
   * windows that close up to there may be open again although their records are gone.
   */
  get forgottenUpTo(): number {
    return this.#afterOpen().live.forgottenUpTo;
  }

  /** What the journal did so far, for metrics. */
  counters(): JournalCounters {
    const live = this.#opened?.live;
    return {
      ...this.#tally.read(),
      errors: this.#trouble.counts(),
      recordsLive: live?.size ?? 0,
      recordsWaiting: live?.waiting ?? 0,
    };
  }

  async #takeUp(disk: Disk, unlock: () => void): Promise<Opened> {
    const { directory, region, environment, clock, log } = this.#options;
    const found = await findBooks(disk, directory, { region, environment });
    if (found.kind === 'untrusted') {
      this.#tally.framesBad += 1;
      log.error('journal_not_trusted', { directory, why: found.why });
      await setAside(disk, directory, new Date(clock.now().wallMs), log);
    }
    const isKnown = found.kind === 'books';
    const ledger = isKnown ? found.header.ledger : this.#options.ledger();
    const live = new LiveRecords(isKnown ? found.header.forgottenUpTo : 0);
    if (isKnown) for (const record of found.records) live.restore(record);
    const store = this.#storeOf(disk, { region, environment, ledger }, live);
    await store.startOver();
    if (isKnown) {
      const { tornBytes, unfinished } = found;
      if (tornBytes > 0) this.#tally.framesBad += 1;
      log.info('journal_recovered', { directory, ledger, records: live.size, tornBytes, unfinished });
    } else log.info('journal_created', { directory, ledger });
    return { ledger, found: found.kind, live, store, commits: this.#commitsTo(store), unlock };
  }

  #storeOf(disk: Disk, identity: StoreOptions['identity'], live: LiveRecords): Store {
    const { directory, clock, log } = this.#options;
    const { compactBytesMin } = this.#tuning;
    const counting = { tally: this.#tally, trouble: this.#trouble };
    return new Store({ disk, directory, identity, live, clock, log, compactBytesMin, ...counting });
  }

  #commitsTo(store: Store): GroupCommit {
    return new GroupCommit({
      clock: this.#options.clock,
      retryMsMin: this.#tuning.retryMsMin,
      commit: () => store.commit(),
      succeeded: (milliseconds) => {
        this.#tally.committed(milliseconds);
        this.#trouble.over('commit');
      },
      failed: (error) => this.#trouble.note('commit', error),
    });
  }

  #afterOpen(): Opened {
    invariant(this.#opened !== undefined, 'a journal is used after it was opened');
    return this.#opened;
  }
}

function unusable(directory: string, cause: unknown): JournalError {
  const { kind, advice } = diagnose(cause);
  return new JournalError(`cannot keep a journal in ${directory} (${kind}): ${advice}`, { cause });
}
