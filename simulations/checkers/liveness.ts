import { EPOCH_MS } from '../../src/bounds.ts';
import { isFenced, owns } from '../../src/core/entitlement.ts';
import type { Life } from '../life.ts';
import { type Checker, Violation, type Watched } from './checker.ts';

/** Clocks further apart than this are beyond what liveness is promised for. */
const SOUND_CLOCK_MS = 500;

/** From the first word of a returning peer to its trust: three good heartbeats, and a vote's way to everyone. */
const TRUST_MS = 1_500;

/**
 * Invariant 11: in a healed world every living region owns the present epoch, H + 3 epochs after it has healed and the region's
 * sit-out is over; and the dead are fenced H + 2 epochs after they could be missed.
 */
export class Liveness implements Checker {
  readonly #watched: Watched;
  #healedMs = Number.POSITIVE_INFINITY;
  /** When somebody was last seen to abstain on epochs that its journal has reserved. */
  #abstainedMs = Number.NEGATIVE_INFINITY;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  healed(): void {
    this.#healedMs = this.#watched.time.nowMs;
  }

  second(): void {
    const { lives, time } = this.#watched;
    const living = lives.filter(({ alive, state }) => alive && state.current.members.has(state.region));
    const sound = living.every(
      ({ furthestWallMs }) => Math.abs(furthestWallMs - time.nowMs) <= SOUND_CLOCK_MS,
    );
    const [first] = living;
    if (living.some(abstains)) this.#abstainedMs = time.nowMs;
    if (time.nowMs < this.#healedMs || !sound || first === undefined || !agree(living)) return;
    const { members, cluster } = first.state.current;
    const present = new Set(living.map(({ region }) => region));
    for (const life of living) {
      if (present.size > cluster.ownVotes) this.#checkOwner(life, living);
      if (present.size < cluster.fenceVotes) continue;
      for (const region of members) if (!present.has(region)) this.#checkFence(life, region);
    }
  }

  #checkOwner(life: Life, living: readonly Life[]): void {
    const { current, votes, epoch, timing, region } = life.state;
    const { time } = this.#watched;
    // A region that sits out votes for nothing yet, so all must have risen.
    const risenMs = Math.max(
      this.#healedMs,
      this.#abstainedMs,
      ...living.map(({ state }) => (state.sitsUntil + 1) * EPOCH_MS),
    );
    const dueMs = risenMs + (timing.lookaheadEpochs + 3) * EPOCH_MS + TRUST_MS;
    if (time.nowMs < dueMs || owns(current, votes, region, epoch)) return;
    throw new Violation('11 a living region owns its share', `${life.actor} does not own epoch ${epoch}`);
  }

  #checkFence(life: Life, region: string): void {
    const { current, votes, epoch, timing } = life.state;
    const dueMs =
      Math.max(this.#healedMs, this.#abstainedMs) +
      timing.suspicionMs * 2 +
      (timing.lookaheadEpochs + 2) * EPOCH_MS +
      TRUST_MS;
    const sitting = this.#watched.lives.some(({ alive, state }) => alive && state.sitsUntil >= epoch - 1);
    if (sitting || this.#watched.time.nowMs < dueMs || isFenced(current, votes, region, epoch)) return;
    const what = `${life.actor} does not see ${region} fenced in epoch ${epoch}`;
    throw new Violation('11 a dead minority is fenced', what, { regions: [life.region] });
  }
}

/** Whether a life may not vote on the present epoch, because an earlier one may have. */
function abstains({ state }: Life): boolean {
  for (const { votedUpTo } of state.peers.values())
    if (votedUpTo > state.epoch + state.timing.lookaheadEpochs) return true;
  return false;
}

/** Whether all go by one version and the same. While one waits for the adoptions of the dead, nothing is promised. */
function agree(living: readonly Life[]): boolean {
  const [first] = living;
  return living.every(
    ({ state }) =>
      state.informed &&
      state.versions.length === 1 &&
      state.current.fingerprint === first?.state.current.fingerprint,
  );
}
