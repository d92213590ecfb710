import type { Health } from '../adapters/http/health-routes.ts';
import type { LimitSpec } from '../core/limit.ts';
import type { HotKeyView, LimitView, PeerView } from '../core/view.ts';
import { type Answer, ask, hasFields } from './ask.ts';

/** What `/v1/regions` says of one region; what is measured is absent of the one that answers. */
export type RegionEntry = Pick<PeerView, 'region' | 'status' | 'weight' | 'owns'> &
  Partial<PeerView> & { readonly self: boolean; readonly share: number };

/** The answer of `/v1/regions`. */
export type RegionsAnswer = {
  readonly region: string;
  readonly epoch: number;
  readonly sitting: boolean;
  readonly degraded: boolean;
  readonly version: readonly [number: number, publisher: string];
  readonly regions: readonly RegionEntry[];
};

/** What `/v1/limits` says of one limit. */
export type LimitEntry = LimitSpec & Omit<LimitView, 'spec' | 'bases'>;

/** The answer of `/v1/limits`. */
export type LimitsAnswer = { readonly limits: readonly LimitEntry[] };

/** The answer of `/v1/hot-keys`. */
export type HotKeysAnswer = { readonly region: string; readonly keys: readonly HotKeyView[] };

/** How to reach one coordinator. */
export type Place = { readonly url: string; readonly timeoutMs: number };

/** Asks a coordinator how it is. */
export function askHealth(place: Place): Promise<Answer<Health>> {
  const accepts = (body: unknown): body is Health => hasFields(body, 'status', 'region', 'checks');
  return ask({ ...place, path: '/health', accepts });
}

/** Asks a coordinator what it knows of all regions. */
export function askRegions(place: Place): Promise<Answer<RegionsAnswer>> {
  const accepts = (body: unknown): body is RegionsAnswer => hasFields(body, 'region', 'epoch', 'regions');
  return ask({ ...place, path: '/v1/regions', accepts });
}

/** Asks a coordinator for its limits. */
export function askLimits(place: Place): Promise<Answer<LimitsAnswer>> {
  const accepts = (body: unknown): body is LimitsAnswer => hasFields(body, 'limits');
  return ask({ ...place, path: '/v1/limits', accepts });
}

/** Asks a coordinator for the keys that are asked for most; `query` is what the path's query says. */
export function askHotKeys(place: Place, query: URLSearchParams): Promise<Answer<HotKeysAnswer>> {
  const accepts = (body: unknown): body is HotKeysAnswer => hasFields(body, 'region', 'keys');
  return ask({ ...place, path: `/v1/hot-keys?${query}`, accepts });
}
