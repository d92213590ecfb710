import { LEASES_MAX } from '../bounds.ts';
import { forgetSum, sumAt } from './algorithms/summed.ts';
import type { Books } from './books.ts';
import { type Counter, changed } from './counter.ts';
import { permitsOf } from './limit.ts';
import { openCounter } from './open-counter.ts';
import type { RegionState } from './state.ts';

/** Permits at one time that one request holds: under each limit, charged to the window in which they run out. */
export type Lease = { readonly id: string; readonly holds: Hold[]; expiresAtMs: number };

type Hold = { readonly books: Books; readonly permits: number; counter: Counter };

/** What a renewal came to. */
export type Renewal =
  | { readonly renewed: true; readonly expiresAtMs: number }
  | { readonly renewed: false; readonly reason: 'unknown_lease' | 'concurrency_exceeded' };

/** Whether one more lease may be held. */
export function hasRoomForLease(state: RegionState): boolean {
  return state.leases.size < LEASES_MAX;
}

/** Remembers permits that were just charged, under a name that their holder can release them by. */
export function holdLease(state: RegionState, charged: readonly Hold[]): Lease {
  state.leaseSequence += 1;
  const id = `${state.ledger}-${state.leaseSequence.toString(36)}`;
  const expiresAtMs = Math.min(...charged.map(({ books, counter }) => endMs(books, counter)));
  const lease: Lease = { id, holds: [...charged], expiresAtMs };
  state.leases.set(id, lease);
  return lease;
}

/** Gives the permits of a lease back; false when it is unknown here: released already, run out, or another region's. */
export function releaseLease(state: RegionState, id: string): boolean {
  const lease = state.leases.get(id);
  if (lease === undefined || lease.expiresAtMs <= state.wallMs) return false;
  state.leases.delete(id);
  for (const hold of lease.holds) giveBack(hold);
  return true;
}

/**
 * Holds the permits of a lease for another full time. That is as good as taking them anew, so it is refused where this region may not have so
 * many any more: then they run out when they would have.
 */
export function renewLease(state: RegionState, id: string): Renewal {
  const lease = state.leases.get(id);
  if (lease === undefined || lease.expiresAtMs <= state.wallMs)
    return { renewed: false, reason: 'unknown_lease' };
  const renewed: Hold[] = [];
  for (const hold of lease.holds) {
    const { books, permits } = hold;
    const sum = sumAt(state, books, hold.counter.key);
    const { limit } = books;
    const within = limit.isAvailable ? sum.known <= permitsOf(limit, hold.counter.key) : sum.own <= sum.cap;
    const windowId = limit.windows.idAt(state.wallMs) + limit.windows.leading;
    const counter = within ? openCounter(state, books, windowId, hold.counter.key) : undefined;
    if (counter === undefined) return { renewed: false, reason: 'concurrency_exceeded' };
    renewed.push({ books, permits, counter });
  }
  for (const hold of lease.holds) giveBack(hold);
  for (const { books, permits, counter } of renewed) {
    counter.add(permits);
    changed(books, counter);
    forgetSum(books, counter.key);
  }
  lease.holds.splice(0, lease.holds.length, ...renewed);
  lease.expiresAtMs = Math.min(...renewed.map(({ books, counter }) => endMs(books, counter)));
  return { renewed: true, expiresAtMs: lease.expiresAtMs };
}

/** Forgets leases that have run out: their permits do not count any more. */
export function forgetLeases(state: RegionState): void {
  for (const [id, { expiresAtMs }] of state.leases) if (expiresAtMs <= state.wallMs) state.leases.delete(id);
}

function giveBack({ books, counter, permits }: Hold): void {
  counter.giveBack(permits);
  changed(books, counter);
  forgetSum(books, counter.key);
}

function endMs({ limit }: Books, { windowId }: Counter): number {
  return limit.windows.endMs(windowId);
}
