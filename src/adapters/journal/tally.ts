import type { JournalCounters } from '../../ports.ts';

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
