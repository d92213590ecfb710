import type { Disk, DiskFile } from '../../src/adapters/journal/disk.ts';
import { JournalError } from '../../src/adapters/journal/trouble.ts';

/** Chance in [0, 1), from a property's own seed. */
export type Chance = () => number;

/** What a test may do to an operation on a file, by the number of files made before it: nothing, make it fail, or let it wait. */
export type Interference = (operation: Operation, file: number) => Error | Promise<void> | undefined;
export type Operation =
  | 'append'
  | 'sync'
  | 'create'
  | 'rename'
  | 'remove'
  | 'read'
  | 'list'
  | 'syncDirectory';

type Call = <T>(operation: Operation, act: () => T, file?: number) => Promise<T>;

/** A file as the kernel has it in memory, and as it is on the platter. */
type Inode = { cache: Buffer; platter: Buffer; dropped: { from: number; to: number }[] };

const EMPTY = Buffer.alloc(0);

const SECTOR_BYTES = 512;

/** A system error as Node throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}

/**
 * A disk in memory with one directory, for journals whose processes and machines die. It keeps what the kernel has cached apart from
 * what is on the platter, and treats a failed flush as Linux does: the pages count as clean, and the next flush says that all is well.
 */
export class MemoryDisk {
  interfere: Interference = () => undefined;
  /** Bytes that all files together may have. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Sizes of all appends so far. */
  readonly appended: number[] = [];
  #created = 0;
  #names = new Map<string, Inode>();
  #namesOnPlatter = new Map<string, Inode>();
  #life = 0;
  #lockedBy: number | undefined;

  /** The disk as one process sees it, until it dies: then its calls never come back. */
  process(): Disk {
    const life = this.#life;
    const call: Call = (operation, act, file = this.#created) => this.#call({ life, operation, file }, act);
    return {
      makeDirectory: async () => undefined,
      lock: () => {
        if (this.#lockedBy === life) throw new JournalError('locked');
        this.#lockedBy = life;
        return () => {
          this.#lockedBy = undefined;
        };
      },
      list: () => call('list', () => [...this.#names.keys()].map((path) => path.replace(/.*\//, ''))),
      read: (path) =>
        call('read', () => {
          const inode = this.#names.get(path);
          return inode === undefined ? undefined : Buffer.from(inode.cache);
        }),
      create: (path) => call('create', () => this.#create(path, call)),
      rename: (from, to) => call('rename', () => this.#rename(from, to)),
      remove: (path) => call('remove', () => void this.#names.delete(path)),
      syncDirectory: () =>
        call('syncDirectory', () => {
          this.#namesOnPlatter = new Map(this.#names);
        }),
    };
  }

  /** The process dies, and what the kernel has cached lives on. */
  killProcess(): void {
    this.#life += 1;
  }

  /** The machine loses power: of what was not flushed anything may be left, sector by sector. */
  losePower(chance: Chance): void {
    this.#life += 1;
    if (chance() < 0.5) this.#names = new Map(this.#namesOnPlatter);
    this.#namesOnPlatter = new Map(this.#names);
    for (const inode of new Set(this.#names.values())) {
      inode.platter = leftOver(inode, chance);
      inode.cache = Buffer.from(inode.platter);
      inode.dropped.length = 0;
    }
  }

  /** The bytes of the file with this name, to be damaged; undefined when there is none. */
  bytes(name: string): Buffer | undefined {
    for (const [path, { cache }] of this.#names) if (path.endsWith(`/${name}`)) return cache;
    return undefined;
  }

  names(): readonly string[] {
    return [...this.#names.keys()].map((path) => path.replace(/.*\//, ''));
  }

  async #call<T>(
    { life, operation, file }: { life: number; operation: Operation; file: number },
    act: () => T,
  ): Promise<T> {
    const dead = new Promise<never>(() => {});
    if (life !== this.#life) return await dead;
    const interference = this.interfere(operation, file);
    if (interference instanceof Error) throw interference;
    await interference;
    if (life !== this.#life) return await dead;
    return act();
  }

  #create(path: string, call: Call): DiskFile {
    const file = this.#created;
    this.#created += 1;
    // A file that is there is emptied and stays the same, for whoever still writes to it too.
    const inode: Inode = this.#names.get(path) ?? { cache: EMPTY, platter: EMPTY, dropped: [] };
    Object.assign(inode, { cache: EMPTY, platter: EMPTY, dropped: [] });
    this.#names.set(path, inode);
    return {
      append: async (bytes) => {
        const life = this.#life;
        try {
          await call('append', () => this.#append(inode, bytes), file);
        } catch (error) {
          // A write that fails has often written something.
          if (life === this.#life)
            inode.cache = Buffer.concat([inode.cache, bytes.subarray(0, bytes.length >> 1)]);
          throw error;
        }
      },
      sync: async () => {
        try {
          await call('sync', () => flush(inode), file);
        } catch (error) {
          inode.dropped.push({ from: inode.platter.length, to: inode.cache.length });
          throw error;
        }
      },
      close: async () => undefined,
    };
  }

  #append(inode: Inode, bytes: Uint8Array): void {
    const used = [...new Set(this.#names.values())].reduce((sum, { cache }) => sum + cache.length, 0);
    if (used + bytes.length > this.capacityBytes) throw systemError('ENOSPC');
    this.appended.push(bytes.length);
    inode.cache = Buffer.concat([inode.cache, bytes]);
  }

  #rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (inode === undefined) throw systemError('ENOENT');
    this.#names.delete(from);
    this.#names.set(to, inode);
  }
}

/** Writes the cache to the platter, but for what an earlier flush has dropped and counts as clean. */
function flush(inode: Inode): void {
  const platter = Buffer.from(inode.cache);
  inode.platter.copy(platter);
  for (const { from, to } of inode.dropped) platter.fill(0, from, Math.min(to, platter.length));
  inode.platter = platter;
}

/** What is on the platter, and of what was appended since either nothing, a part, or some sectors. */
function leftOver({ cache, platter }: Inode, chance: Chance): Buffer {
  const unflushed = cache.length - platter.length;
  const kind = chance();
  if (unflushed <= 0 || kind < 0.25) return Buffer.from(platter);
  const reached = platter.length + Math.ceil(chance() * unflushed);
  const left = Buffer.from(cache.subarray(0, kind < 0.6 ? reached : cache.length));
  platter.copy(left);
  if (kind < 0.6) return left;
  const first = Math.floor(platter.length / SECTOR_BYTES) * SECTOR_BYTES;
  for (let at = first; at < left.length; at += SECTOR_BYTES) {
    if (chance() < 0.5) left.fill(0, Math.max(at, platter.length), Math.min(at + SECTOR_BYTES, left.length));
  }
  return left;
}
