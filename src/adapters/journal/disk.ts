import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { lockDirectory } from './lock.ts';

/** One file that is being written. Calls are made one after the other. */
export type DiskFile = {
  /** Writes all of `bytes` at the end, or rejects; what was written then is anybody's guess. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when what was appended survives a power failure. Once it has rejected, the file must not be trusted any more. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

/** What the journal needs of a file system; tests put failures there. Everything rejects with Node's system errors. */
export type Disk = {
  /** Makes a directory, and its parents, so that they survive a power failure. */
  makeDirectory(directory: string): Promise<void>;
  /** Keeps other processes from locking the same directory until the returned function is called or this process ends. */
  lock(directory: string): () => void;
  list(directory: string): Promise<readonly string[]>;
  /** A file's bytes; undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Opens an empty file for writing, whatever was there. */
  create(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; it is fine when there is none. */
  remove(path: string): Promise<void>;
  /** Resolves when renames in the directory survive a power failure. */
  syncDirectory(directory: string): Promise<void>;
};

/** The file system of this machine. What it creates is for this user only: keys may name people. */
export const machineDisk: Disk = {
  async makeDirectory(directory) {
    const first = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    const top = dirname(resolve(first));
    for (let parent = dirname(resolve(directory)); ; parent = dirname(parent)) {
      await syncDirectory(parent);
      if (parent === top) return;
    }
  },
  lock: lockDirectory,
  list: (directory) => readdir(directory),
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  },
  async create(path) {
    const handle = await open(path, 'w', 0o600);
    let size = 0;
    return {
      async append(bytes) {
        for (let written = 0; written < bytes.byteLength; ) {
          const left = bytes.byteLength - written;
          const { bytesWritten } = await handle.write(bytes, written, left, size + written);
          written += bytesWritten;
        }
        size += bytes.byteLength;
      },
      // The size is part of what fdatasync(2) flushes; only times of change are left out.
      sync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  syncDirectory,
};

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
