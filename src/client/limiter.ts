import { CHECKS_MAX, PERMITS_MAX, SWEEP_MS } from './bounds.ts';
import type { Clock } from './clock.ts';
import type { Coordinator } from './coordinator.ts';
import type { Decision, LimitedRequest } from './decision.ts';
import { denied, fallback, Granted, type OnError } from './decisions.ts';
import { isDenied, type LeaseSettings, Leasing, type Tally } from './leasing.ts';
import { RequestProblem } from './problem.ts';
import type { Denial, Shape } from './shape.ts';
import { Shapes } from './shapes.ts';

/** How a limiter goes about it. */
export type LimiterSettings = LeaseSettings & {
  /** For how long a kind of request may be quiet before what is held for it is returned, in milliseconds. */
  readonly idleMs: number;
  /** Kinds of requests that are followed; none where every request is to be asked about. */
  readonly shapesMax: number;
  readonly onError: OnError;
  readonly clock: Clock;
};

/** What a limiter did since it was made: decisions by who made them (see `Decision.source`), and what it holds. */
export type LimiterStats = Readonly<Tally> & {
  /** Permits that were taken in blocks, and those that were returned. */
  readonly permitsTaken: number;
  readonly permitsReturned: number;
  /** Kinds of requests that are followed. */
  readonly shapes: number;
  /** Why the coordinator could not be asked when it last could not; undefined while it can. */
  readonly problem: string | undefined;
};

/**
 * Decides requests in this process from blocks of permits, and asks a coordinator where it holds none.
 *
 * `check` answers at once where it can. No limit is exceeded whatever happens to this process, its coordinator or the network between them; unless
 * `onError` is `open` and no coordinator can be asked, which the decision and the stats say. `close` resolves when what was held is returned.
 */
export class Limiter {
  readonly #coordinator: Coordinator;
  readonly #settings: LimiterSettings;
  readonly #clock: Clock;
  readonly #shapes: Shapes;
  readonly #leasing: Leasing;
  #asking = 0;
  #isSweeping = false;
  #closing: Promise<void> | undefined;
  readonly #tally: Tally = { block: 0, region: 0, memory: 0, fallback: 0 };

  constructor(coordinator: Coordinator, settings: LimiterSettings) {
    this.#coordinator = coordinator;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#shapes = new Shapes(settings.shapesMax);
    this.#leasing = new Leasing(
      coordinator,
      { ...settings, tally: this.#tally },
      {
        askOne: ({ request }, permits) => this.#ask(request, permits),
        fallback: () => this.#fallBack(),
      },
    );
  }

  /**
   * Decides about a request, and spends its permits if it is allowed. The answer is there at once where a block is held; else it comes within the
   * time that a coordinator has, twice that at most. Throws `TypeError` for what is no request, and rejects with `RequestProblem` where the
   * coordinator finds it wrong.
   */
  check(request: LimitedRequest): Decision | Promise<Decision> {
    const { permits = 1 } = request;
    const shape = this.#shapes.find(request);
    if (shape === undefined) return this.#meet(request, permits);
    const { block } = shape;
    const monoMs = this.#clock.monoMs();
    // `| 0` lets only whole numbers through.
    if (
      block !== undefined &&
      permits > 0 &&
      block.left >= permits &&
      (permits | 0) === permits &&
      monoMs < block.untilMonoMs &&
      this.#clock.wallMs() < block.untilWallMs
    ) {
      block.left -= permits;
      shape.requests += 1;
      shape.permits += permits;
      this.#tally.block += 1;
      if (block.left < block.refillBelow) {
        block.refillBelow = Number.NEGATIVE_INFINITY;
        this.#leasing.refill(shape);
      }
      return new Granted(block, 'block', monoMs);
    }
    return this.#decide(shape, request, permits);
  }

  /** Gives back what a decision holds by its `lease`; false where it is not held any more, or the coordinator could not be told. */
  release(lease: string): Promise<boolean> {
    return this.#coordinator.release(lease);
  }

