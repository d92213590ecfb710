import { type ActorId, fingerprint, GrowCounter, type Rights } from '../../crdt/index.ts';
import type { Books } from './books.ts';
import type { HashedKey } from './entitlement.ts';
import type { HotKey } from './hot-key.ts';

/**
 * One key's permits in one window: what each actor used, and what they gave to each other.
 * It also knows its place in replication, so that a changed counter needs no second look-up.
 */
export class Counter extends GrowCounter {
  readonly key: string;
  readonly windowId: number;
  /** Hash of the key: gives θ, the offset that spreads whole units over keys. */
  readonly hash: number;
  /** What was given back of what was used: together with it a PN-counter. Of the few keys that have any. */
  returns: GrowCounter | undefined = undefined;
  /** What the newest delta said of the own row: 0 for a cold key, which peers know nothing of. */
  published = 0;
  publishedReturns = 0;
  /** Waiting for the next delta. */
  changed = false;
  /** Transfers, of the few keys that have any. */
  rights: Rights | undefined = undefined;
  /** What the own ledger was given less what it gave: the own balance in `rights`, kept ready for decisions. */
  moved = 0;
  /** What the newest delta said of the own gifts. */
  publishedGifts: Map<ActorId, number> | undefined = undefined;
  /** What was given to each recipient in all, with what is not yet safe to tell of. */
  booked: Map<ActorId, number> | undefined = undefined;
  /** Permits that the journal holds as used, and whether more is on its way there. */
  covered = 0;
  topping = false;
  /** Set while the key is hot. */
  hot: HotKey | undefined = undefined;

  constructor(windowId: number, key: string) {
    super();
    this.windowId = windowId;
    this.key = key;
    this.hash = keyHash(key);
  }

  /** What this ledger has used and not got back. */
  get spent(): number {
    return this.returns === undefined ? this.mine : this.mine - this.returns.mine;
  }

  /** What all have used and not got back, as far as is known. */
  known(): number {
    return this.returns === undefined ? this.value() : this.value() - this.returns.value();
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
