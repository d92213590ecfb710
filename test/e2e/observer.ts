import { type LimitEntry, REGIONS, type RegionName } from './cluster.ts';

/** One answer as a client got it. */
export type Told = {
  readonly region: RegionName;
  readonly limit: string;
  /** What the request was counted under, as its client names it. */
  readonly key: string;
  readonly permits: number;
  readonly allowed: boolean;
  readonly resetAtMs: number;
};

/** Permits that clients were told they have, by region, in one window. */
export type Admitted = Readonly<Record<RegionName, number>>;

const NOBODY: Admitted = { 'us-east': 0, 'eu-west': 0, 'ap-southeast': 0 };

/**
 * Counts from outside what clients were told. A permit belongs to the window whose end its answer names. What the regions say of their
 * own counters plays no part, so that a region cannot hide what it gave away.
 */
export class Observer {
  readonly #windowMs: ReadonlyMap<string, number>;
  readonly #admitted = new Map<string, Map<string, Map<number, Admitted>>>();
  readonly #offered = new Map<string, Map<number, number>>();

  constructor(limits: readonly LimitEntry[]) {
    this.#windowMs = new Map(limits.map(({ name, window }) => [name, windowMsOf(window)]));
  }

  tell({ region, limit, key, permits, allowed, resetAtMs }: Told): void {
    const windowId = resetAtMs / this.windowMs(limit) - 1;
    const offered = valueIn(this.#offered, limit, () => new Map<number, number>());
    offered.set(windowId, (offered.get(windowId) ?? 0) + permits);
    if (!allowed) return;
    const byKey = valueIn(this.#admitted, limit, () => new Map<string, Map<number, Admitted>>());
    const windows = valueIn(byKey, key, () => new Map<number, Admitted>());
    const before = windows.get(windowId) ?? NOBODY;
    windows.set(windowId, { ...before, [region]: before[region] + permits });
  }

  windowMs(limit: string): number {
    const windowMs = this.#windowMs.get(limit);
    if (windowMs === undefined) throw new Error(`there is no limit ${limit}`);
    return windowMs;
  }

  /** What each region admitted of a key in a window. */
  admitted(limit: string, windowId: number, key = ''): Admitted {
    return this.#admitted.get(limit)?.get(key)?.get(windowId) ?? NOBODY;
  }

  /** What all regions admitted of a key in a window. */
  total(limit: string, windowId: number, key = ''): number {
    return sumOf(this.admitted(limit, windowId, key));
  }

  /** Permits asked for and answered in a window, under all keys of a limit. */
  offered(limit: string, windowId: number): number {
    return this.#offered.get(limit)?.get(windowId) ?? 0;
  }

  /** Every window of every key of a limit in which anything was admitted. */
  *windows(
    limit: string,
  ): Generator<{ readonly key: string; readonly windowId: number; readonly total: number }> {
    for (const [key, windows] of this.#admitted.get(limit) ?? []) {
      for (const [windowId, admitted] of windows) yield { key, windowId, total: sumOf(admitted) };
    }
  }

  /** The most that was ever admitted of one key in one window, and in how many windows anything was. */
  most(limit: string): { readonly most: number; readonly windows: number } {
    let most = 0;
    let windows = 0;
    for (const { total } of this.windows(limit)) {
      most = Math.max(most, total);
      windows += 1;
    }
    return { most, windows };
  }
}

/** The permits of all regions, or of all but `without`. */
export function sumOf(admitted: Admitted, without?: RegionName): number {
  return REGIONS.reduce((sum, region) => (region === without ? sum : sum + admitted[region]), 0);
}

/** Milliseconds of a window as a limits file writes it. */
function windowMsOf(window: LimitEntry['window']): number {
  return Number(window.slice(0, -1)) * 1_000;
}

function valueIn<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
