import type { RegionId } from '../../crdt/index.ts';
import type { Books } from './books.ts';
import { type Counter, hashedKey } from './counter.ts';
import { claimedUpTo, isBarred } from './cover.ts';
import { entitlement, type HashedKey, standings } from './entitlement.ts';
import type { RegionState } from './state.ts';
import { termsAt } from './version.ts';
import { wholeNet, wholeOf } from './whole-limit.ts';

/** A counter of one limit. */
export type CounterPlace = { readonly windowId: number; readonly key: string };

/**
 * What every member may use of a key in a window, in permits: by the votes known here up to now, with what it was given and less what it gave.
 * Only the own figure is a fact; the others are as old as what was heard last. A region that is fenced has its floor.
 */
export function sharesOf(
  state: RegionState,
  books: Books,
  { windowId, key }: CounterPlace,
): ReadonlyMap<RegionId, number> {
  const hashed = hashedKey(key);
  const counter = books.counters.find(windowId, key);
  const unit = books.limit.unitsPerPermit;
  return new Map(
    state.current.cluster.seats.map(({ region }) => {
      const entitled = entitledAs(state, books, { region, windowId, hashed });
      const units = entitled + movedTo(state, books, { region, windowId, hashed, counter });
      return [region, Math.max(0, units / unit)];
    }),
  );
}

type Place = { readonly region: RegionId; readonly windowId: number; readonly hashed: HashedKey };

/** What votes give a region, in units. */
function entitledAs(state: RegionState, { limit }: Books, { region, windowId, hashed }: Place): number {
  const isOwn = region === state.region;
  if (isOwn && isBarred(state, limit, windowId)) return 0;
  const tranches = standings(state.votes, region, { limit, windowId }, (epoch) =>
    termsAt(state.versions, region, limit, epoch),
  );
  const afterEpoch = isOwn ? claimedUpTo(state, limit) : (state.peers.get(region)?.sitsUntil ?? 0);
  return entitlement({ limit, windowId, tranches, afterEpoch, uptoEpoch: state.epoch }, hashed);
}

/** What transfers brought a region's present life, less what they took, in units. */
function movedTo(
  state: RegionState,
  books: Books,
  { region, windowId, hashed, counter }: Place & { readonly counter: Counter | undefined },
): number {
  const isOwn = region === state.region;
  const actor = isOwn ? state.actor : state.peers.get(region)?.actor;
  if (actor === undefined || (isOwn && isBarred(state, books.limit, windowId))) return 0;
  const whole = wholeOf(books, windowId);
  const ofKey = isOwn ? counter?.moved : counter?.rights?.balance(actor);
  return (
    (ofKey ?? 0) + (whole === undefined ? 0 : wholeNet(state, { limit: books.limit, whole }, hashed, actor))
  );
}
