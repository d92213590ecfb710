/** What a journal did since it was opened, and how it is. Totals only grow. */
export type JournalCounters = {
  readonly bytesWritten: number;
  readonly commits: number;
  /** Milliseconds from a commit's first write to the end of its flush. */
  readonly commitMsLast: number;
  readonly commitMsMax: number;
  readonly compactions: number;
  /** Failures of the disk, by the system's name for them (`ENOSPC`, …). */
  readonly errors: Readonly<Record<string, number>>;
  /** Frames that were torn or damaged when the journal was opened. */
  readonly framesBad: number;
  readonly fileBytes: number;
  readonly recordsLive: number;
  /** Records that are not on disk yet. */
  readonly recordsWaiting: number;
};

/** Counts what one journal does. */
export class Tally {
  compactions = 0;
  framesBad = 0;
  fileBytes = 0;
  #bytesWritten = 0;
  #commits = 0;
  #commitMsLast = 0;
  #commitMsMax = 0;

  /** Bytes that are on disk now. */
  wrote(bytes: number): void {
    this.#bytesWritten += bytes;
  }

  /** One commit that succeeded. */
  committed(milliseconds: number): void {
    this.#commits += 1;
    this.#commitMsLast = milliseconds;
    this.#commitMsMax = Math.max(this.#commitMsMax, milliseconds);
  }

  /** The counts as they are now; a copy that does not change. */
  read(): Omit<JournalCounters, 'errors' | 'recordsLive' | 'recordsWaiting'> {
    return {
      bytesWritten: this.#bytesWritten,
      commits: this.#commits,
      commitMsLast: this.#commitMsLast,
      commitMsMax: this.#commitMsMax,
      compactions: this.compactions,
      framesBad: this.framesBad,
      fileBytes: this.fileBytes,
    };
  }
}
