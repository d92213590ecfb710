import { thetaOf } from '../src/core/counter.ts';
import type { CheckRequest, Decision } from '../src/core/decision.ts';
import { baseOf, isFenced } from '../src/core/entitlement.ts';
import { isSitting } from '../src/core/state.ts';
import type { Admissions } from './checkers/admissions.ts';
import type { Checker, Watched } from './checkers/checker.ts';
import type { Life } from './life.ts';

/** Situations that a batch of runs must have met, or it was too quiet to prove anything. */
export const RARITIES = [
  'a region was fenced',
  'a fenced region came back',
  'units of a fenced region were spent',
  'a request met a region that sits out',
  'a digest repaired a loss',
  'units were given away',
  'units that were given were spent',
  'a part of every key’s share was given away',
  'a giver died after it gave',
  'a receiver died after it was given',
  'a process was superseded',
  'a life took up its journal',
  'a recovered life granted permits',
  'a version was learned from a peer',
  'permits were spent while versions were unsettled',
  'a window was used up to the last permit',
  'a request found nothing left here and something left elsewhere',
] as const;

export type Rarity = (typeof RARITIES)[number];

/** Counts rare situations: "sometimes" assertions, made over many seeds. */
export class Rarities implements Checker {
  readonly counts = new Map<Rarity, number>();
  readonly #watched: Watched;
  readonly #admissions: Admissions;

  constructor(watched: Watched, admissions: Admissions) {
    this.#watched = watched;
    this.#admissions = admissions;
  }

  saw(rarity: Rarity): void {
    this.counts.set(rarity, (this.counts.get(rarity) ?? 0) + 1);
  }

  logged(_life: Life, event: string): void {
    if (event === 'region_fenced') this.saw('a region was fenced');
    if (event === 'region_owns_again') this.saw('a fenced region came back');
    if (event === 'version_learned') this.saw('a version was learned from a peer');
    if (event === 'superseded') this.saw('a process was superseded');
  }

  started(life: Life): void {
    if (life.recovered) this.saw('a life took up its journal');
  }

  checked(life: Life, { permits }: CheckRequest, { allowed, verdicts }: Decision): void {
    if (!allowed && isSitting(life.state)) this.saw('a request met a region that sits out');
    for (const verdict of verdicts) {
      if (verdict.reason === 'region_share_exhausted') {
        this.saw('a request found nothing left here and something left elsewhere');
      }
      if (!allowed || permits === 0 || !verdict.allowed) continue;
      const admitted = this.#admissions.find(verdict);
      if (admitted?.total === verdict.limit.limit) this.saw('a window was used up to the last permit');
      if (life.state.versions.length > 1) this.saw('permits were spent while versions were unsettled');
      if (life.recovered) this.saw('a recovered life granted permits');
      const counter = life.state.books.get(verdict.limit.id)?.counters.find(verdict.windowId, verdict.key);
      const moved = Math.max(0, counter?.moved ?? 0);
      const { cluster } = life.state.current;
      const theta = thetaOf(counter?.hash ?? 0, cluster.weightSum);
      const base = baseOf(cluster, life.state.seat, verdict.limit.limit, theta);
      const used = counter?.mine ?? 0;
      if (moved > 0 && used > base - permits) this.saw('units that were given were spent');
      if (used > base + moved && this.#someoneIsFenced(life)) this.saw('units of a fenced region were spent');
    }
  }

  ended(life: Life): void {
    for (const books of life.state.books.values()) {
      for (const [, counters] of books.counters.windows()) {
        for (const { rights } of counters.values()) {
          if (rights === undefined) continue;
          if (![...rights.gifts(life.actor)].every(([, total]) => total === 0)) {
            this.saw('a giver died after it gave');
          }
          for (const donor of rights.donors()) {
            if (rights.given(donor, life.actor) > 0) this.saw('a receiver died after it was given');
          }
        }
      }
    }
  }

  finished(): void {
    for (const { state } of this.#watched.lives) {
      for (const { repairedEntries } of state.peers.values()) {
        if (repairedEntries > 0) this.saw('a digest repaired a loss');
      }
      for (const { tally } of state.books.values())
        if (tally.permitsGiven > 0) this.saw('units were given away');
      for (const { tally } of state.books.values())
        if (tally.wholesGiven > 0) this.saw('a part of every key’s share was given away');
    }
  }

  #someoneIsFenced({ state }: Life): boolean {
    const { current, votes, epoch } = state;
    return current.cluster.seats.some(({ region }) => isFenced(current, votes, region, epoch));
  }
}
