import type { LeaseAnswer } from './answers.ts';
import { CLOCK_GRAIN_MS, DENIAL_MS, DRIFT_ONE_IN, NO_BLOCKS_MS, PERMITS_MAX, WAITING_MAX } from './bounds.ts';
import type { Clock } from './clock.ts';
import type { Coordinator } from './coordinator.ts';
import type { Decision } from './decision.ts';
import { denied, Granted } from './decisions.ts';
import { CallFailed, RequestProblem } from './problem.ts';
import { type Block, type Denial, isOver, type Shape, type Waiting } from './shape.ts';

/** What leasing goes by. */
export type LeaseSettings = {
  /** Blocks are to last so long, in milliseconds, by the demand so far. */
  readonly aheadMs: number;
  /** Permits of a block beyond what is needed at once, at most. */
  readonly permitsMax: number;
};

/** Decisions by who made them. */
export type Tally = { block: number; region: number; memory: number; fallback: number };

/** Where requests go that no block is for. */
export type Others = {
  /** Asks about one request by itself. */
  askOne(shape: Shape, permits: number): Decision | Promise<Decision>;
  /** Decides without asking. */
  fallback(): Decision;
};

type Granting = Extract<LeaseAnswer, { readonly leasable: true }>;

type Sent = { readonly monoMs: number; readonly wallMs: number };

/**
 * Takes blocks of permits for the kinds of requests that are worth it, one at a time for each, and returns what is left. Requests that come
 * while a block is on its way wait for it: the coordinator decides about all of them at once.
 */
export class Leasing {
  readonly #coordinator: Coordinator;
  readonly #clock: Clock;
  readonly #settings: LeaseSettings;
  readonly #tally: Tally;
  readonly #others: Others;
  readonly #underWay = new Set<Promise<unknown>>();
  #waiting = 0;
  #isClosed = false;
  taken = 0;
  returned = 0;

  constructor(
    coordinator: Coordinator,
    { clock, tally, ...settings }: LeaseSettings & { readonly clock: Clock; readonly tally: Tally },
    others: Others,
  ) {
    this.#coordinator = coordinator;
    this.#clock = clock;
    this.#settings = settings;
    this.#tally = tally;
    this.#others = others;
  }

  /** The decision about a request for which no block is there: together with all that wait for one. */
  decide(shape: Shape, permits: number): Decision | Promise<Decision> {
    if (this.#waiting >= WAITING_MAX) return this.#others.fallback();
    if (!shape.isLeasing && !this.#coordinator.isReachable()) return this.#others.fallback();
    const { promise, resolve } = withResolvers();
    shape.waiting.push({ permits, settle: resolve });
    this.#waiting += 1;
    if (!shape.isLeasing) this.#start(shape);
    return promise;
  }

  /** Takes the next block before the one that is being spent is used up. */
  refill(shape: Shape): void {
    if (shape.isLeasing || shape.further.length > 0 || this.#isClosed) return;
    if (this.#ahead(shape, this.#clock.monoMs()) > 0 && this.#coordinator.isReachable()) this.#start(shape);
  }

  /** Returns what is over, or all that is held. */
  giveBack(shape: Shape, isAll: boolean): void {
    for (const { id, left } of shape.takeOut(isAll)) {
      this.#track(
        this.#coordinator.giveBack(id, left).then((isDone) => {
          if (isDone) this.returned += left;
        }),
      );
    }
  }

  /** Takes no more blocks; resolves when nothing is under way any more, all of it within its time. */
  async close(shapes: Iterable<Shape>): Promise<void> {
    this.#isClosed = true;
    const all = [...shapes];
    // What was on its way when this was called is returned as it comes.
    while (this.#underWay.size > 0 || all.some((shape) => shape.held().length > 0)) {
      for (const shape of all) this.giveBack(shape, true);
      await Promise.all(this.#underWay);
    }
  }

  #track(work: Promise<unknown>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  #start(shape: Shape): void {
    shape.isLeasing = true;
    const batch = this.#batch(shape);
    const needed = batch.reduce((sum, { permits }) => sum + permits, 0);
    const sent = { monoMs: this.#clock.monoMs(), wallMs: this.#clock.wallMs() };
    const ahead = this.#isClosed ? 0 : this.#ahead(shape, sent.monoMs);
    const permits = Math.max(1, Math.min(PERMITS_MAX, needed + ahead));
    const smallest = batch.reduce((least, { permits }) => Math.min(least, permits), needed);
    this.#track(
      this.#coordinator
        .lease({ ...shape.request, permits, needed, smallest })
        .then(
          (answer) => this.#take(shape, batch, { answer, sent }),
          (error: unknown) => this.#fail(shape, batch, error),
        )
        .then(() => this.#goOn(shape)),
    );
  }

  /** Those that are asked for together: as many permits as may be asked for in one go. */
  #batch({ waiting }: Shape): Waiting[] {
    let needed = 0;
    let count = 0;
    for (const { permits } of waiting) {
      if (needed + permits > PERMITS_MAX) break;
      needed += permits;
      count += 1;
    }
    this.#waiting -= count;
    return waiting.splice(0, count);
  }

  #ahead(shape: Shape, monoMs: number): number {
    if (!shape.isWarm()) return 0;
    const { aheadMs, permitsMax } = this.#settings;
    // What is charged now is over with its window: what comes after that is for a later block.
    const untilMs = shape.windowEndsMs > monoMs ? shape.windowEndsMs - monoMs : aheadMs;
    const held = shape.held().reduce((sum, { left }) => sum + left, 0);
    return Math.max(0, Math.min(permitsMax, shape.expected(Math.min(aheadMs, untilMs), monoMs)) - held);
  }

