import { MATCH_CACHE_ENTRIES_MAX } from '../bounds.ts';
import { keyHash } from './counter.ts';
import type { CheckRequest } from './decision.ts';
import type { Limit } from './limit.ts';
import { escapeCommas, WHOLE_KEY } from './match-key.ts';
import { isMatch } from './pattern.ts';

/** The entries whose patterns meet one resource: those that name no value of a dimension, and the others by the value they name. */
type Group<Entry> = {
  readonly anyway: readonly Entry[];
  readonly byValue: readonly (readonly [dimension: string, ReadonlyMap<string, readonly Entry[]>])[];
};

type Numbered<Entry> = { readonly entry: Entry; readonly index: number };

/** Finds the entries whose limits may meet a request, without looking at those that cannot: neither by resource nor by a value they name. */
export class Matcher<Entry extends { readonly limit: Limit }> {
  readonly #byResource = new Map<string, Numbered<Entry>[]>();
  /** By what stands before the first star. */
  readonly #byPrefix = new Map<string, Numbered<Entry>[]>();
  readonly #prefixLengths: readonly number[];
  readonly #order = new Map<Entry, number>();
  readonly #groups = new Map<string, Group<Entry>>();

  constructor(entries: readonly Entry[]) {
    entries.forEach((entry, index) => {
      this.#order.set(entry, index);
      const pattern = entry.limit.spec.resource;
      const star = pattern.indexOf('*');
      if (star < 0) push(this.#byResource, pattern, { entry, index });
      else push(this.#byPrefix, pattern.slice(0, star), { entry, index });
    });
    this.#prefixLengths = [...new Set([...this.#byPrefix.keys()].map((prefix) => prefix.length))];
  }

  /** The entries that may meet the request, in the order in which they were given. */
  candidates({ resource, dimensions }: CheckRequest): readonly Entry[] {
    const { anyway, byValue } = this.#groupOf(resource);
    if (byValue.length === 0) return anyway;
    const found = [...anyway];
    for (const [name, entries] of byValue) {
      const value = ownValue(dimensions, name);
      if (value !== undefined) found.push(...(entries.get(value) ?? []));
    }
    if (found.length === anyway.length) return anyway;
    return found.sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
  }

  #groupOf(resource: string): Group<Entry> {
    let group = this.#groups.get(resource);
    if (group === undefined) {
      group = groupOf(this.#lookUp(resource));
      if (this.#groups.size >= MATCH_CACHE_ENTRIES_MAX) this.#groups.clear();
      this.#groups.set(resource, group);
    }
    return group;
  }

  #lookUp(resource: string): Entry[] {
    const found = [...(this.#byResource.get(resource) ?? [])];
    for (const length of this.#prefixLengths) {
      if (length > resource.length) continue;
      for (const numbered of this.#byPrefix.get(resource.slice(0, length)) ?? [])
        if (isMatch(numbered.entry.limit.spec.resource, resource)) found.push(numbered);
    }
    return found.sort((a, b) => a.index - b.index).map(({ entry }) => entry);
  }
}

function groupOf<Entry extends { readonly limit: Limit }>(entries: readonly Entry[]): Group<Entry> {
  const anyway: Entry[] = [];
  const byValue = new Map<string, Map<string, Entry[]>>();
  const named = countNamed(entries);
  for (const entry of entries) {
    // By what fewest of the others name: a value that all have in common tells nothing apart.
    const [rarest] = entry.limit.exact.toSorted((a, b) => countOf(named, a) - countOf(named, b));
    if (rarest === undefined) {
      anyway.push(entry);
      continue;
    }
    const [name, value] = rarest;
    const values = byValue.get(name) ?? new Map<string, Entry[]>();
    byValue.set(name, values);
    push(values, value, entry);
  }
  return { anyway, byValue: [...byValue] };
}

type Named = readonly [dimension: string, value: string];

/** How many of the entries name each value of each dimension. */
function countNamed<Entry extends { readonly limit: Limit }>(entries: readonly Entry[]) {
  const named = new Map<string, Map<string, number>>();
  for (const { limit } of entries) {
    for (const [name, value] of limit.exact) {
      const counts = named.get(name) ?? new Map<string, number>();
      named.set(name, counts);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return named;
}

function countOf(named: ReadonlyMap<string, ReadonlyMap<string, number>>, [name, value]: Named): number {
  return named.get(name)?.get(value) ?? 0;
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/**
 * The key of the counter that a request meets under a limit whose resource it matches: the values of the limit's
 * `*` dimensions in the order of their names; undefined when a dimension is missing or has another value.
 */
export function counterKey({ exact, perValue }: Limit, { dimensions }: CheckRequest): string | undefined {
  for (let at = 0; at < exact.length; at += 1) {
    const named = exact[at];
    if (named !== undefined && ownValue(dimensions, named[0]) !== named[1]) return undefined;
  }
  // One value stands as it is; of several, each has its commas escaped, so that no two requests share a key by accident.
  const isOne = perValue.length === 1;
  let key = '';
  for (let at = 0; at < perValue.length; at += 1) {
    const value = ownValue(dimensions, perValue[at] ?? '');
    if (value === undefined) return undefined;
    key = isOne ? value : `${key}${at === 0 ? '' : ','}${escapeCommas(value)}`;
  }
  return key === WHOLE_KEY ? '\\0' : key;
}

function ownValue(dimensions: CheckRequest['dimensions'], name: string): string | undefined {
  return Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
}

/** Whether a denial of this key is carried out: the mode says so, and the rollout has come to it. */
export function isEnforced({ spec, name }: Limit, key: string): boolean {
  if (spec.mode !== 'enforce') return false;
  if (spec.rolloutPermille === undefined) return true;
  // With the limit's name, or the same tenth of the keys would go first under every limit.
  return keyHash(`${name}\n${key}`) % 1_000 < spec.rolloutPermille;
}
