import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CheckRequest, Decision, Refunded, SpentIn, Verdict } from '../../core/decision.ts';
import { HeadgateError } from '../../errors.ts';
import type { Clock, Coordinator } from '../../ports.ts';
import { blockSize, spendableMs, type Wanted } from './block-size.ts';
import {
  BLOCKS_MAX,
  LEASE_MS_MAX,
  NO_LIMIT_MS,
  PERMITS_MAX,
  UNLEASABLE_MS,
  UNLEASABLE_MS_MIN,
} from './bounds.ts';

/** Permits that were charged here and may be spent elsewhere. */
export type Grant = {
  readonly kind: 'granted';
  /** Those that are needed included, which may be used whenever the answer comes: they are decided already. */
  readonly permits: number;
  /** Names what is given, so that what is not used of it can come back; undefined where nothing is. */
  readonly block: string | undefined;
  /** For how long it may be spent, in milliseconds from now. */
  readonly expiresInMs: number;
  /** The clock by which that is, in wall milliseconds. */
  readonly wallMs: number;
  /** What was decided last about permits that were given. */
  readonly decision: Decision;
  /** Why not all that was needed is given. */
  readonly denial: Decision | undefined;
};

/** Permits under these limits are not given away: each request is to be decided by itself. */
export type Unleasable = {
  readonly kind: 'unleasable';
  readonly reason: 'algorithm' | 'shadow' | 'draining';
  readonly limit: string | undefined;
  /** For how long it is not worth asking again, in milliseconds. */
  readonly forMs: number;
  readonly degraded: boolean;
};

type Block = { readonly request: CheckRequest; readonly permits: number; readonly spentIn: SpentIn };

type Granted = Pick<Grant, 'permits' | 'decision' | 'denial'> & {
  /** As much of it as was charged at one time, and under what: that may come back. */
  readonly charged: { readonly permits: number; readonly verdicts: readonly Verdict[] };
};

/**
 * Blocks of permits that gateways hold and spend in their own process. A block is spent in this region's books when it is given, so that no
 * limit can be exceeded whatever becomes of its holder; what is left of it comes back once, to the windows in which it was charged.
 */
export class Blocks {
  readonly #coordinator: Coordinator;
  readonly #clock: Clock;
  // What is forgotten cannot come back any more, which costs nobody but those who wait for it.
  readonly #held: LRUCache<string, Block>;
  /** The latest that the clock has shown: what a region has seen the end of does not come again. */
  #wallMs = 0;

  constructor(coordinator: Coordinator, clock: Clock) {
    this.#coordinator = coordinator;
    this.#clock = clock;
    // The cache takes a time of 0 for none.
    const perf = { now: () => clock.now().monoMs + 1 };
    this.#held = new LRUCache({ max: BLOCKS_MAX, ttl: LEASE_MS_MAX, ttlResolution: 0, perf });
  }

  /** Takes permits for requests of one kind: as many as are needed if there are, and some of those that are wanted ahead. */
  async take(request: CheckRequest, wanted: Wanted): Promise<Grant | Unleasable> {
    const look = await this.#coordinator.check({ ...request, permits: 0 });
    const refusal = this.#refusal(look, wanted.needed);
    if (refusal !== undefined) return refusal;
    const { charged, ...granted } = await this.#spend(request, wanted, look);
    const { verdicts } = granted.decision;
    const wallMs = this.#now();
    const expiresInMs = verdicts.reduce(
      (least, verdict) => Math.min(least, spendableMs(verdict, wallMs)),
      verdicts.length === 0 ? NO_LIMIT_MS - (wallMs % NO_LIMIT_MS) - 1 : LEASE_MS_MAX,
    );
    const block = granted.permits > 0 ? randomBytes(12).toString('base64url') : undefined;
    if (block !== undefined)
      this.#held.set(block, { request, permits: charged.permits, spentIn: spentIn(charged.verdicts) });
    return { kind: 'granted', ...granted, block, expiresInMs, wallMs };
  }

