import { effect, signal } from '@preact/signals';
import { ask } from './api.ts';
import { connection, frame } from './live.ts';

/** One limit as `/v1/limits` tells it: the part of it that is shown. */
export type LimitSpecEntry = {
  readonly name: string;
  readonly resource: string;
  readonly domain?: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly algorithm: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly period?: { readonly unit: string };
  readonly burst?: number;
  readonly shares: string;
  readonly mode: string;
  readonly consistency?: string;
  readonly reclaimPermille: number;
  readonly overrides?: readonly unknown[];
};

/** The limits in force, by name. */
export const specs = signal<ReadonlyMap<string, LimitSpecEntry>>(new Map());

/** The limit whose details are shown; the first one unless somebody chose. */
export const chosenLimit = signal<string | undefined>(undefined);

/** Asks for the limits whenever another version is in force, and after every connection. */
export function followLimits(): void {
  let known = '';
  effect(() => {
    const version = frame.value?.version;
    const state = connection.value.state;
    if (state !== 'live') known = '';
    else if (version !== undefined && version !== known) {
      known = version;
      void load();
    }
  });
}

async function load(): Promise<void> {
  try {
    const { limits } = await ask<{ readonly limits: readonly LimitSpecEntry[] }>('v1/limits');
    specs.value = new Map(limits.map((limit) => [limit.name, limit]));
  } catch {
    // The connection that is lost with it tells of it; the next one asks again.
  }
}

/** How much a limit allows, in words: `1,000 per 10 s`. */
export function amountOf({ limit, windowMs, algorithm, period }: LimitSpecEntry): string {
  const count = limit.toLocaleString('en');
  if (algorithm === 'concurrency') return `${count} at a time`;
  return `${count} per ${period?.unit ?? spanOf(windowMs)}`;
}

/** What a limit is about, in words. */
export function aboutOf({ resource, domain, dimensions }: LimitSpecEntry): string {
  const parts = Object.entries(dimensions).map(([name, value]) =>
    value === '*' ? `each ${name}` : `${name}=${value}`,
  );
  return [domain ?? (resource === '*' ? 'every resource' : resource), ...parts].join(' · ');
}

/** The names of a limit's dimensions that have a counter for each value, in the order of its keys. */
export function keyNames(spec: LimitSpecEntry | undefined): readonly string[] {
  const dimensions = spec?.dimensions ?? {};
  return Object.keys(dimensions)
    .filter((name) => dimensions[name] === '*')
    .sort();
}

function spanOf(milliseconds: number): string {
  const spans = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const;
  const [size, unit] = spans.find(([size]) => milliseconds >= size && milliseconds % size === 0) ?? [1, 'ms'];
  return `${milliseconds / size} ${unit}`;
}
