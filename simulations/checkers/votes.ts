import type { RegionId, Vote } from '../../crdt/index.ts';
import { VOTES_KEPT_EPOCHS } from '../../src/bounds.ts';
import type { Life } from '../life.ts';
import { type Checker, Violation, type Watched } from './checker.ts';
import type { Truth } from './truth.ts';

/** Epochs around the present in which votes are looked for after every piece of work. */
const BACK_EPOCHS = 3;

/**
 * Invariant 3: no member votes twice about a region and epoch, in all its lives together, nor beyond the lookahead; no region
 * is both owner and fenced, by thresholds worked out here; and nobody knows of a vote that was not cast.
 */
export class Votes implements Checker {
  readonly #truth: Truth;
  readonly #watched: Watched;
  readonly #stamps = new Map<Life, number>();
  /** Up to where the life has been seen to close epochs for its votes. */
  readonly #closed = new Map<Life, number>();

  constructor(watched: Watched, truth: Truth) {
    this.#watched = watched;
    this.#truth = truth;
  }

  worked(life: Life): void {
    const { stamp, epoch, timing, peers } = life.state;
    if (this.#stamps.get(life) === stamp) return;
    this.#stamps.set(life, stamp);
    const oldest = epoch - VOTES_KEPT_EPOCHS;
    const from = Math.max(oldest, Math.min(this.#closed.get(life) ?? oldest, epoch - BACK_EPOCHS));
    const closed = [...peers.values()].reduce((least, { votedUpTo }) => Math.min(least, votedUpTo), epoch);
    this.#closed.set(life, closed);
    for (let at = from; at <= epoch + timing.lookaheadEpochs + 1; at += 1) this.#count(life, at);
    for (const at of life.state.neededEpochs) if (at < from) this.#count(life, at);
  }

  second(): void {
    for (const life of this.#watched.lives) if (life.alive) this.#compare(life);
  }

  /** Takes in what the life itself has voted about an epoch. */
  #count(life: Life, epoch: number): void {
    const { votes, region, peers, timing } = life.state;
    for (const subject of peers.keys()) {
      for (const vote of ['OWN', 'FENCE'] as const) {
        if (!votes.has(region, subject, epoch, vote)) continue;
        if (this.#truth.votes.has(region, subject, epoch, vote)) continue;
        if (epoch > life.state.epoch + timing.lookaheadEpochs) {
          throw violation('3 votes stay within the lookahead', `${region} about ${subject}`, epoch, [region]);
        }
        this.#cast(region, subject, epoch, vote);
      }
    }
  }

  #cast(voter: RegionId, subject: RegionId, epoch: number, vote: Vote): void {
    const { votes, versions } = this.#truth;
    if (votes.record(voter, subject, epoch, vote) === 'conflict') {
      const what = `${voter} about ${subject}, now ${vote}`;
      throw violation('3 nobody votes twice', what, epoch, [voter, subject]);
    }
    for (const { members } of versions) {
      if (!members.has(subject)) continue;
      const ownFrom = Math.max(0, Math.ceil(members.size / 2) - 1);
      const owned = votes.countAmong(members, subject, epoch, 'OWN') >= ownFrom;
      const fenced = votes.countAmong(members, subject, epoch, 'FENCE') >= members.size - ownFrom;
      if (owned && fenced) {
        throw violation('3 nobody is both owner and fenced', subject, epoch, [voter, subject]);
      }
    }
  }

  #compare(life: Life): void {
    const { votes, epoch, timing } = life.state;
    const runs = votes.runs(epoch - BACK_EPOCHS, epoch + timing.lookaheadEpochs + 1);
    for (const [voter, subject, first, letters] of runs) {
      for (let at = 0; at < letters.length; at += 1) {
        const letter = letters[at];
        if (letter === '.') continue;
        if (!this.#truth.votes.has(voter, subject, first + at, letter === 'O' ? 'OWN' : 'FENCE')) {
          const what = `${life.region} knows ${letter} of ${voter} about ${subject}`;
          throw violation('6 votes are written by their voter', what, first + at, [life.region, voter]);
        }
      }
    }
  }
}

function violation(invariant: string, what: string, epoch: number, regions: readonly RegionId[]): Violation {
  return new Violation(invariant, `${what}, epoch ${epoch}`, { regions });
}
