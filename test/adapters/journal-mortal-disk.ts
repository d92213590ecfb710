import { type Disk, type DiskFile, machineDisk } from '../../src/adapters/journal/disk.ts';

/**
 * The file system of this machine as one process sees it that can be killed while the test lives on: then what is under way ends, as it
 * does in the kernel, the lock is free, and calls never come back.
 */
export class MortalDisk implements Disk {
  /** Called before every write and flush; what it throws is what the disk reports, and what it returns is waited for. */
  readonly #before: (operation: 'append' | 'sync') => Promise<void> | void;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #open = new Set<DiskFile>();
  #unlock: (() => void) | undefined;
  #isDead = false;

  constructor(before: (operation: 'append' | 'sync') => Promise<void> | void = () => undefined) {
    this.#before = before;
  }

  async kill(): Promise<void> {
    this.#isDead = true;
    await Promise.allSettled(this.#underWay);
    for (const file of this.#open) await file.close();
    this.#unlock?.();
  }

  lock(directory: string): () => void {
    this.#unlock = machineDisk.lock(directory);
    return this.#unlock;
  }

  makeDirectory(directory: string): Promise<void> {
    return this.#call(() => machineDisk.makeDirectory(directory));
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#call(() => machineDisk.list(directory));
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#call(() => machineDisk.read(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => machineDisk.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call(() => machineDisk.remove(path));
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#call(() => machineDisk.syncDirectory(directory));
  }

  async create(path: string): Promise<DiskFile> {
    const file = await this.#call(() => machineDisk.create(path));
    this.#open.add(file);
    return {
      append: (bytes) => this.#call(() => file.append(bytes), 'append'),
      sync: () => this.#call(() => file.sync(), 'sync'),
      close: () => {
        this.#open.delete(file);
        return this.#call(() => file.close());
      },
    };
  }

  async #call<T>(act: () => Promise<T>, operation?: 'append' | 'sync'): Promise<T> {
    if (!this.#isDead && operation !== undefined) await this.#before(operation);
    if (this.#isDead) return await new Promise<never>(() => {});
    const call = act();
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
      // The dead do not hear how it ended.
      if (this.#isDead) await new Promise<never>(() => {});
    }
  }
}
