import { join } from 'node:path';
import { EPOCH_MS } from '../../bounds.ts';
import type { Clock, Log } from '../../ports.ts';
import { BookFile } from './book-file.ts';
import { COMPACT_RATIO, COMPACT_RETRY_MS } from './bounds.ts';
import { BackgroundCopy, copyInto, framesOf } from './copy.ts';
import type { Disk } from './disk.ts';
import { BOOKS, BOOKS_TO_BE } from './find-books.ts';
import type { Batch, LiveRecords } from './live-records.ts';
import type { Header } from './payload.ts';
import type { Tally } from './tally.ts';
import type { Trouble } from './trouble.ts';

export type StoreOptions = {
  readonly disk: Disk;
  readonly directory: string;
  readonly identity: Omit<Header, 'forgottenUpTo'>;
  readonly live: LiveRecords;
  readonly clock: Clock;
  readonly log: Log;
  readonly tally: Tally;
  readonly trouble: Trouble;
  /** Bytes below which a file is not rewritten. */
  readonly compactBytesMin: number;
};

/**
 * Gets records onto the disk, one commit after the other.
 *
 * A file to which a write or a flush has failed is never written to again: the kernel may have dropped what it could not write and
 * call the next flush a success (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). All there is goes
 * from memory into a new file, and nothing counts as committed until that one is in place.
 */
export class Store {
  readonly #options: StoreOptions;
  /** The books in use; undefined as long as they cannot be trusted with more. */
  #books: BookFile | undefined;
  #copy: BackgroundCopy | undefined;
  #compactFromMs = Number.NEGATIVE_INFINITY;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Commits all that waits; resolves with the position in `live` up to which all is safe then. Rejects when nothing became safe. */
  async commit(): Promise<number> {
    if (this.#books === undefined) return await this.startOver();
    await this.#finishCopy();
    if (this.#books === undefined) return await this.startOver();
    const batch = this.#options.live.take();
    if (batch.records.size > 0) await this.#write(this.#books, batch);
    await this.#compactWhenDue();
    return batch.upTo;
  }

  /** Writes everything into new books and puts them in place; resolves with the position in `live` up to which all is safe then. */
  async startOver(): Promise<number> {
    const { live } = this.#options;
    await this.#distrust();
    const file = await this.#begin();
    const { upTo } = live.take();
    try {
      await copyInto(file, live.all());
      await file.install(BOOKS);
    } catch (error) {
      await file.discard();
      throw error;
    }
    this.#use(file);
    return upTo;
  }

  /** Lets go of everything; what was committed is on disk. */
  async close(): Promise<void> {
    await this.#distrust();
  }

  async #write(books: BookFile, { records }: Batch): Promise<void> {
    // Noted before it is known whether they arrive: the copy must not miss one that does.
    for (const [entry, record] of records) this.#copy?.behind.set(entry, record);
    const before = books.bytes;
    const frames = [...framesOf(records.values())];
    try {
      for (const [at, frame] of frames.entries()) {
        await books.append(frame, at < frames.length - 1);
        await books.sync();
      }
    } catch (error) {
      await this.#distrust();
      throw error;
    }
    this.#options.tally.wrote(books.bytes - before);
    this.#options.tally.fileBytes = books.bytes;
  }

  async #compactWhenDue(): Promise<void> {
    const { live, clock, compactBytesMin } = this.#options;
    if (this.#books === undefined || this.#copy !== undefined) return;
    live.forget(this.#epoch());
    if (this.#books.bytes < Math.max(compactBytesMin, COMPACT_RATIO * live.bytes)) return;
    if (clock.now().monoMs < this.#compactFromMs) return;
    try {
      this.#copy = new BackgroundCopy(await this.#begin(), live.all());
    } catch (error) {
      this.#compactLater(error);
    }
  }

  /** Puts a complete copy in the place of the books in use. When that fails halfway, neither can be trusted. */
  async #finishCopy(): Promise<void> {
    const copy = this.#copy;
    if (copy === undefined || copy.state === 'copying') return;
    this.#copy = undefined;
    try {
      if (copy.state !== 'complete') throw copy.state.error;
      await copyInto(copy.file, copy.behind.values());
    } catch (error) {
      await copy.abandon();
      this.#compactLater(error);
      return;
    }
    try {
      await copy.file.install(BOOKS);
    } catch (error) {
      await copy.file.discard();
      await this.#distrust();
      throw error;
    }
    const before = this.#books?.bytes ?? 0;
    await this.#books?.close();
    this.#use(copy.file);
    this.#options.tally.compactions += 1;
    this.#options.trouble.over('compaction');
    this.#options.log.info('journal_compacted', { bytesBefore: before, bytes: copy.file.bytes });
  }

  #compactLater(error: unknown): void {
    const { clock, trouble } = this.#options;
    this.#compactFromMs = clock.now().monoMs + COMPACT_RETRY_MS;
    trouble.note('compaction', error);
  }

  async #begin(): Promise<BookFile> {
    const { disk, directory, identity, live } = this.#options;
    live.forget(this.#epoch());
    const header = { ...identity, forgottenUpTo: live.forgottenUpTo };
    return await BookFile.begin(disk, join(directory, BOOKS_TO_BE), header);
  }

  #use(file: BookFile): void {
    this.#books = file;
    this.#options.tally.fileBytes = file.bytes;
    this.#options.tally.wrote(file.bytes);
  }

  async #distrust(): Promise<void> {
    const copy = this.#copy;
    const books = this.#books;
    this.#copy = undefined;
    this.#books = undefined;
    await copy?.abandon();
    await books?.close();
  }

  #epoch(): number {
    return Math.floor(this.#options.clock.now().wallMs / EPOCH_MS);
  }
}
