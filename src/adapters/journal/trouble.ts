import type { Log } from '../../ports.ts';

/** The journal cannot be used at all: what it says is for whoever started the process. */
export class JournalError extends Error {
  /** What the command line knows it by, as one of the expected failures. */
  readonly code = 'JOURNAL_UNUSABLE';
  override readonly name = 'JournalError';
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: raise it, or free some space',
  EROFS: 'the file system is read-only: mount it writable; after an error of the disk, check it first',
  EACCES: 'permission is missing: let the user of this process write to the directory',
  EPERM: 'permission is missing: let the user of this process write to the directory',
  EIO: 'the disk reports errors: look at the kernel log, and replace it',
  EMFILE: 'too many open files: raise the limit of open files',
  ENFILE: 'too many open files on this machine: raise its limit',
  ENOENT: 'the directory was removed: restore it',
};

/** What kind of failure an error is, and what can be done about it. */
export function diagnose(error: unknown): { readonly kind: string; readonly advice: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return { kind: code, advice: ADVICE[code] ?? 'look at the error and the kernel log' };
}

/** What fails, and what waits because of it. */
const CONSEQUENCES = {
  commit: 'no more is voted, given or reserved until it works again',
  compaction: 'the journal grows until it can be rewritten',
} as const;

export type Task = keyof typeof CONSEQUENCES;

/** Counts failures, and logs the first of each kind until the task that failed succeeds again. */
export class Trouble {
  readonly #log: Log;
  readonly #directory: string;
  readonly #counts = new Map<string, number>();
  readonly #told: Readonly<Record<Task, Set<string>>> = { commit: new Set(), compaction: new Set() };

  constructor(log: Log, directory: string) {
    this.#log = log;
    this.#directory = directory;
  }

  /** One failure. */
  note(task: Task, error: unknown): void {
    const { kind, advice } = diagnose(error);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.#told[task].has(kind)) return;
    this.#told[task].add(kind);
    const consequence = CONSEQUENCES[task];
    this.#log.error('journal_failing', {
      task,
      kind,
      advice,
      consequence,
      directory: this.#directory,
      error,
    });
  }

  /** The task succeeded. */
  over(task: Task): void {
    if (this.#told[task].size === 0) return;
    this.#log.info('journal_works_again', { task, kinds: [...this.#told[task]], directory: this.#directory });
    this.#told[task].clear();
  }

  /** Failures so far, by kind. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