  #take(
    shape: Shape,
    batch: readonly Waiting[],
    { answer, sent }: { readonly answer: LeaseAnswer; readonly sent: Sent },
  ): void {
    if (!answer.leasable) {
      shape.unleasableUntilMs = this.#clock.monoMs() + answer.forMs;
      this.#askEach(shape, batch);
      return;
    }
    this.taken += answer.permits;
    const monoMs = this.#clock.monoMs();
    const block = blockOf(answer, sent, monoMs);
    shape.windowEndsMs = sent.monoMs + answer.expiresInMs;
    // Those that were there when the block was asked for have been decided about, however long the answer took.
    const left = batch.filter(({ permits, settle }) => {
      if (block.left < permits) return true;
      block.left -= permits;
      this.#tally.region += 1;
      settle(new Granted(block, 'region', monoMs));
      return false;
    });
    shape.denial = denialOf(answer, batch, monoMs);
    this.#deny(shape, left, monoMs);
    this.#keep(shape, block);
  }

  #keep(shape: Shape, block: Block): void {
    if (block.left === 0) return;
    const isUseless = isOver(block, this.#clock.monoMs(), this.#clock.wallMs());
    if (!isUseless && !this.#isClosed && !shape.isForgotten && shape.hold(block)) return;
    shape.over.push(block);
    this.giveBack(shape, false);
  }

  #deny(shape: Shape, batch: readonly Waiting[], monoMs: number): void {
    const { denial } = shape;
    const denies = ({ permits }: Waiting) => denial !== undefined && permits === denial.permits;
    for (const { settle } of batch.filter(denies)) {
      this.#tally.region += 1;
      settle(denied(denial as Denial, 'region', monoMs));
    }
    // How long a larger one has to wait it was not asked for.
    this.#askEach(
      shape,
      batch.filter((waiting) => !denies(waiting)),
    );
  }

  #askEach(shape: Shape, batch: readonly Waiting[]): void {
    for (const { permits, settle } of batch) settle(this.#others.askOne(shape, permits));
  }

  #fail(shape: Shape, batch: readonly Waiting[], error: unknown): void {
    if (error instanceof RequestProblem) {
      for (const { settle } of batch) settle(Promise.reject(error));
      return;
    }
    const isWithoutBlocks = error instanceof CallFailed && (error.status === 404 || error.status === 405);
    if (isWithoutBlocks) {
      shape.unleasableUntilMs = this.#clock.monoMs() + NO_BLOCKS_MS;
      this.#askEach(shape, batch);
      return;
    }
    for (const { settle } of batch) settle(this.#others.fallback());
    // Nobody waits for longer than one question takes.
    for (const { settle } of this.#batch(shape)) settle(this.#others.fallback());
  }

  /** Serves those that came while a block was on its way. */
  #goOn(shape: Shape): void {
    shape.isLeasing = false;
    const monoMs = this.#clock.monoMs();
    const wallMs = this.#clock.wallMs();
    const isLeasable = monoMs >= shape.unleasableUntilMs;
    shape.waiting = shape.waiting.filter(({ permits, settle }) => {
      const block = shape.spend(permits, monoMs, wallMs);
      if (block !== undefined) {
        this.#tally.block += 1;
        settle(new Granted(block, 'block', monoMs));
      } else if (!isLeasable) settle(this.#others.askOne(shape, permits));
      else if (isDenied(shape, permits, monoMs)) {
        this.#tally.memory += 1;
        settle(denied(shape.denial as Denial, 'memory', monoMs));
      } else return true;
      this.#waiting -= 1;
      return false;
    });
    if (shape.waiting.length > 0) this.#start(shape);
  }
}

/** Whether a request is like one that was denied a moment ago. */
export function isDenied({ denial }: Shape, permits: number, monoMs: number): boolean {
  return denial !== undefined && permits >= denial.permits && monoMs < denial.untilMs;
}

/**
 * The permits of an answer, to be spent for as long as they may be: counted from before they were asked for, so that however long the answer was
 * on its way it is over here before it is there, and as much sooner as clocks may differ in pace.
 */
function blockOf(
  { block, permits, expiresInMs, limits }: Granting,
  { monoMs, wallMs }: Sent,
  toldMs: number,
): Block {
  const spendableMs = expiresInMs - expiresInMs / DRIFT_ONE_IN - CLOCK_GRAIN_MS;
  return {
    id: block ?? '',
    left: permits,
    refillBelow: permits / 2,
    untilMonoMs: monoMs + spendableMs,
    untilWallMs: wallMs + spendableMs,
    limits,
    toldMs,
    isReturnedLate: limits.some(({ resetInMs }) => resetInMs > expiresInMs + 1),
  };
}

function denialOf(
  { denial, limits }: Granting,
  batch: readonly Waiting[],
  monoMs: number,
): Denial | undefined {
  if (denial === undefined) return undefined;
  const { reason, limit, retryAfterMs } = denial;
  return {
    reason,
    limit,
    limits,
    permits: batch.reduce((least, { permits }) => Math.min(least, permits), Number.POSITIVE_INFINITY),
    passesMs: retryAfterMs === undefined ? undefined : monoMs + retryAfterMs,
    untilMs: monoMs + Math.min(DENIAL_MS, retryAfterMs ?? DENIAL_MS),
  };
}

function withResolvers(): {
  readonly promise: Promise<Decision>;
  readonly resolve: (decision: Decision | Promise<Decision>) => void;
} {
  let resolve: (decision: Decision | Promise<Decision>) => void = () => {};
  const promise = new Promise<Decision>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
