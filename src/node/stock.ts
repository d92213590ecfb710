import { EPOCH_MS } from '../bounds.ts';
import { type BlockName, type BlockWish, isCutIntoBlocks, type Outlook } from '../core/block.ts';
import type { Instant } from '../core/instant.ts';
import type { Limit } from '../core/limit.ts';
import { Matcher } from '../core/match.ts';
import { BLOCKS_MAX, IDLE_MS, NODE_TICK_MS } from './bounds.ts';
import { foldRate, type Held, newHeld, wishOf } from './held.ts';
import type { Block } from './region-store.ts';

/** What a node holds under one limit, in the window that is current by its own clock. */
export type Shelf = {
  readonly limit: Limit;
  /** Whether permits of it can be held at all; what cannot is asked of the speaker. */
  readonly isCut: boolean;
  windowId: number;
  readonly blocks: Map<string, Held>;
};

/**
 * The blocks that a node holds: permits that its region has spent already, and that nobody but this node can admit. A block is good for the
 * window it was spent in, while that is current by this node's clock; so whoever else believes what, no permit is admitted twice or in
 * another window.
 */
export class Stock {
  #shelves = new Map<string, Shelf>();
  #matcher = new Matcher<Shelf>([]);
  /** Those that were touched lately. */
  readonly #live = new Set<Held>();
  /** Those about which the speaker may have to be asked. */
  readonly #wanting = new Set<Held>();
  /** Those that requests wait for. */
  readonly #lacking = new Set<Held>();
  readonly #leftovers: Block[] = [];
  #wallMs = Number.NEGATIVE_INFINITY;
  #epoch = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** Wall time as far as it has come. */
  get wallMs(): number {
    return this.#wallMs;
  }

  get matcher(): Matcher<Shelf> {
    return this.#matcher;
  }

  get shelves(): Iterable<Shelf> {
    return this.#shelves.values();
  }

  /** Keys of which something is held or known. */
  get size(): number {
    return this.#count;
  }

