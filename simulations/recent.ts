import type { RegionId } from '../crdt/index.ts';
import type { CheckRequest, Decision } from '../src/core/decision.ts';

type Entry = { atMs: number; region: RegionId; what: string; about: readonly unknown[] };

type Check = { readonly request: CheckRequest; readonly decision: Decision };

/** Whose events to print: those of these regions, and of checks only those about the key. */
export type Involved = { readonly regions?: readonly RegionId[]; readonly key?: string };

/** The newest events of a run, kept as they are and put into words only when somebody asks. */
export class Recent {
  readonly #entries: Entry[] = [];
  readonly #checks: (Check | undefined)[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  note(atMs: number, region: RegionId, what: string, ...about: readonly unknown[]): void {
    this.#put(atMs, region, what, about);
  }

  /** The same for a check, of which there are so many that nothing is made for it. */
  noteCheck(atMs: number, region: RegionId, request: CheckRequest, decision: Decision): void {
    const place = this.#put(atMs, region, 'check', NOTHING);
    this.#checks[place] = { request, decision };
  }

  /** The last `most` events that involve what is asked for, oldest first, one line each. */
  lines(involved: Involved, most: number): string[] {
    const kept = this.#entries.length;
    const places = Array.from({ length: kept }, (_, at) => (this.#next + at) % kept)
      .map((place) => ({ entry: this.#entries[place], check: this.#checks[place] }))
      .flatMap(({ entry, check }) => (entry === undefined ? [] : [{ entry, check }]));
    return places
      .filter(({ entry, check }) => concerns(entry, check, involved))
      .slice(-most)
      .map(({ entry: { atMs, region, what, about }, check }) => {
        const words = what === 'check' && check !== undefined ? aboutCheck(check) : about.map(show);
        return [`${(atMs / 1_000).toFixed(3).padStart(9)} s`, region.padEnd(4), what, ...words].join(' ');
      });
  }

  #put(atMs: number, region: RegionId, what: string, about: readonly unknown[]): number {
    const place = this.#next;
    const entry = this.#entries[place];
    if (entry === undefined) this.#entries[place] = { atMs, region, what, about };
    else {
      entry.atMs = atMs;
      entry.region = region;
      entry.what = what;
      entry.about = about;
    }
    this.#next = (place + 1) % this.#most;
    return place;
  }
}

const NOTHING: readonly unknown[] = [];

function concerns({ region, what }: Entry, check: Check | undefined, { regions, key }: Involved): boolean {
  if (regions !== undefined && !regions.includes(region)) return false;
  if (key === undefined || what !== 'check') return true;
  return check?.decision.verdicts.some((verdict) => verdict.key === key) ?? false;
}

function aboutCheck({ request, decision }: Check): string[] {
  const verdicts = decision.verdicts.map(
    ({ limit, key, windowId, remaining }) => `${limit.name} "${key}" window ${windowId}: ${remaining} left`,
  );
  return [`${request.permits} permits`, decision.reason, verdicts.join('; ')];
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
