/** What is asked: may a request for this resource, with these dimensions, go on? */
export type LimitedRequest = {
  readonly resource: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  /** One unless said otherwise; 0 only peeks. */
  readonly permits?: number;
};

/** Why a request was allowed or denied: what coordinators say, and what the client says where there is none to be reached. */
export type Reason =
  | 'ok'
  | 'no_limit'
  | 'disabled'
  | 'shadow'
  | 'global_limit_exceeded'
  | 'region_share_exhausted'
  | 'concurrency_exceeded'
  | 'held_back'
  | 'degraded_open'
  | 'degraded_closed'
  | 'unreachable_open'
  | 'unreachable_closed';

/**
 * Who decided: a `block` of permits that is held here, the `region` when it was asked, what it said a moment ago of requests like this one
 * (`memory`), or, where it could not be asked, the `fallback` that was chosen.
 */
export type Source = 'block' | 'region' | 'memory' | 'fallback';

/** One limit that a request met. */
export type LimitState = {
  readonly limit: string;
  /** Permits that it allows in the whole world in one window, and how long that is, in milliseconds. */
  readonly quota: number;
  readonly windowMs: number;
  /** Permits that this region may still spend, those held here included. */
  readonly remaining: number;
  /** Milliseconds until all that is used now is free again. */
  readonly resetInMs: number;
  /** Names the window that was charged. */
  readonly windowId: number;
};

/** The answer to a request. */
export type Decision = {
  readonly allowed: boolean;
  readonly reason: Reason;
  readonly source: Source;
  /** The most restrictive limit; undefined where none is known. */
  readonly limit: string | undefined;
  /** Permits that are left under it; undefined where that is not known. */
  readonly remaining: number | undefined;
  /** Milliseconds until the same request could pass: 0 when it passed, undefined when no waiting helps. */
  readonly retryAfterMs: number | undefined;
  /** Milliseconds that an allowed request should wait before it goes ahead. */
  readonly delayMs: number;
  /** Names the permits that are held, where a limit counts those at one time. */
  readonly lease: string | undefined;
  /** The limits that it met, as far as they are known here; an answer of `/check` tells of them in its `fields`. */
  readonly limits: readonly LimitState[];
  /** Header fields that a coordinator answered with and that a gateway should pass on, by their names. */
  readonly fields: Readonly<Record<string, string>>;
};
