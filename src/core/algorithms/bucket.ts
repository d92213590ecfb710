import { BUCKET_EPOCHS_FOLLOWED, EPOCH_MS, LEVELS_SWEPT_AT_A_TIME } from '../../bounds.ts';
import type { Books, Level } from '../books.ts';
import { type Counter, changed, hashedKey } from '../counter.ts';
import { claimedUpTo, isBarred, mayClaim } from '../cover.ts';
import { capacity, entitlement, type HashedKey, leasedOf, type WindowStanding } from '../entitlement.ts';
import { amountOf, burstOf, permitsOf } from '../limit.ts';
import type { RegionState } from '../state.ts';
import type { Algorithm } from './algorithm.ts';
import { standingAt } from './standing.ts';

/**
 * Token and leaky buckets: every epoch mints what this region is entitled to of it, evenly over the epoch; the level never exceeds this
 * region's part of the burst. A leaky bucket lets an early request go ahead on what is about to be minted, after a delay. Any run of
 * epochs so admits at most the burst and what it mints, in the world: the parts of both sum to no more in any epoch.
 *
 * Transfers move the minting of named epochs, and with it as large a part of the burst.
 *
 * Source: protocol.md §4; the generic cell rate algorithm of ITU-T I.371.
 */
export const bucket: Algorithm = {
  weigh(state, { books, key, permits }) {
    const { limit } = books;
    const { unitsPerPermit } = limit;
    const level = levelOf(state, books, key);
    const windowId = limit.windows.idAt(state.wallMs);
    const { cap } = epochOfBucket(state, books, windowId, hashedKey(key));
    const units = permits * unitsPerPermit;
    // Whoever waits holds on to what is saved up for it, which must be no more than may be saved up.
    const mayWait = units <= cap;
    const waitMs = mayWait ? delayOf(state, books, key, units - level) : Number.POSITIVE_INFINITY;
    const delayMs = permits === 0 || level >= units ? 0 : waitMs;
    const remaining = Math.max(0, Math.floor(level / unitsPerPermit));
    const burst = burstOf(limit, key);
    return {
      books,
      key,
      permits,
      windowId,
      counter: books.counters.find(windowId, key),
      entitled: Math.floor(cap / unitsPerPermit),
      // What may go ahead after a delay is there to be spent.
      remaining: Number.isFinite(delayMs) ? Math.max(remaining, permits) : Math.min(remaining, permits - 1),
      // What others hold is not known: all of it, for all that is known here.
      globalRemaining: limit.isAvailable
        ? remaining
        : Math.max(0, Math.floor(burst + (level - cap) / unitsPerPermit)),
      otherwise: 0,
      delayMs: Number.isFinite(delayMs) ? delayMs : 0,
      before: 0,
      denial: undefined,
      outrun: false,
    };
  },
  spend(state, { books, key, permits, delayMs }) {
    const level = levelAt(state, books, key);
    level.units -= permits * books.limit.unitsPerPermit;
    if (delayMs > 0) promise(state, books, { key, level, delayMs });
  },
  retryAfterMs(state, { books, key, permits }) {
    const { limit } = books;
    const units = permits * limit.unitsPerPermit;
    if (permits > burstOf(limit, key) || permitsOf(limit, key) === 0) return Number.POSITIVE_INFINITY;
    const hashed = hashedKey(key);
    const { cap } = epochOfBucket(state, books, limit.windows.idAt(state.wallMs), hashed);
    const patienceMs = units <= cap ? (limit.spec.delayMsMax ?? 0) : 0;
    const reachedMs = hopedAtMs(state, books, hashed, units - levelOf(state, books, key));
    // Nobody is let go ahead on what is minted beyond the lookahead: it is not sure.
    const sureMs = limit.windows.startMs(limit.windows.idAt(reachedMs - 1) - state.timing.lookaheadEpochs);
    const passesMs = Math.min(reachedMs, Math.max(reachedMs - patienceMs, sureMs));
    return Math.max(1, Math.ceil(passesMs - state.wallMs));
  },
  resetAtMs(state, { books, key }) {
    const { cap, mint } = epochOfBucket(state, books, books.limit.windows.idAt(state.wallMs), hashedKey(key));
    const missing = cap - levelOf(state, books, key);
    return missing <= 0 || mint <= 0 ? state.wallMs : state.wallMs + Math.ceil((missing * EPOCH_MS) / mint);
  },
  refund(state, { books, key, permits }, only) {
    // While requests wait for what is to be minted their places are promised: what comes back frees none of them.
    if (levelOf(state, books, key) < 0) return 0;
    let left = permits;
    for (const [windowId, counters] of books.counters.windows()) {
      const counter = counters.get(key);
      if (counter === undefined || left === 0 || (only !== undefined && windowId !== only)) continue;
      const returned = counter.giveBack(left);
      left -= returned;
      if (returned > 0 && counter.published > 0) changed(books, counter);
    }
    // Whoever gives back what was never spent leaves nothing behind.
    if (left < permits) levelAt(state, books, key).units += (permits - left) * books.limit.unitsPerPermit;
    return permits - left;
  },
};