  stats(): LimiterStats {
    return {
      ...this.#tally,
      permitsTaken: this.#leasing.taken,
      permitsReturned: this.#leasing.returned,
      shapes: this.#shapes.size,
      problem: this.#coordinator.problem,
    };
  }

  /** Returns what is held, and decides nothing any more but by the fallback. */
  close(): Promise<void> {
    this.#closing ??= this.#leasing.close(this.#shapes.values());
    return this.#closing;
  }

  /** A request of a kind that is not followed yet. */
  #meet(request: LimitedRequest, permits: number): Decision | Promise<Decision> {
    refuseUnlessRight(request, permits);
    if (this.#closing !== undefined) return this.#fallBack();
    const shape = this.#shapes.open(request, this.#clock.monoMs());
    if (shape === undefined) return this.#ask(request, permits);
    this.#sweepLater();
    return this.#decide(shape, request, permits);
  }

  #decide(shape: Shape, request: LimitedRequest, permits: number): Decision | Promise<Decision> {
    refuseUnlessRight(request, permits);
    if (this.#closing !== undefined) return this.#fallBack();
    shape.requests += 1;
    shape.permits += permits;
    const monoMs = this.#clock.monoMs();
    const block = permits > 0 ? shape.spend(permits, monoMs, this.#clock.wallMs()) : undefined;
    if (block !== undefined) {
      this.#tally.block += 1;
      return new Granted(block, 'block', monoMs);
    }
    if (permits === 0 || monoMs < shape.unleasableUntilMs) return this.#ask(request, permits);
    if (isDenied(shape, permits, monoMs)) {
      this.#tally.memory += 1;
      return denied(shape.denial as Denial, 'memory', monoMs);
    }
    if (!shape.isLeasing && !shape.isWarm()) return this.#ask(request, permits);
    return this.#leasing.decide(shape, permits);
  }

  #ask({ resource, dimensions = {} }: LimitedRequest, permits: number): Decision | Promise<Decision> {
    if (this.#asking >= CHECKS_MAX || !this.#coordinator.isReachable()) return this.#fallBack();
    this.#asking += 1;
    return this.#coordinator
      .check({ resource, dimensions, permits })
      .then(
        (decision) => {
          this.#tally.region += 1;
          return decision;
        },
        (error: unknown) => {
          if (error instanceof RequestProblem) throw error;
          return this.#fallBack();
        },
      )
      .finally(() => {
        this.#asking -= 1;
      });
  }

  #fallBack(): Decision {
    this.#tally.fallback += 1;
    return fallback(this.#settings.onError);
  }

  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#clock.after(SWEEP_MS, () => {
      this.#isSweeping = false;
      this.#sweep();
      if (this.#shapes.size > 0 && this.#closing === undefined) this.#sweepLater();
    });
  }

  #sweep(): void {
    const monoMs = this.#clock.monoMs();
    const { idleMs } = this.#settings;
    for (const shape of this.#shapes.values()) {
      shape.sweep(monoMs);
      shape.retire(monoMs, this.#clock.wallMs());
      const isIdle = shape.quietMs >= idleMs;
      this.#leasing.giveBack(shape, isIdle);
      if (isIdle && !shape.isLeasing && monoMs >= shape.unleasableUntilMs) this.#shapes.forget(shape);
    }
  }
}

function refuseUnlessRight({ resource, dimensions = {} }: LimitedRequest, permits: number): void {
  if (typeof resource !== 'string') throw new TypeError('resource must be a string');
  for (const [name, value] of Object.entries(dimensions))
    if (typeof value !== 'string') throw new TypeError(`dimensions.${name} must be a string`);
  if (!Number.isInteger(permits) || permits < 0 || permits > PERMITS_MAX)
    throw new TypeError(`permits must be an integer from 0 to ${PERMITS_MAX}`);
}
