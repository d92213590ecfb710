import { createHash } from 'node:crypto';
import type { LimitSpec } from '../core/limit.ts';
import type { Configuration } from '../core/version.ts';
import { type Content, differenceOf, isNoDifference } from './diff.ts';
import type { LimitsFormat, LineStore, OpenedStore } from './ports.ts';

/** What the files said when they were last read, by fingerprint. */
type Seen = { readonly kind: 'file'; readonly limits: string; readonly regions: string };

/**
 * Knows what the files last said, over restarts too. What somebody changed otherwise stays until the files say something new: a file that
 * is only touched, or read again by the next process, undoes nothing. Limits and regions count apart.
 */
export class LimitsFileWatch {
  readonly #store: LineStore;
  readonly #format: LimitsFormat;
  readonly #texts = new WeakMap<LimitSpec, string>();
  #seen: Seen | undefined;
  #file: Configuration | undefined;
  #compared: { readonly with: Configuration; readonly differs: boolean } | undefined;

  /** Goes on with what an earlier life left. */
  constructor({ store, found }: OpenedStore, format: LimitsFormat) {
    this.#store = store;
    this.#format = format;
    this.#seen = found.filter(isSeen).at(-1);
  }

  /** What to publish now that the files say this, with what else is in force; undefined when they say nothing new. */
  next(file: Configuration, current: Configuration): Configuration | undefined {
    const seen = this.#seen;
    this.#file = file;
    this.#compared = undefined;
    // The first reading is what the region began with.
    if (seen === undefined) return undefined;
    const now = this.#fingerprints(file);
    const { limits } = now.limits === seen.limits ? current : file;
    const { members, retired } = now.regions === seen.regions ? current : file;
    const next = { members, retired, limits };
    return this.#differ(next, current) ? next : undefined;
  }

  /** Remembers what `next` was told last. Resolves when it is kept. */
  async remember(): Promise<void> {
    if (this.#file === undefined) return;
    const now = this.#fingerprints(this.#file);
    if (now.limits === this.#seen?.limits && now.regions === this.#seen.regions) return;
    this.#seen = now;
    await this.#store.replace([now]);
  }

  /** Whether other limits are in force than the files have. */
  differsFrom(current: Configuration): boolean {
    const file = this.#file;
    if (file === undefined) return false;
    if (this.#compared?.with !== current) {
      const { members, retired } = current;
      this.#compared = {
        with: current,
        differs: this.#differ({ members, retired, limits: file.limits }, current),
      };
    }
    return this.#compared.differs;
  }

  #differ(one: Configuration, other: Configuration): boolean {
    if (one.limits.length !== other.limits.length) return true;
    if (one.limits.some((limit, at) => this.#text(limit) !== this.#text(other.limits[at]))) return true;
    const seats = [one, other].map(({ members, retired }) => ({ members, retired, limits: [] }));
    return !isNoDifference(differenceOf(seats[0] as Content, seats[1] as Content));
  }

  /** A limit as it is written, made once for each: there may be thousands. */
  #text(limit: LimitSpec | undefined): string {
    if (limit === undefined) return '';
    let text = this.#texts.get(limit);
    if (text === undefined) {
      text = JSON.stringify(this.#format.write(limit));
      this.#texts.set(limit, text);
    }
    return text;
  }

  #fingerprints(file: Configuration): Seen {
    const limits = `[${file.limits.map((limit) => this.#text(limit)).join(',')}]`;
    const members = file.members.map(({ region, weight, address }) => [region, weight, address]).sort();
    const regions = JSON.stringify([members, [...file.retired].sort()]);
    return { kind: 'file', limits: hash(limits), regions: hash(regions) };
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isSeen(line: unknown): line is Seen {
  return typeof line === 'object' && line !== null && 'kind' in line && line.kind === 'file';
}
