import { type Path, parentPath, showPath } from './path.ts';
import type { Problem } from './problem.ts';

/** Where something was written. */
export type Place = { readonly origin: string; readonly line?: number; readonly column?: number };

/** What is said about one path: what is wrong and, where it can be told, what would be right. */
export type Remark = { readonly message: string; readonly hint?: string };

/** Most problems kept of one file: a file that is not meant for us would otherwise fill the screen and the memory. */
const PROBLEMS_MAX = 1_000;

/** What reading one configuration has found so far: where every value was written, and what is wrong. */
export class Findings {
  readonly #root: Place;
  readonly #values = new Map<Path, Place>();
  readonly #keys = new Map<Path, Place>();
  readonly #reported = new Set<Path>();
  readonly #problems: Problem[] = [];
  #uncounted = 0;

  /** Findings about `origin`, which stands for whatever has no place of its own. */
  constructor(origin: string) {
    this.#root = { origin };
  }

  /** Records where the value at `path` was written and, in a map, its key. A later record replaces an earlier one. */
  place(path: Path, value: Place, key: Place = value): void {
    this.#values.set(path, value);
    this.#keys.set(path, key);
  }

  /** Records that the value at `path` and all inside it come from somewhere else than was recorded. */
  replace(path: Path, value: Place): void {
    for (const places of [this.#values, this.#keys]) {
      for (const inner of places.keys()) if (inner.startsWith(`${path}/`)) places.delete(inner);
    }
    this.place(path, value);
  }

  /** Where the value at `path`, or the nearest value around it, was written. */
  placeOf(path: Path): Place {
    return this.#nearest(this.#values, path);
  }

  /** Adds a problem about the value at `path`. Of several about one value the first is kept: it is the cause of the others. */
  report(path: Path, remark: Remark): void {
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#add(path, this.placeOf(path), remark);
  }

  /** Whether a problem about the value at `path` was reported: what depends on it is not known then. */
  isReported(path: Path): boolean {
    return this.#reported.has(path);
  }

  /** Adds a problem about the name at `path` rather than about its value. */
  reportKey(path: Path, remark: Remark): void {
    this.#add(path, this.#nearest(this.#keys, path), remark);
  }

  /** Adds a problem about `path` at a place of its own, such as a syntax error or a key's second appearance. */
  reportPlace(path: Path, place: Place, remark: Remark): void {
    this.#add(path, place, remark);
  }

  /** All problems: those of the text in its order, then the others as they were found. */
  problems(): readonly Problem[] {
    const sorted = this.#problems.toSorted(
      (a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0,
    );
    if (this.#uncounted === 0) return sorted;
    return [
      ...sorted,
      { ...this.#root, path: '', message: `${this.#uncounted} more problems are not shown` },
    ];
  }

  #nearest(places: ReadonlyMap<Path, Place>, path: Path): Place {
    const own = places.get(path);
    if (own !== undefined) return own;
    for (let up = parentPath(path); up !== undefined; up = parentPath(up)) {
      const around = this.#values.get(up);
      if (around !== undefined) return around;
    }
    return this.#root;
  }

  #add(path: Path, place: Place, remark: Remark): void {
    if (this.#problems.length < PROBLEMS_MAX)
      this.#problems.push({ ...place, path: showPath(path), ...remark });
    else this.#uncounted += 1;
  }
}
