import { type ActorId, fingerprint, GrowCounter, type Rights } from '../../crdt/index.ts';
import type { Books } from './books.ts';
import type { HashedKey } from './entitlement.ts';
import type { HotKey } from './hot-key.ts';

/** What few counters have any of: it concerns peers, the journal, refunds and demand. */
class Dealings {
  returns: GrowCounter | undefined = undefined;
  published = 0;
  publishedReturns = 0;
  changed = false;
  rights: Rights | undefined = undefined;
  moved = 0;
  publishedGifts: Map<ActorId, number> | undefined = undefined;
  booked: Map<ActorId, number> | undefined = undefined;
  topping = false;
  hot: HotKey | undefined = undefined;
}

/** Stands for those of every counter that has none of its own: most keys are cold, and a cold one should cost little more than its name. */
const NO_DEALINGS = new Dealings();

/**
 * One key's permits in one window: what each actor used, and what they gave to each other.
 * It also knows its place in replication, so that a changed counter needs no second look-up.
 */
export class Counter extends GrowCounter {
  readonly key: string;
  readonly windowId: number;
  /** Permits that the journal holds as used. */
  covered = 0;
  /** As a signed number, which is kept in place. */
  readonly #hash: number;
  #dealings = NO_DEALINGS;

  constructor(windowId: number, key: string) {
    super();
    this.windowId = windowId;
    this.key = key;
    this.#hash = keyHash(key) | 0;
  }

  /** Hash of the key: gives θ, the offset that spreads whole units over keys. */
  get hash(): number {
    return this.#hash >>> 0;
  }

  /** What was given back of what was used: together with it a PN-counter. */
  get returns(): GrowCounter | undefined {
    return this.#dealings.returns;
  }

  set returns(returns: GrowCounter | undefined) {
    this.#own().returns = returns;
  }

  /** What the newest delta said of the own row: 0 for a cold key, which peers know nothing of. */
  get published(): number {
    return this.#dealings.published;
  }

  set published(published: number) {
    this.#own().published = published;
  }

  get publishedReturns(): number {
    return this.#dealings.publishedReturns;
  }

  set publishedReturns(returned: number) {
    this.#own().publishedReturns = returned;
  }

  /** Waiting for the next delta. */
  get changed(): boolean {
    return this.#dealings.changed;
  }

  set changed(changed: boolean) {
    this.#own().changed = changed;
  }

  /** Transfers. */
  get rights(): Rights | undefined {
    return this.#dealings.rights;
  }

  set rights(rights: Rights | undefined) {
    this.#own().rights = rights;
  }

  /** What the own ledger was given less what it gave: the own balance in `rights`, kept ready for decisions. */
  get moved(): number {
    return this.#dealings.moved;
  }

  set moved(moved: number) {
    this.#own().moved = moved;
  }

  /** What the newest delta said of the own gifts. */
  get publishedGifts(): Map<ActorId, number> | undefined {
    return this.#dealings.publishedGifts;
  }

  set publishedGifts(gifts: Map<ActorId, number> | undefined) {
    this.#own().publishedGifts = gifts;
  }

  /** What was given to each recipient in all, with what is not yet safe to tell of. */
  get booked(): Map<ActorId, number> | undefined {
    return this.#dealings.booked;
  }

  set booked(booked: Map<ActorId, number> | undefined) {
    this.#own().booked = booked;
  }

  /** Whether more cover is on its way to the journal. */
  get topping(): boolean {
    return this.#dealings.topping;
  }

  set topping(topping: boolean) {
    this.#own().topping = topping;
  }

  /** Set while the key is hot. */
  get hot(): HotKey | undefined {
    return this.#dealings.hot;
  }

  set hot(hot: HotKey | undefined) {
    if (hot !== this.#dealings.hot) this.#own().hot = hot;
  }

  /** What this ledger has used and not got back. */
  get spent(): number {
    const { returns } = this.#dealings;
    return returns === undefined ? this.mine : this.mine - returns.mine;
  }

  /** What all have used and not got back, as far as is known. */
  known(): number {
    const { returns } = this.#dealings;
    return returns === undefined ? this.value() : this.value() - returns.value();
  }

  /** The same for one other actor. */
  knownOf(actor: ActorId): number {
    return this.row(actor) - (this.returns?.row(actor) ?? 0);
  }

  /** Takes back up to `units` of what this ledger has used; returns how many. */
  giveBack(units: number): number {
    const returned = Math.max(0, Math.min(units, this.spent));
    if (returned === 0) return 0;
    this.returns ??= new GrowCounter();
    this.returns.add(returned);
    return returned;
  }

  #own(): Dealings {
    if (this.#dealings === NO_DEALINGS) this.#dealings = new Dealings();
    return this.#dealings;
  }
}

/** A key with its hash. */
export function hashedKey(key: string): HashedKey {
  return { key, hash: keyHash(key) };
}

/** Marks a counter's own row for the next delta. */
export function changed(books: Books, counter: Counter): void {
  if (counter.changed) return;
  counter.changed = true;
  books.changed.push(counter);
}

/** The hash that gives a key its θ; the same on every member. */
export function keyHash(key: string): number {
  return fingerprint(key, 0);
}

/** The offset θ of a key whose hash is `hash`, under weights that sum to `weightSum`. */
export function thetaOf(hash: number, weightSum: number): number {
  return hash % weightSum;
}
