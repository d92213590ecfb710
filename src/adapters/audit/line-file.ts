import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../ports.ts';
import { FILE_BYTES_MAX, FULL_FILES_KEPT } from './bounds.ts';

export type LineFileOptions = {
  readonly directory: string;
  /** The file is `NAME.jsonl`; full ones are `NAME.1.jsonl`, the newest, and so on. */
  readonly name: string;
  /** Whether full files are set aside; otherwise the file is whoever fills it to keep small. */
  readonly rotates: boolean;
  readonly log: Log;
  readonly bytesMax?: number;
};

/**
 * Values as lines of JSON in a file that only this user may read. Each is on disk when its call resolves; when a write fails, what it
 * left is overwritten by the next. A last line that is not whole, as a crash leaves it, is cut off; others that cannot be read are skipped.
 */
export class LineFile {
  readonly durable = true;
  readonly #options: LineFileOptions;
  readonly #bytesMax: number;
  #handle: FileHandle | undefined;
  /** Bytes that are whole and on disk. */
  #size = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: LineFileOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? FILE_BYTES_MAX;
  }

  /** Opens the file, made where there is none, with what is in it and in those that are full, oldest first. Rejects with Node's errors. */
  static async open(options: LineFileOptions): Promise<{ store: LineFile; found: readonly unknown[] }> {
    const store = new LineFile(options);
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const found: unknown[] = [];
    for (let age = FULL_FILES_KEPT; age >= 1 && options.rotates; age -= 1)
      found.push(...store.#read(await bytesOf(store.#path(age))).values);
    const { values, bytes } = store.#read(await bytesOf(store.#path()));
    store.#size = bytes;
    await store.#opened();
    await store.#syncDirectory();
    return { store, found: [...found, ...values] };
  }

  append(value: unknown): Promise<void> {
    return this.#inTurn(async () => {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      if (this.#options.rotates && this.#size > 0 && this.#size + line.length > this.#bytesMax)
        await this.#rotate();
      const handle = await this.#opened();
      await write(handle, line, this.#size);
      await handle.datasync();
      this.#size += line.length;
    });
  }

  replace(values: readonly unknown[]): Promise<void> {
    return this.#inTurn(async () => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      const next = `${this.#path()}.new`;
      const handle = await open(next, 'w', 0o600);
      try {
        await write(handle, bytes, 0);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await this.#close();
      await rename(next, this.#path());
      this.#size = bytes.length;
      await this.#syncDirectory();
    });
  }

  /** Resolves when nothing is under way and nothing is left open. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  async #rotate(): Promise<void> {
    await this.#close();
    await rm(this.#path(FULL_FILES_KEPT), { force: true });
    for (let age = FULL_FILES_KEPT - 1; age >= 0; age -= 1) await moved(this.#path(age), this.#path(age + 1));
    this.#size = 0;
    await this.#opened();
    await this.#syncDirectory();
  }

  /** The file, cut to what is whole in it: a write that failed may have left something behind. */
  async #opened(): Promise<FileHandle> {
    if (this.#handle === undefined) {
      const handle = await open(this.#path(), 'a+', 0o600);
      await handle.close();
      this.#handle = await open(this.#path(), 'r+');
    }
    await this.#handle.truncate(this.#size);
    return this.#handle;
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #read(bytes: Buffer): { readonly values: unknown[]; readonly bytes: number } {
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
    const values: unknown[] = [];
    let unreadable = whole.length < bytes.length ? 1 : 0;
    for (const line of whole.toString().split('\n').slice(0, -1)) {
      try {
        values.push(JSON.parse(line));
      } catch {
        unreadable += 1;
      }
    }
    const { log, name } = this.#options;
    if (unreadable > 0) log.warn('lines_not_readable', { file: name, lines: unreadable });
    return { values, bytes: whole.length };
  }

  #path(age = 0): string {
    const { directory, name } = this.#options;
    return join(directory, age === 0 ? `${name}.jsonl` : `${name}.${age}.jsonl`);
  }

  async #syncDirectory(): Promise<void> {
    for (const directory of [this.#options.directory, dirname(this.#options.directory)]) {
      const handle = await open(directory, 'r');
      await handle.sync().finally(() => handle.close());
    }
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** Where nothing is to outlive the process: whoever fills it remembers by itself. */
export const forgetfulStore = {
  durable: false,
  append: async (): Promise<void> => {},
  replace: async (): Promise<void> => {},
} as const;

async function write(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  return (await ifThere(readFile(path))) ?? Buffer.alloc(0);
}

async function moved(from: string, to: string): Promise<void> {
  await ifThere(rename(from, to));
}

async function ifThere<Value>(act: Promise<Value>): Promise<Value | undefined> {
  try {
    return await act;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
