import type { JournalRecord } from '../../core/journal.ts';
import type { BookFile } from './book-file.ts';
import { FRAME_RECORD_BYTES_MAX, FRAME_RECORDS_MAX } from './bounds.ts';
import { estimatedBytes, type Live } from './live-records.ts';

/** Writes all `records` into `file`, leaving the event loop free between frames. Resolves early once `isAbandoned`. */
export async function copyInto(
  file: BookFile,
  records: Iterable<JournalRecord>,
  isAbandoned: () => boolean = () => false,
): Promise<void> {
  for (const frame of framesOf(records)) {
    if (isAbandoned()) return;
    await file.append(frame);
  }
}

/** A copy of the books that is made beside the ones in use, to take their place. */
export class BackgroundCopy {
  readonly file: BookFile;
  /** What was committed to the books in use meanwhile: the copy may have passed it already. */
  readonly behind = new Map<Live, JournalRecord>();
  readonly #done: Promise<void>;
  #abandoned = false;
  #state: 'copying' | 'complete' | { readonly error: unknown } = 'copying';

  constructor(file: BookFile, records: Iterable<JournalRecord>) {
    this.file = file;
    this.#done = this.#copy(records).then(
      () => {
        this.#state = 'complete';
      },
      (error: unknown) => {
        this.#state = { error };
      },
    );
  }

  /** Whether it is complete but for what is `behind`; an object with the error when it failed. */
  get state(): 'copying' | 'complete' | { readonly error: unknown } {
    return this.#state;
  }

  /** Stops copying and removes the file; resolves when nothing writes to it any more. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.#done;
    await this.file.discard();
  }

  async #copy(records: Iterable<JournalRecord>): Promise<void> {
    await copyInto(this.file, records, () => this.#abandoned);
    // Flushed here, so that taking the place of the other books waits for little more than what is behind.
    if (!this.#abandoned) await this.file.sync();
  }
}

/** Records of about as many bytes as a frame may hold, taken off `records` so lazily that each part shows what is newest by then. */
export function* framesOf(records: Iterable<JournalRecord>): Generator<readonly JournalRecord[]> {
  let frame: JournalRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    frame.push(record);
    bytes += estimatedBytes(record);
    if (frame.length < FRAME_RECORDS_MAX && bytes < FRAME_RECORD_BYTES_MAX) continue;
    yield frame;
    frame = [];
    bytes = 0;
  }
  if (frame.length > 0) yield frame;
}