/**
 * Holds to what was reckoned with when somebody was told to wait: would later votes bring more, those who come after would go ahead of those
 * before, or with them, and more at a time than may be saved up.
 */
function promise(
  state: RegionState,
  books: Books,
  { key, level, delayMs }: { readonly key: string; readonly level: Level; readonly delayMs: number },
): void {
  const { windows } = books.limit;
  const promised = new Map<number, number>();
  const last = windows.idAt(state.wallMs + delayMs - 1);
  for (let epoch = windows.idAt(state.wallMs); epoch <= last; epoch += 1) {
    const { mint } = epochOfBucket(state, books, epoch, hashedKey(key));
    promised.set(epoch, Math.min(mint, level.promised?.get(epoch) ?? mint));
  }
  level.promised = promised;
}

/** The level of a key's bucket here and now, in units; negative where requests were let go ahead on what is not minted yet. */
function levelOf(state: RegionState, books: Books, key: string): number {
  return rolled(state, books, key, books.levels.get(key));
}

/** The same, as a thing to be changed. */
export function levelAt(state: RegionState, books: Books, key: string): Level {
  let level = books.levels.get(key);
  const units = rolled(state, books, key, level);
  if (level === undefined) {
    level = { units, atMs: state.wallMs };
    books.levels.set(key, level);
    state.counters += 1;
  }
  level.units = units;
  level.atMs = state.wallMs;
  return level;
}

/** Whether a key's bucket is as full as if nobody had ever asked, so that it need not be remembered. */
function isForgettable(state: RegionState, books: Books, key: string, units: number): boolean {
  return !isMoved(books, key) && units > 0 && units >= unaskedLevel(state, books, key).units;
}

/**
 * The level of a bucket that is not remembered; nothing was ever moved to it or from it. What is kept lags behind by the lookahead, for votes
 * about an epoch may come late, and what its capacity cuts off without them would be lost.
 */
function unaskedLevel(state: RegionState, books: Books, key: string): Level {
  const { windows } = books.limit;
  const override = books.limit.overrides?.find(key);
  let kept = books.unasked.get(override) ?? { ...unopenedLevel(state, books), key };
  const settledMs = windows.startMs(windows.idAt(state.wallMs) - state.timing.lookaheadEpochs);
  if (settledMs > kept.atMs) {
    kept = { units: rolledFrom(state, books, key, { level: kept, toMs: settledMs }), atMs: settledMs, key };
  }
  books.unasked.set(override, kept);
  return { units: rolledFrom(state, books, key, { level: kept, toMs: state.wallMs }), atMs: state.wallMs };
}

function unopenedLevel(state: RegionState, books: Books): Level {
  return { units: isBornFull(state, books) ? Number.POSITIVE_INFINITY : 0, atMs: books.openedMs };
}

function isMoved({ counters }: Books, key: string): boolean {
  for (const [, byKey] of counters.windows()) if ((byKey.get(key)?.moved ?? 0) !== 0) return true;
  return false;
}

function rolled(state: RegionState, books: Books, key: string, level: Level | undefined): number {
  const toMs = state.wallMs;
  if (level !== undefined) return rolledFrom(state, books, key, { level, toMs });
  if (isMoved(books, key)) return rolledFrom(state, books, key, { level: unopenedLevel(state, books), toMs });
  return unaskedLevel(state, books, key).units;
}

/** Moves a level on: epoch by epoch what is minted comes in, and what exceeds the capacity of that epoch is lost. */
function rolledFrom(
  state: RegionState,
  books: Books,
  key: string,
  { level, toMs }: { readonly level: Level; readonly toMs: number },
): number {
  const hashed = hashedKey(key);
  const { windows } = books.limit;
  const last = windows.idAt(toMs);
  let { units, atMs: fromMs } = level;
  const followed = last - BUCKET_EPOCHS_FOLLOWED;
  if (windows.idAt(fromMs) < followed) {
    const since = Math.max(windows.idAt(fromMs), books.ratesSinceEpoch);
    units = floorOf(state, books, hashed, { units, epochs: Math.max(0, followed - since) });
    fromMs = windows.startMs(followed);
  }
  for (let epoch = windows.idAt(fromMs); epoch <= last; epoch += 1) {
    const { mint: known, cap } = epochOfBucket(state, books, epoch, hashed);
    const mint = Math.min(known, level.promised?.get(epoch) ?? known);
    const endMs = Math.min(toMs, windows.endMs(epoch));
    const minted =
      mintedBy(mint, endMs - windows.startMs(epoch)) - mintedBy(mint, fromMs - windows.startMs(epoch));
    units = Math.min(Math.min(units, cap) + minted, cap);
    fromMs = endMs;
  }
  return units;
}

