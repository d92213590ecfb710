import { MATCH_CACHE_ENTRIES_MAX } from '../bounds.ts';
import type { CheckRequest } from './decision.ts';
import type { Limit } from './limit.ts';

/** Finds the entries whose limits may meet a resource, without looking at those that cannot. */
export class Matcher<Entry extends { readonly limit: Limit }> {
  readonly #entries: readonly Entry[];
  readonly #byResource = new Map<string, number[]>();
  readonly #byPrefix = new Map<string, number[]>();
  readonly #prefixLengths: readonly number[];
  readonly #cache = new Map<string, readonly Entry[]>();

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    entries.forEach(({ limit }, index) => {
      const pattern = limit.spec.resource;
      const isPrefix = pattern.endsWith('*');
      const table = isPrefix ? this.#byPrefix : this.#byResource;
      const name = isPrefix ? pattern.slice(0, -1) : pattern;
      const indexes = table.get(name);
      if (indexes === undefined) table.set(name, [index]);
      else indexes.push(index);
    });
    this.#prefixLengths = [...new Set([...this.#byPrefix.keys()].map((prefix) => prefix.length))];
  }

  /** The entries whose resource pattern meets `resource`, in the order in which they were given. */
  candidates(resource: string): readonly Entry[] {
    let found = this.#cache.get(resource);
    if (found === undefined) {
      found = this.#lookUp(resource);
      if (this.#cache.size >= MATCH_CACHE_ENTRIES_MAX) this.#cache.clear();
      this.#cache.set(resource, found);
    }
    return found;
  }

  #lookUp(resource: string): readonly Entry[] {
    const indexes = [...(this.#byResource.get(resource) ?? [])];
    for (const length of this.#prefixLengths) {
      if (length <= resource.length) indexes.push(...(this.#byPrefix.get(resource.slice(0, length)) ?? []));
    }
    return indexes.sort((a, b) => a - b).flatMap((index) => this.#entries[index] ?? []);
  }
}

/**
 * The key of the counter that a request meets under a limit whose resource it matches: the values of the limit's
 * `*` dimensions in the order of their names; undefined when a dimension is missing or has another value.
 */
export function counterKey(limit: Limit, request: CheckRequest): string | undefined {
  const { dimensions } = request;
  for (const [name, value] of limit.exact) {
    if (!Object.hasOwn(dimensions, name) || dimensions[name] !== value) return undefined;
  }
  let key = '';
  for (let at = 0; at < limit.perValue.length; at += 1) {
    const name = limit.perValue[at] ?? '';
    const value = Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
    if (value === undefined) return undefined;
    // One value stands as it is; of several, each has its commas escaped, so that no two requests share a key by accident.
    key = limit.perValue.length === 1 ? value : `${key}${at === 0 ? '' : ','}${escapeCommas(value)}`;
  }
  return key;
}

function escapeCommas(value: string): string {
  if (!value.includes(',') && !value.includes('\\')) return value;
  return value.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
}