  /** Takes these limits for those in force; what is held under one that goes on is kept. */
  setLimits(limits: Iterable<Limit>, at: Instant): void {
    this.advance(at);
    const before = this.#shelves;
    this.#shelves = new Map();
    for (const limit of limits) {
      const kept = before.get(limit.id);
      const blocks = kept?.blocks ?? new Map<string, Held>();
      const windowId = limit.windows.idAt(this.#wallMs);
      this.#shelves.set(limit.id, { limit, isCut: isCutIntoBlocks(limit), windowId, blocks });
      before.delete(limit.id);
    }
    for (const shelf of before.values()) this.#clear(shelf);
    this.#matcher = new Matcher([...this.#shelves.values()]);
  }

  /** Moves the clock on, never back, and with it the windows: what is left of one that is over is good for nothing here. */
  advance({ wallMs, monoMs }: Instant): void {
    if (wallMs <= this.#wallMs) return;
    this.#wallMs = wallMs;
    const epoch = Math.floor(wallMs / EPOCH_MS);
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const shelf of this.#shelves.values()) {
      const windowId = shelf.limit.windows.idAt(wallMs);
      if (windowId !== shelf.windowId) this.#turn(shelf, windowId, monoMs);
    }
  }

  /** What is held of a key, made known where there is room; undefined where there is none. */
  open(shelf: Shelf, key: string): Held | undefined {
    const known = shelf.blocks.get(key);
    if (known !== undefined) return known;
    if (this.#count >= BLOCKS_MAX) return undefined;
    return this.#add(shelf, newHeld(shelf.limit, shelf.windowId, key));
  }

  /** Notes that a request waits for so many more permits of a key than are in hand; of several, what the first of them lacks counts. */
  lack(held: Held, { missing, needed }: { readonly missing: number; readonly needed: number }): void {
    held.lacking = held.lacking === 0 ? missing : Math.min(held.lacking, missing);
    held.needed += needed;
    this.#lacking.add(held);
    this.#live.add(held);
    this.#wanting.add(held);
  }

  /** Nobody waits for anything any more, as far as is known. */
  forgetLacks(): void {
    for (const held of this.#lacking) {
      held.lacking = 0;
      held.needed = 0;
    }
    this.#lacking.clear();
  }

  /** Notes that a key was asked for. */
  touch(held: Held, permits: number, monoMs: number): void {
    held.offered += permits;
    held.untold += permits;
    held.touchedMonoMs = monoMs;
    this.#live.add(held);
    this.#wanting.add(held);
  }

  /** The blocks that the speaker is to be asked for now, as many as `most`. */
  wishes({ monoMs }: Instant, most: number): BlockWish[] {
    const wishes: BlockWish[] = [];
    for (const held of this.#wanting) {
      if (wishes.length >= most) break;
      const wish = wishOf(held, monoMs);
      if (wish === 'later') continue;
      this.#wanting.delete(held);
      if (wish === undefined) continue;
      wishes.push(wish);
      held.untold = 0;
      held.wishedMonoMs = monoMs;
    }
    return wishes;
  }

  /** Takes in what the speaker says of a key; whether this node holds or wants anything of it. */
  hear(name: BlockName, outlook: Outlook, { monoMs }: Instant): boolean {
    const held = this.#find(name);
    if (held === undefined) return false;
    held.outlook = outlook;
    held.outlookMonoMs = monoMs;
    return true;
  }

  /** The wish for a key has been answered: another may follow. */
  answered(name: BlockName): void {
    const held = this.#find(name);
    if (held === undefined) return;
    held.wishedMonoMs = Number.NEGATIVE_INFINITY;
    this.#wanting.add(held);
  }

  /** Puts permits in hand that were taken out of the pool; what comes too late for its window is to be given back. */
  put(block: Block, { monoMs }: Instant): void {
    const held = this.#find(block);
    if (held === undefined) {
      this.#leave(block);
      return;
    }
    held.permits += block.permits;
    held.touchedMonoMs = Math.max(held.touchedMonoMs, monoMs);
    this.#live.add(held);
  }

  /** Follows the demand, and lets go of what nobody wants any more. */
  tick(at: Instant): void {
    this.advance(at);
    for (const held of this.#live) {
      foldRate(held, NODE_TICK_MS);
      this.#wanting.add(held);
      if (at.monoMs - held.touchedMonoMs < IDLE_MS || held.lacking > 0) continue;
      this.#live.delete(held);
      this.#drop(held);
    }
  }

  /** What is to be given back to the pool, each only once; this node does not hold it any more. */
  leftovers(): Block[] {
    return this.#leftovers.splice(0);
  }

  /** Lets go of everything, to be given back. */
  clear(): void {
    for (const shelf of this.#shelves.values()) this.#clear(shelf);
  }

  #find({ limit, windowId, key }: BlockName): Held | undefined {
    const shelf = this.#shelves.get(limit);
    return shelf?.windowId === windowId ? shelf.blocks.get(key) : undefined;
  }

  #add(shelf: Shelf, held: Held): Held {
    shelf.blocks.set(held.key, held);
    this.#count += 1;
    return held;
  }

  /** Keys that are asked for go on into the next window, with nothing in hand. */
  #turn(shelf: Shelf, windowId: number, monoMs: number): void {
    const before = [...shelf.blocks.values()];
    this.#clear(shelf);
    shelf.windowId = windowId;
    for (const { key, rate, touchedMonoMs, lacking, needed } of before) {
      if (monoMs - touchedMonoMs >= IDLE_MS && lacking === 0) continue;
      const held = this.#add(shelf, newHeld(shelf.limit, windowId, key));
      Object.assign(held, { rate, touchedMonoMs, lacking, needed });
      if (lacking > 0) this.#lacking.add(held);
      this.#live.add(held);
      this.#wanting.add(held);
    }
  }

  #clear(shelf: Shelf): void {
    for (const held of [...shelf.blocks.values()]) this.#drop(held);
  }

  #drop(held: Held): void {
    const shelf = this.#shelves.get(held.limit.id);
    if (shelf?.blocks.get(held.key) === held) shelf.blocks.delete(held.key);
    this.#count -= 1;
    this.#live.delete(held);
    this.#wanting.delete(held);
    this.#lacking.delete(held);
    const { windowId, key, permits } = held;
    if (permits > 0) this.#leave({ limit: held.limit.id, windowId, key, permits });
    held.permits = 0;
  }

  #leave(block: Block): void {
    if (this.#leftovers.length < BLOCKS_MAX) this.#leftovers.push(block);
  }
}
