import type { Awaitable } from '../awaitable.ts';
import type { CheckRequest, Decision } from '../core/decision.ts';
import type { Limit } from '../core/limit.ts';
import { invariant } from '../invariant.ts';
import type { AlarmClock } from '../ports.ts';
import { BLOCKS_PER_COMMAND_MAX } from './bounds.ts';
import { decide } from './decide.ts';
import type { News } from './messages.ts';
import type { Block, NodeName, RegionStore } from './region-store.ts';
import { Stock } from './stock.ts';
import { type Waiter, WaitingRoom } from './waiting.ts';

/** What a node that does not speak for its region needs. */
export type FollowerOptions = {
  readonly clock: AlarmClock;
  readonly store: RegionStore;
  /** Milliseconds that a request waits at the most. */
  readonly waitMs: number;
  /** Asks the speaker to decide; undefined when there is no answer in time. */
  readonly askSpeaker: (requests: readonly CheckRequest[]) => Promise<readonly Decision[] | undefined>;
};

/** Whom a node gets its blocks from. */
export type Source = {
  readonly generation: string;
  readonly speaker: NodeName;
  /** The region has less than its share. */
  readonly degraded: boolean;
};

/**
 * Answers by the blocks that it holds, and waits for those it does not, never longer than it was set up to. While there is nobody to get
 * blocks from it does not wait at all: it spends what it holds, and then does as each limit's `onError` says.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #stock = new Stock();
  readonly #room = new WaitingRoom();
  #source: Source | undefined;
  #willFlush = false;
  #isWatched = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get stock(): Stock {
    return this.#stock;
  }

  /** Where blocks come from now; undefined while they come from nowhere. */
  setSource(source: Source | undefined): void {
    this.#source = source;
    if (source === undefined) this.#retry();
  }

  setLimits(limits: Iterable<Limit>): void {
    this.#stock.setLimits(limits, this.#options.clock.now());
  }

  /** Decides requests together; at once where everything is in hand, or known to be gone. */
  decide(requests: readonly CheckRequest[]): Awaitable<readonly Decision[]> {
    const attempt = this.#attempt(requests, this.#source === undefined || this.#room.isFull);
    if (attempt.kind === 'decided') return attempt.decisions;
    if (attempt.kind === 'uncut') return this.#ask(requests);
    this.#flushSoon();
    const { clock, waitMs } = this.#options;
    return new Promise((decided) => {
      this.#room.add({ requests, untilMonoMs: clock.now().monoMs + waitMs, decided });
      this.#watch(waitMs);
    });
  }

  /** Takes in what the speaker put into the pool for this node, and goes for it. */
  hear({ items }: News): void {
    const at = this.#options.clock.now();
    const waiting = items.filter((item) => this.#stock.hear(item, item.outlook, at) && item.permits > 0);
    this.#take(waiting);
    if (waiting.length < items.length) this.#retry();
  }

  tick(): void {
    this.#stock.tick(this.#options.clock.now());
    this.#flush();
  }

  /** Gives everything back. */
  letGo(): void {
    this.#stock.clear();
    this.#giveBack();
  }

  #attempt(requests: readonly CheckRequest[], isLast: boolean) {
    const at = this.#options.clock.now();
    return decide(this.#stock, requests, { isLast, degraded: this.#source?.degraded ?? true, at });
  }

  async #ask(requests: readonly CheckRequest[]): Promise<readonly Decision[]> {
    return (await this.#options.askSpeaker(requests)) ?? this.#decideAtLast(requests);
  }

  #decideAtLast(requests: readonly CheckRequest[]): readonly Decision[] {
    const attempt = this.#attempt(requests, true);
    invariant(attempt.kind === 'decided', 'the last attempt decides');
    return attempt.decisions;
  }

  #take(blocks: readonly Block[]): void {
    const { store, clock } = this.#options;
    if (this.#source === undefined || blocks.length === 0) return;
    const named = blocks.map(({ limit, windowId, key, permits }) => ({ limit, windowId, key, permits }));
    store.take(this.#source.generation, named, (taken) => {
      for (const [nth, block] of named.entries()) {
        const permits = taken?.[nth] ?? 0;
        if (permits > 0) this.#stock.put({ ...block, permits }, clock.now());
        this.#stock.answered(block);
      }
      this.#retry();
    });
  }

  /** Tries again whatever waits; what has waited long enough is decided now in any case. */
  #retry(): void {
    if (this.#room.size === 0) return;
    const { monoMs } = this.#options.clock.now();
    this.#stock.forgetLacks();
    this.#room.retry((waiter) => this.#settle(waiter, monoMs));
    if (this.#room.size > 0) this.#flushSoon();
  }

  #settle({ requests, untilMonoMs, decided }: Waiter, monoMs: number): boolean {
    const attempt = this.#attempt(requests, this.#source === undefined || monoMs >= untilMonoMs);
    if (attempt.kind !== 'decided') return false;
    decided(attempt.decisions);
    return true;
  }

  /** Sees to it that nobody waits longer than is allowed. */
  #watch(inMs: number): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#options.clock.after(inMs, () => {
      this.#isWatched = false;
      this.#retry();
      if (this.#room.size > 0) this.#watch(Math.max(1, this.#options.waitMs / 2));
    });
  }

  #flushSoon(): void {
    if (this.#willFlush) return;
    this.#willFlush = true;
    this.#options.clock.soon(() => this.#flush());
  }

  #flush(): void {
    this.#willFlush = false;
    const { store, clock } = this.#options;
    this.#giveBack();
    if (this.#source === undefined) return;
    const wishes = this.#stock.wishes(clock.now(), BLOCKS_PER_COMMAND_MAX);
    if (wishes.length > 0) store.send(this.#source.speaker, { kind: 'wishes', wishes });
  }

  #giveBack(): void {
    const leftovers = this.#stock.leftovers();
    if (this.#source === undefined) return;
    for (let first = 0; first < leftovers.length; first += BLOCKS_PER_COMMAND_MAX)
      this.#options.store.give(
        this.#source.generation,
        leftovers.slice(first, first + BLOCKS_PER_COMMAND_MAX),
      );
  }
}