function mintedBy(mint: number, ms: number): number {
  return Math.floor((mint * ms) / EPOCH_MS);
}

/** A bucket that nobody has asked for since the cluster was founded is full; after a restart nobody knows, and it begins empty. */
function isBornFull(state: RegionState, { limit, openedMs }: Books): boolean {
  return limit.isAvailable || (state.isFirstLife && openedMs === state.startedWallMs);
}

/** What a level came to in epochs so long ago that their votes are gone: the least of the floor alone, which is never anybody else's. */
function floorOf(
  state: RegionState,
  books: Books,
  key: HashedKey,
  { units, epochs }: { readonly units: number; readonly epochs: number },
): number {
  if (epochs === 0) return units;
  const standing = unowned(standingAt(state, books, books.limit.windows.idAt(state.wallMs)));
  const mint = leastMint(standing, key);
  const cap = capacity(standing, key, mint);
  return Math.min(Math.min(units, cap) + mint * epochs, cap);
}

/** What comes in in every epoch, whoever has the odd unit in its turn. */
function leastMint({ tranches }: WindowStanding, { key }: HashedKey): number {
  const terms = tranches.flatMap((tranche) => tranche.terms);
  const least = terms.map(({ limit, cluster, seat }) => {
    const base = Math.floor((amountOf(limit, key) * seat.weight) / cluster.weightSum);
    return base - leasedOf(limit, base);
  });
  return terms.length === 0 ? 0 : Math.min(...least);
}

function unowned(standing: WindowStanding): WindowStanding {
  const tranches = standing.tranches.map(({ epoch, terms }) => ({
    epoch,
    terms: terms.map((term) => ({ ...term, owned: false, fenced: [] })),
  }));
  return { ...standing, tranches };
}

/** What this region mints in one epoch, and how much it may hold then. */
function epochOfBucket(
  state: RegionState,
  books: Books,
  epoch: number,
  key: HashedKey,
): { readonly mint: number; readonly cap: number } {
  const { limit } = books;
  if (limit.isAvailable) return shareOfWorld(state, books, key);
  if (isBarred(state, limit, epoch)) return { mint: 0, cap: 0 };
  const standing = standingAhead(state, books, epoch);
  const moved = books.counters.find(epoch, key.key)?.moved ?? 0;
  const mint = Math.max(0, entitlement(standing, key) + moved);
  return { mint, cap: capacity(standing, key, mint) };
}

/** Epochs that are to come count as far as the votes about them are in. */
function standingAhead(state: RegionState, books: Books, epoch: number): WindowStanding {
  const standing = standingAt(state, books, epoch);
  if (epoch <= state.epoch) return standing;
  const uptoEpoch = state.epoch + state.timing.lookaheadEpochs;
  return { ...standing, afterEpoch: claimedUpTo(state, books.limit), uptoEpoch };
}

/** Everything, less the part of those that cannot be heard; what others use comes off as it becomes known. */
function shareOfWorld(state: RegionState, { limit }: Books, { key }: HashedKey) {
  const { seats, weightSum } = limit.cluster;
  let silent = 0;
  for (const { region, weight } of seats)
    if (region !== state.region && state.peers.get(region)?.status !== 'up') silent += weight;
  const part = (weightSum - silent) / weightSum;
  const cap = burstOf(limit, key) * limit.unitsPerPermit;
  return { mint: Math.floor(amountOf(limit, key) * part), cap: Math.floor(cap * part) };
}

/** Takes off a bucket what another region is heard to have used of it. */
export function hearUse(state: RegionState, books: Books, counter: Counter, permits: number): void {
  const level = levelAt(state, books, counter.key);
  level.units -= permits * books.limit.unitsPerPermit;
  if (level.units < 0)
    books.tally.permitsOver += Math.min(permits, Math.ceil(-level.units / books.limit.unitsPerPermit));
  level.units = Math.max(level.units, -burstOf(books.limit, counter.key) * books.limit.unitsPerPermit);
}

