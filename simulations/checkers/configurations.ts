import type { Life } from '../life.ts';
import { type Checker, Violation, type Watched } from './checker.ts';
import type { Truth } from './truth.ts';

/**
 * Invariant 9: a version is adopted from an epoch on that lies beyond all that the member has claimed, voted or given away by then,
 * and what others have heard of an adoption is never taken back.
 */
export class Configurations implements Checker {
  readonly #truth: Truth;
  readonly #watched: Watched;
  /** What each life has been seen to adopt, by version. */
  readonly #seen = new Map<Life, Map<string, number>>();

  constructor(watched: Watched, truth: Truth) {
    this.#watched = watched;
    this.#truth = truth;
  }

  started(life: Life): void {
    this.worked(life);
  }

  worked(life: Life): void {
    const { versions, region, epoch, timing, informed, sitsUntil } = life.state;
    // One that does not know what counts goes by its own configuration in silence, and claims nothing until it does.
    if (!informed) {
      this.#overhear(life);
      return;
    }
    const known = this.#seen.get(life);
    if (known === undefined && this.#beginsAgain(life)) this.#truth.beginAgain();
    const seen = known ?? new Map<string, number>();
    this.#seen.set(life, seen);
    for (const version of versions) {
      const truth = this.#truth.version(version);
      const adopted = version.adopted.get(region);
      const name = version.id.join(' ');
      // Who begins again goes by its file from where it claims anything.
      if (version.id[0] === 0 && truth.id[0] > 0) this.#truth.adopt(truth, region, sitsUntil + 1);
      if (adopted === undefined) continue;
      const before = seen.get(name);
      const beyond = epoch + timing.lookaheadEpochs;
      if (before === undefined && known !== undefined && version.id[0] > 0 && adopted <= beyond) {
        const what = `${adopted} in ${epoch}`;
        throw violation('9 versions are adopted beyond all that is claimed', life, name, what);
      }
      if (before !== undefined && before !== adopted) {
        throw violation('9 an adoption is written once', life, name, `${before}, then ${adopted}`);
      }
      seen.set(name, adopted);
      if (version.told) this.#truth.adopt(truth, region, adopted);
    }
  }

  /** Whether a life goes by its file because nobody is left who knows better. */
  #beginsAgain(life: Life): boolean {
    if (life.recovered || life.state.versions[0]?.id[0] !== 0) return false;
    return this.#watched.lives.every((each) => each === life || !each.alive || !each.state.informed);
  }

  /** What somebody tells who does not know what counts may be heard all the same. */
  #overhear({ state: { versions, region } }: Life): void {
    for (const version of versions) {
      const adopted = version.adopted.get(region);
      if (adopted === undefined || !version.told) continue;
      const truth = this.#truth.version(version);
      if (truth.fingerprint === version.fingerprint) this.#truth.adopt(truth, region, adopted);
    }
  }

  /** Nobody knows of an adoption that its member did not tell. */
  second(): void {
    for (const life of this.#watched.lives) {
      if (!life.alive || !life.state.informed) continue;
      for (const version of life.state.versions) {
        const truth = this.#truth.version(version);
        for (const [member, epoch] of version.adopted) {
          // Who is no member of a version need not adopt it, and nobody goes by what is said of it.
          if (member === life.region || !truth.members.has(member)) continue;
          if ((truth.adopted.get(member) ?? Number.POSITIVE_INFINITY) <= epoch) continue;
          const what = `${member} from ${epoch}`;
          throw violation('9 adoptions are told by their member', life, version.id.join(' '), what);
        }
      }
    }
  }
}

function violation(invariant: string, life: Life, version: string, what: string): Violation {
  return new Violation(invariant, `${life.actor} version ${version}: ${what}`, { regions: [life.region] });
}
