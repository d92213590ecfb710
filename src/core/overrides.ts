import { MATCH_CACHE_ENTRIES_MAX } from '../bounds.ts';
import { keyOf, valuesOf } from './match-key.ts';

/** Another amount for some keys of a limit. A dimension that is left out, or `*`, stands for any value. */
export type Override = {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly limit: number;
  /** Buckets: how many permits can be saved up; as many as the limit, unless said. */
  readonly burst?: number;
};

/** Finds the override of a key: one that names all its values beats one that names some; of equals the first. */
export class Overrides {
  readonly #exact = new Map<string, Override>();
  readonly #partial: { readonly values: readonly (string | undefined)[]; readonly override: Override }[] = [];
  readonly #found = new Map<string, Override | undefined>();

  /** `perValue` are the names of the dimensions whose values make the key. */
  constructor(overrides: readonly Override[], perValue: readonly string[]) {
    for (const override of overrides) {
      const values = perValue.map((name) => {
        const value = Object.hasOwn(override.dimensions, name) ? override.dimensions[name] : undefined;
        return value === '*' ? undefined : value;
      });
      if (values.every((value) => value !== undefined)) {
        const key = keyOf(values);
        if (!this.#exact.has(key)) this.#exact.set(key, override);
      } else {
        this.#partial.push({ values, override });
      }
    }
    this.#partial.sort((a, b) => named(b.values) - named(a.values));
  }

  find(key: string): Override | undefined {
    const exact = this.#exact.get(key);
    if (exact !== undefined || this.#partial.length === 0) return exact;
    if (this.#found.has(key)) return this.#found.get(key);
    const values = valuesOf(key);
    const found = this.#partial.find((each) =>
      each.values.every((value, at) => value === undefined || value === values[at]),
    )?.override;
    if (this.#found.size >= MATCH_CACHE_ENTRIES_MAX) this.#found.clear();
    this.#found.set(key, found);
    return found;
  }
}

function named(values: readonly (string | undefined)[]): number {
  return values.filter((value) => value !== undefined).length;
}
