import { BLOCKS_MAX, DEMAND_MS, PERMITS_MAX, SWEEP_MS, WARM_REQUESTS } from './bounds.ts';
import type { Decision, LimitState, Reason } from './decision.ts';

/** Permits that were charged for us and may be spent here. */
export type Block = {
  readonly id: string;
  left: number;
  /** Below so many the next block is asked for; nothing is ever below it once it has been. */
  refillBelow: number;
  /** It is over when either clock says so: the monotonic one, or the wall's, where the machine was asleep. */
  readonly untilMonoMs: number;
  readonly untilWallMs: number;
  /** What was told of its limits, and when, in monotonic milliseconds. */
  readonly limits: readonly LimitState[];
  readonly toldMs: number;
  /** Whether what is left of it counts for longer than it may be spent, so that it is worth returning even then. */
  readonly isReturnedLate: boolean;
};

/** A request that waits for a block. */
export type Waiting = {
  readonly permits: number;
  readonly settle: (decision: Decision | Promise<Decision>) => void;
};

/** What was said of a request that was denied. */
export type Denial = {
  readonly reason: Reason;
  readonly limit: string | undefined;
  readonly permits: number;
  readonly limits: readonly LimitState[];
  readonly passesMs: number | undefined;
  readonly untilMs: number;
};

/** Requests for one resource with the same dimensions: what is held for them, and how many there are. Times are monotonic milliseconds. */
export class Shape {
  readonly key: string;
  readonly request: { readonly resource: string; readonly dimensions: Readonly<Record<string, string>> };
  /** The block that is being spent, and those after it. */
  block: Block | undefined = undefined;
  readonly further: Block[] = [];
  /** Blocks that are over, of which what is left is to be returned. */
  readonly over: Block[] = [];
  waiting: Waiting[] = [];
  /** Whether a block is being asked for. */
  isLeasing = false;
  /** When the window that was charged last is over here. */
  windowEndsMs = Number.NEGATIVE_INFINITY;
  unleasableUntilMs = Number.NEGATIVE_INFINITY;
  denial: Denial | undefined = undefined;
  /** Everything that was asked, ever. */
  requests = 0;
  permits = 0;
  isForgotten = false;
  quietMs = 0;
  #sweptMs: number;
  #sweptRequests = 0;
  #sweptPermits = 0;
  #requestsPerMs = 0;
  #permitsPerMs = 0;

  constructor(key: string, request: Shape['request'], monoMs: number) {
    this.key = key;
    this.request = request;
    this.#sweptMs = monoMs;
  }

  /** Takes permits of the first block that has them; undefined where none has. */
  spend(permits: number, monoMs: number, wallMs: number): Block | undefined {
    this.retire(monoMs, wallMs);
    for (const block of this.held()) {
      if (block.left < permits || isOver(block, monoMs, wallMs)) continue;
      block.left -= permits;
      return block;
    }
    return undefined;
  }

  /** Puts away blocks that are used up or over. */
  retire(monoMs: number, wallMs: number): void {
    while (this.block !== undefined && (this.block.left === 0 || isOver(this.block, monoMs, wallMs))) {
      if (this.block.left > 0 && this.block.isReturnedLate) this.over.push(this.block);
      this.block = this.further.shift();
    }
  }

  /** The blocks that are held, the one to be spent next first. */
  held(): readonly Block[] {
    return this.block === undefined ? this.further : [this.block, ...this.further];
  }

  /** Holds one more block, if there is room. */
  hold(block: Block): boolean {
    if (this.held().length >= BLOCKS_MAX) return false;
    if (this.block === undefined) this.block = block;
    else this.further.push(block);
    return true;
  }

  /** Takes out what is to be returned: what is over, or all there is. Nothing of it may be spent any more. */
  takeOut(isAll: boolean): readonly Block[] {
    const out = this.over.splice(0);
    if (!isAll) return out;
    out.push(...this.held().filter(({ left }) => left > 0));
    this.block = undefined;
    this.further.length = 0;
    return out;
  }

  /** Measures the demand since this was last called. */
  sweep(monoMs: number): void {
    const ms = monoMs - this.#sweptMs;
    if (ms <= 0) return;
    const weight = Math.min(1, ms / DEMAND_MS);
    const requests = this.requests - this.#sweptRequests;
    this.quietMs = requests === 0 ? this.quietMs + ms : 0;
    this.#requestsPerMs += (requests / ms - this.#requestsPerMs) * weight;
    this.#permitsPerMs += ((this.permits - this.#sweptPermits) / ms - this.#permitsPerMs) * weight;
    this.#sweptMs = monoMs;
    this.#sweptRequests = this.requests;
    this.#sweptPermits = this.permits;
  }

  /** Whether there are requests enough for a block to be worth its while. */
  isWarm(): boolean {
    return this.#requestsPerMs * DEMAND_MS + (this.requests - this.#sweptRequests) >= WARM_REQUESTS;
  }

  /** How many permits are expected to be asked for in the next `ms` milliseconds. */
  expected(ms: number, monoMs: number): number {
    // A burst counts at once, as if it went on; of a moment that is too short to tell nothing is made up.
    const recent = (this.permits - this.#sweptPermits) / Math.max(SWEEP_MS, monoMs - this.#sweptMs);
    return Math.min(PERMITS_MAX, Math.ceil(Math.max(this.#permitsPerMs, recent) * ms));
  }
}

/** Whether a block may not be spent any more. */
export function isOver(block: Block, monoMs: number, wallMs: number): boolean {
  return monoMs >= block.untilMonoMs || wallMs >= block.untilWallMs;
}
