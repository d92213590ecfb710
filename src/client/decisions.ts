import type { Decision, LimitState, Source } from './decision.ts';
import type { Block, Denial } from './shape.ts';

const NO_FIELDS: Readonly<Record<string, string>> = Object.freeze({});

/** What happens to requests that nobody can decide about. */
export type OnError = 'open' | 'closed';

/**
 * An allowed request whose permits come from a block. What it says of limits is worked out when somebody looks: most callers only want to
 * know that it is allowed.
 */
export class Granted implements Decision {
  readonly source: Source;
  readonly #block: Block;
  readonly #left: number;
  readonly #atMs: number;

  constructor(block: Block, source: Source, monoMs: number) {
    this.#block = block;
    this.source = source;
    this.#left = block.left;
    this.#atMs = monoMs;
  }

  get allowed(): true {
    return true;
  }

  get reason(): 'ok' | 'no_limit' {
    return this.#block.limits.length === 0 ? 'no_limit' : 'ok';
  }

  get limit(): string | undefined {
    return tightest(this.limits)?.limit;
  }

  get remaining(): number | undefined {
    return tightest(this.limits)?.remaining;
  }

  get retryAfterMs(): 0 {
    return 0;
  }

  get delayMs(): 0 {
    return 0;
  }

  get lease(): undefined {
    return undefined;
  }

  /** What the coordinator said when it gave the block, with what is left of it, and the time that has passed since. */
  get limits(): readonly LimitState[] {
    const { limits, toldMs } = this.#block;
    const passedMs = this.#atMs - toldMs;
    return limits.map((limit) => ({
      ...limit,
      remaining: limit.remaining + this.#left,
      resetInMs: Math.max(0, limit.resetInMs - passedMs),
    }));
  }

  get fields(): Readonly<Record<string, string>> {
    return NO_FIELDS;
  }

  toJSON(): Decision {
    const { allowed, reason, source, limit, remaining, retryAfterMs, delayMs, lease, limits, fields } = this;
    return { allowed, reason, source, limit, remaining, retryAfterMs, delayMs, lease, limits, fields };
  }
}

/** A request that is denied as the one of which the coordinator said so. */
export function denied(denial: Denial, source: Source, monoMs: number): Decision {
  const { reason, limit, limits, passesMs } = denial;
  const retryAfterMs = passesMs === undefined ? undefined : Math.max(1, Math.ceil(passesMs - monoMs));
  return {
    allowed: false,
    reason,
    source,
    limit,
    remaining: 0,
    retryAfterMs,
    delayMs: 0,
    lease: undefined,
    limits: limits.map((state) =>
      state.limit === limit ? { ...state, remaining: 0, resetInMs: retryAfterMs ?? state.resetInMs } : state,
    ),
    fields: NO_FIELDS,
  };
}

/** A request that nobody could be asked about. */
export function fallback(onError: OnError): Decision {
  const allowed = onError === 'open';
  return {
    allowed,
    reason: allowed ? 'unreachable_open' : 'unreachable_closed',
    source: 'fallback',
    limit: undefined,
    remaining: undefined,
    retryAfterMs: allowed ? 0 : FALLBACK_RETRY_MS,
    delayMs: 0,
    lease: undefined,
    limits: [],
    fields: NO_FIELDS,
  };
}

/** When it is worth asking again whether somebody can be asked. */
const FALLBACK_RETRY_MS = 1_000;

function tightest(limits: readonly LimitState[]): LimitState | undefined {
  return limits.reduce<LimitState | undefined>(
    (least, limit) => (least === undefined || limit.remaining < least.remaining ? limit : least),
    undefined,
  );
}
