/** Every hard cap of the journal, with its unit and its reason. */
import { invariant } from '../../invariant.ts';

/** Least milliseconds between the starts of two commits: what is appended meanwhile shares one flush of the disk. */
export const COMMIT_INTERVAL_MS = 10;

/** Records in one frame: packing that many takes about 2 ms, and nothing else is done meanwhile. */
export const FRAME_RECORDS_MAX = 4_096;

/** Estimated bytes of records in one frame, for the same reason: the record that reaches it is the last. */
export const FRAME_RECORD_BYTES_MAX = 256 * 1024;

/** Largest payload of a frame in bytes: far beyond a full one, for one record of many large versions. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** A file smaller than this, in bytes, is not worth rewriting: it is read in a fraction of a second. */
const COMPACT_BYTES_MIN = 8 * 1024 * 1024;

/** A file is rewritten once it is this many times as large as what is alive in it. */
export const COMPACT_RATIO = 4;

/** Milliseconds until a rewriting that failed is tried again, while the file in use still takes records. */
export const COMPACT_RETRY_MS = 60_000;

/** Milliseconds until the first try after a failed commit; it doubles with every further failure. */
const RETRY_MS_MIN = 100;

/** Longest time in milliseconds between two tries: how late the return of a disk is noticed. */
export const RETRY_MS_MAX = 5_000;

/** Milliseconds that stopping waits for a disk that does not answer. */
const STOP_WITHIN_MS = 5_000;

/** What tests make smaller, so that they need not wait. */
export type JournalTuning = {
  readonly compactBytesMin: number;
  readonly retryMsMin: number;
  readonly stopWithinMs: number;
};

/** How a journal behaves unless told otherwise. */
export const DEFAULT_TUNING: JournalTuning = {
  compactBytesMin: COMPACT_BYTES_MIN,
  retryMsMin: RETRY_MS_MIN,
  stopWithinMs: STOP_WITHIN_MS,
};

/** Files that were set aside and are kept, the newest ones: they are for people to look at, and must not fill the disk. */
export const BAD_FILES_KEPT = 3;

invariant(4 * FRAME_RECORD_BYTES_MAX <= FRAME_BYTES_MAX, 'a frame has room for more than the estimate');
invariant(RETRY_MS_MIN <= RETRY_MS_MAX, 'waiting grows');
