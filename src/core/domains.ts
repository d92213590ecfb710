import type { CheckRequest } from './decision.ts';
import type { Limit } from './limit.ts';
import { Matcher } from './match.ts';

/** Finds the entries whose limits may meet a request: those of the request's domain, and those that name none and meet requests of any. */
export class DomainMatcher<Entry extends { readonly limit: Limit }> {
  readonly #anyDomain: Matcher<Entry>;
  readonly #byDomain = new Map<string, Matcher<Entry>>();
  readonly #order = new Map<Entry, number>();

  constructor(entries: readonly Entry[]) {
    const ofAny: Entry[] = [];
    const byDomain = new Map<string, Entry[]>();
    for (const [index, entry] of entries.entries()) {
      const { domain } = entry.limit.spec;
      const own = domain === undefined ? ofAny : (byDomain.get(domain) ?? []);
      if (domain !== undefined) byDomain.set(domain, own);
      own.push(entry);
      this.#order.set(entry, index);
    }
    this.#anyDomain = new Matcher(ofAny);
    for (const [domain, own] of byDomain) this.#byDomain.set(domain, new Matcher(own));
  }

  /** The entries that may meet the request, in the order in which they were given. */
  candidates(request: CheckRequest): readonly Entry[] {
    const found = this.#anyDomain.candidates(request);
    if (request.domain === undefined) return found;
    const own = this.#byDomain.get(request.domain)?.candidates(request) ?? [];
    if (own.length === 0) return found;
    return [...found, ...own].sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
  }
}
