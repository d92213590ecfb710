import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from './trouble.ts';

const SQLITE_BUSY = 5;

/**
 * Locks a directory for this process; the returned function unlocks it. Throws a `JournalError` when another process has it.
 *
 * Node has no file locks of its own, but the SQLite in it holds a kernel's advisory lock (fcntl) on an empty file: the kernel drops it
 * with the process, however that dies, keeps it while the process is only paused, and shows it to every container that shares the
 * directory. proper-lockfile judges by a time of change instead: after a crash it refuses for seconds, and a paused process loses its
 * lock. An abstract socket exists on Linux only, and another container does not see it.
 */
export function lockDirectory(directory: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw isBusy(error) ? heldByAnother(directory, error) : notLockable(directory, error);
  }
  const held = database;
  return () => {
    if (held.isOpen) held.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function heldByAnother(directory: string, cause: unknown): JournalError {
  return new JournalError(
    `another process uses the journal in ${directory}: stop it, or give this one a directory of its own`,
    { cause },
  );
}

function notLockable(directory: string, cause: unknown): JournalError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JournalError(
    `cannot lock the journal in ${directory} (${reason}): it must be on a writable file system that supports locks`,
    { cause },
  );
}
