import { dirname, join } from 'node:path';
import type { JournalRecord } from '../../core/journal.ts';
import type { Disk, DiskFile } from './disk.ts';
import { frameOf } from './frame.ts';
import { type Header, packHeader, packRecords } from './payload.ts';

/** One file of books, written from its header on. Calls are made one after the other. */
export class BookFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #file: DiskFile;
  #bytes = 0;

  private constructor(disk: Disk, path: string, file: DiskFile) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
  }

  /** Begins a file at `path`, in the place of whatever was there. */
  static async begin(disk: Disk, path: string, header: Header): Promise<BookFile> {
    const file = new BookFile(disk, path, await disk.create(path));
    try {
      await file.#write(packHeader(header));
      return file;
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes one frame; when `isUnfinished`, its records count only together with those of the next one. */
  append(records: readonly JournalRecord[], isUnfinished = false): Promise<void> {
    return this.#write(packRecords({ records, isUnfinished }));
  }

  /** Resolves when all frames are safe from a crash of the machine. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** Flushes the file and gives it its final name, in one step that a crash cannot split. */
  async install(name: string): Promise<void> {
    await this.#file.sync();
    const directory = dirname(this.#path);
    await this.#disk.rename(this.#path, join(directory, name));
    await this.#disk.syncDirectory(directory);
  }

  /** Lets go of the file; what is on disk stays. Never rejects: nothing rests on how a close ends. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  /** Lets go of the file and removes it. Never rejects: the next one is begun in its place. */
  async discard(): Promise<void> {
    await this.close();
    await this.#disk.remove(this.#path).catch(() => undefined);
  }

  async #write(payload: Uint8Array): Promise<void> {
    const frame = frameOf(payload);
    await this.#file.append(frame);
    this.#bytes += frame.byteLength;
  }
}