/** Milliseconds until so many units more are minted, of what is sure to be; infinite when that takes too long. */
function delayOf(state: RegionState, books: Books, key: string, missing: number): number {
  const { windows, spec } = books.limit;
  const most = spec.delayMsMax ?? 0;
  if (most === 0 || missing <= 0) return Number.POSITIVE_INFINITY;
  const hashed = hashedKey(key);
  const epochs = windows.idAt(state.wallMs + most) - windows.idAt(state.wallMs) + 1;
  const { reachedMs } = follow(state, books, { missing, epochs }, (epoch) => {
    const { mint } = epochOfBucket(state, books, epoch, hashed);
    return Math.min(mint, books.levels.get(key)?.promised?.get(epoch) ?? mint);
  });
  const delayMs = Math.ceil(reachedMs - state.wallMs);
  return delayMs <= most ? delayMs : Number.POSITIVE_INFINITY;
}

/** Wall milliseconds at which so many units more will have been minted, if what this region owns now it goes on to own. */
function hopedAtMs(state: RegionState, books: Books, key: HashedKey, missing: number): number {
  const { limit } = books;
  const { windows } = limit;
  if (!mayClaim(state) && !limit.isAvailable) return state.wallMs + EPOCH_MS;
  const claimed = limit.isAvailable
    ? 0
    : Math.max(0, claimedUpTo(state, limit) + 1 - windows.idAt(state.wallMs));
  const epochs = claimed + BUCKET_EPOCHS_FOLLOWED;
  const promised = books.levels.get(key.key)?.promised;
  const { reachedMs, minted } = follow(state, books, { missing, epochs }, (epoch) => {
    const mint = hopedMint(state, books, epoch, key);
    return Math.min(mint, promised?.get(epoch) ?? mint);
  });
  if (Number.isFinite(reachedMs)) return reachedMs;
  // Odd units come by turns: with one less it is no sooner than it will be.
  const perEpoch = Math.max(0.5, minted - 1) / BUCKET_EPOCHS_FOLLOWED;
  return windows.endMs(windows.idAt(state.wallMs)) + (claimed + missing / perEpoch) * EPOCH_MS;
}

/** What this region mints in an epoch, now or to come, when it owns then what it owns now. */
function hopedMint(state: RegionState, books: Books, epoch: number, key: HashedKey): number {
  const { limit } = books;
  const { mint } = epochOfBucket(state, books, epoch, key);
  if (limit.isAvailable || epoch <= state.epoch || isBarred(state, limit, epoch)) return mint;
  const standing = standingAt(state, books, state.epoch);
  const tranches = standing.tranches.map(({ terms }) => ({ epoch, terms }));
  return Math.max(mint, entitlement({ ...standing, windowId: epoch, tranches, uptoEpoch: epoch }, key));
}

/** Follows what is minted from now on, for so many epochs at most, until it is as much as is missing. */
function follow(
  { wallMs }: RegionState,
  { limit: { windows } }: Books,
  { missing, epochs }: { readonly missing: number; readonly epochs: number },
  mintOf: (epoch: number) => number,
): { readonly reachedMs: number; readonly minted: number } {
  let minted = 0;
  const first = windows.idAt(wallMs);
  for (let epoch = first; epoch < first + epochs; epoch += 1) {
    const mint = mintOf(epoch);
    const startMs = windows.startMs(epoch);
    const before = epoch === first ? mintedBy(mint, wallMs - startMs) : 0;
    if (minted + mint - before >= missing)
      return { reachedMs: startMs + Math.ceil(((missing - minted + before) * EPOCH_MS) / mint), minted };
    minted += mint - before;
  }
  return { reachedMs: Number.POSITIVE_INFINITY, minted };
}

/**
 * Moves the next few buckets on to now, and forgets those that are as full as if nobody had ever asked: a walk round all of them, a stretch at a
 * time, so that no tick is long. What is moved on before its votes are gone loses nothing.
 */
export function forgetFull(state: RegionState, books: Books): void {
  for (const { key } of [...books.unasked.values()]) unaskedLevel(state, books, key);
  if (books.unasked.size === 0) unaskedLevel(state, books, '');
  books.sweep ??= books.levels.keys();
  for (let looked = 0; looked < LEVELS_SWEPT_AT_A_TIME; looked += 1) {
    const step = books.sweep.next();
    if (step.done === true) {
      books.sweep = undefined;
      return;
    }
    const { units } = levelAt(state, books, step.value);
    if (!isForgettable(state, books, step.value, units)) continue;
    books.levels.delete(step.value);
    state.counters -= 1;
    books.tally.keysForgotten += 1;
  }
}