  /**
   * Takes back up to `permits` of a block, which then is none any more. Throws `HeadgateError` `unknown_block` for one that was never given here,
   * came back already, or is over.
   */
  async giveBack(block: string, permits: number): Promise<readonly Refunded[]> {
    const held = this.#held.get(block);
    if (held === undefined) throw new HeadgateError('unknown_block');
    this.#held.delete(block);
    const request = { ...held.request, permits: Math.min(permits, held.permits) };
    return this.#coordinator.refund(request, held.spentIn);
  }

  async #spend(request: CheckRequest, wanted: Wanted, look: Decision): Promise<Granted> {
    const { needed } = wanted;
    const size = blockSize(wanted, leastOf(look.verdicts));
    const decision = size > 0 ? await this.#check(request, size) : look;
    const had = decision.allowed ? size : 0;
    const charged = { permits: had, verdicts: decision.verdicts.filter(counts) };
    if (had >= needed) {
      if (had === needed || isCounted(decision))
        return { permits: had, charged, decision, denial: undefined };
      // Some limit let it pass uncounted: that is for requests that are there, not for such as may come.
      await this.#coordinator.refund({ ...request, permits: had - needed }, spentIn(charged.verdicts));
      return { permits: needed, charged: { ...charged, permits: needed }, decision, denial: undefined };
    }
    return this.#deny(request, wanted, { permits: had, charged, decision });
  }

  /**
   * Decides about what is needed beyond what could be given: denied, as a rule, which tells the region how much more is wanted. How long to wait is
   * told of the smallest request among those that need it.
   */
  async #deny(
    request: CheckRequest,
    { needed, smallest }: Wanted,
    had: Omit<Granted, 'denial'>,
  ): Promise<Granted> {
    const quota = had.decision.verdicts.reduce((least, { permits }) => Math.min(least, permits), PERMITS_MAX);
    const short = Math.max(smallest, Math.min(needed - had.permits, quota));
    const rest = await this.#check(request, short);
    if (rest.allowed) return more(had, short, rest);
    if (short === smallest) return { ...had, denial: rest };
    const least = await this.#check(request, smallest);
    return least.allowed ? { ...more(had, smallest, least), denial: rest } : { ...had, denial: least };
  }

  async #check(request: CheckRequest, permits: number): Promise<Decision> {
    return this.#coordinator.check({ ...request, permits });
  }

  /** Where the answer to one request says more than that a permit is spent, there is nothing to be given ahead. */
  #refusal({ verdicts, degraded }: Decision, needed: number): Unleasable | undefined {
    for (const { limit, remaining, resetAtMs } of verdicts) {
      const { name, spec } = limit;
      const refused = { kind: 'unleasable', limit: name, degraded } as const;
      if (spec.algorithm === 'concurrency' || spec.algorithm === 'leaky-bucket')
        return { ...refused, reason: 'algorithm', forMs: UNLEASABLE_MS };
      const isTried = spec.mode === 'shadow' || spec.rolloutPermille !== undefined;
      // What would be denied is to be counted one by one: that is what such a limit is for.
      if (!isTried || remaining >= Math.max(1, needed)) continue;
      const forMs = Math.min(UNLEASABLE_MS, Math.max(UNLEASABLE_MS_MIN, resetAtMs - this.#now()));
      return { ...refused, reason: 'shadow', forMs: Math.ceil(forMs) };
    }
    return undefined;
  }

  #now(): number {
    this.#wallMs = Math.max(this.#wallMs, this.#clock.now().wallMs);
    return this.#wallMs;
  }
}

function leastOf(verdicts: readonly Verdict[]): number {
  return verdicts.reduce(
    (least, { remaining }) => Math.min(least, Math.floor(remaining)),
    Number.POSITIVE_INFINITY,
  );
}

function isCounted({ verdicts }: Decision): boolean {
  return verdicts.every(counts);
}

/** What came after all, as when another window has begun meanwhile: it was charged elsewhere, and for requests that need it. */
function more(had: Omit<Granted, 'denial'>, permits: number, decision: Decision): Granted {
  return { ...had, permits: had.permits + permits, decision, denial: undefined };
}

function counts({ allowed }: Verdict): boolean {
  return allowed;
}

function spentIn(verdicts: readonly Verdict[]): SpentIn {
  return new Map(verdicts.map(({ limit, windowId }) => [limit.id, windowId]));
}
