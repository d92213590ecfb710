import type { Limit } from './limit.ts';

/**
 * What is asked: a resource, dimensions by name, and how many permits; zero permits only peek.
 * Dimensions may be an object straight from a parser: only its own properties are ever looked up.
 */
export type CheckRequest = {
  readonly resource: string;
  /** The domain of a gateway's configuration that the request came with, where gateways have such. */
  readonly domain?: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly permits: number;
};

/** Why a request was allowed or denied. */
export type Reason =
  | 'ok'
  | 'no_limit'
  | 'disabled'
  | 'shadow'
  | 'global_limit_exceeded'
  | 'region_share_exhausted'
  | 'concurrency_exceeded'
  /** Another request that is decided together with this one was denied. */
  | 'held_back'
  /** This region cannot decide (its books are full) and the limit fails open. */
  | 'degraded_open'
  /** This region cannot decide (its books are full) and the limit fails closed. */
  | 'degraded_closed';

/** One matched limit's part in a decision. */
export type Verdict = {
  readonly limit: Limit;
  readonly key: string;
  /** The window that it was decided in. */
  readonly windowId: number;
  /** Permits that the limit allows of this key, in the whole world. */
  readonly permits: number;
  readonly allowed: boolean;
  readonly reason: Reason;
  /** Permits that this region may still spend now. */
  readonly remaining: number;
  /** Permits that the world may still spend, as far as this region knows. */
  readonly globalRemaining: number;
  /** Wall milliseconds at which the window ends. */
  readonly resetAtMs: number;
  /** Milliseconds until the same request could pass; 0 when it passed, infinite when it never can. */
  readonly retryAfterMs: number;
  /** Milliseconds that an allowed request should wait before it goes ahead. */
  readonly delayMs: number;
};

/** The answer to a check. */
export type Decision = {
  readonly allowed: boolean;
  readonly reason: Reason;
  /** The most restrictive limit that matched; undefined when none did. */
  readonly verdict: Verdict | undefined;
  /** One entry per matched limit. */
  readonly verdicts: readonly Verdict[];
  /** Milliseconds that an allowed request should wait before it goes ahead: the longest that any limit asks for. */
  readonly delayMs: number;
  /** Names the permits that are held until they are released or run out; where some limit counts permits at one time. */
  readonly lease: string | undefined;
  /** Wall milliseconds at which it was decided, by this region's clock: what was spent counts in the windows of then. */
  readonly atMs: number;
  /** Whether this region is cut off from part of the cluster or sits out, so that it decides from less than its share. */
  readonly degraded: boolean;
};

/** The window in which permits were spent under each limit, by the limit's id; or when they were spent, in wall milliseconds. */
export type SpentIn = ReadonlyMap<string, number> | { readonly atMs: number };

/** What a refund came to under one limit. */
export type Refunded = { readonly limit: Limit; readonly key: string; readonly permits: number };
