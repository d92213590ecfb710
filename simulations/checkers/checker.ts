import type { RegionId } from '../../crdt/index.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import type { Limit } from '../../src/core/limit.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Life } from '../life.ts';
import type { Plan } from '../plan.ts';
import type { Involved } from '../recent.ts';
import type { VirtualTime } from '../time.ts';

/** An invariant of protocol.md §9 that did not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** Which one: its number in protocol.md §9 and a few words. */
  readonly invariant: string;
  /** Whose events tell how it came about. */
  readonly involved: Involved;

  constructor(invariant: string, what: string, involved: Involved = {}) {
    super(what);
    this.invariant = invariant;
    this.involved = involved;
  }
}

/** What a checker may look at. */
export type Watched = {
  readonly plan: Plan;
  readonly time: VirtualTime;
  /** Every life that ever was, in order of birth. */
  readonly lives: readonly Life[];
};

/** Permits of one key that a region took back. */
export type Refund = { readonly limit: Limit; readonly key: string; readonly permits: number };

/** Looks at the world from outside and throws a `Violation` when a promise is broken. Everything it implements is called by the world. */
export type Checker = {
  started?(life: Life): void;
  ended?(life: Life): void;
  /** After every piece of work of a life: a tick, a batch of messages, a check. */
  worked?(life: Life): void;
  /** `waitedMs` is how long the client waited for the answer. */
  checked?(life: Life, request: CheckRequest, decision: Decision, waitedMs: number): void;
  /** Permits were given back, by what the region said. */
  refunded?(life: Life, refunds: readonly Refund[]): void;
  /** The permits that a decision leased were released; or are held from now on until they run out. */
  released?(life: Life, decision: Decision, permits: number): void;
  renewed?(life: Life, decision: Decision, permits: number): void;
  sent?(life: Life, to: RegionId | 'all', message: Message): void;
  logged?(life: Life, event: string, fields: Readonly<Record<string, unknown>>): void;
  /** Once a second of true time. */
  second?(): void;
  /** All faults are mended, and every region that is to live again has been started. */
  healed?(): void;
  /** The world has been quiet for as long as the plan says. */
  finished?(): void;
};
