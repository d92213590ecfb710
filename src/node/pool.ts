import type { BlockName, BlockWish } from '../core/block.ts';
import type { Clock } from '../ports.ts';
import type { Region } from '../region/region.ts';
import { BLOCKS_MAX, BLOCKS_PER_COMMAND_MAX, PARTS_PER_NODE, UNCLAIMED_MS } from './bounds.ts';
import type { News } from './messages.ts';
import type { Block, NodeName, RegionStore } from './region-store.ts';

export type PoolOptions = {
  readonly clock: Clock;
  readonly store: RegionStore;
  readonly region: Pick<Region, 'spendBlock' | 'returnBlock'>;
  /** The store says that it is not this node's turn to speak. */
  readonly onRefused: () => void;
};

/** What lies in the pool of one key in one window. */
type Lying = {
  readonly name: BlockName;
  /** Permits that some node gave back, and nobody was promised since. */
  credit: number;
  /** When it is taken out again. */
  dueMonoMs: number;
};

/**
 * Keeps the pool of a region's blocks, for as long as its node speaks: what nodes wish for is spent from the region's books first and then
 * put into the pool; what nobody comes for is taken out, and only then counts as not used. Whatever gets lost in between stays used.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #lying = new Map<string, Lying>();
  #turn: number;
  #nodes = 1;

  constructor(options: PoolOptions, turn: number) {
    this.#options = options;
    this.#turn = turn;
  }

  /** The store has begun anew, and with it the pool; what lay in it is lost. */
  beginAnew(turn: number): void {
    this.#turn = turn;
    this.#lying.clear();
  }

  /** Among how many nodes what is left is parted. */
  setNodes(count: number): void {
    this.#nodes = Math.max(1, count);
  }

  /** Puts into the pool what a node wishes for, and tells it. */
  grant(node: NodeName, wishes: readonly BlockWish[]): void {
    const { store, onRefused } = this.#options;
    const blocks: Block[] = [];
    const items = wishes.slice(0, BLOCKS_PER_COMMAND_MAX).flatMap((wish) => this.#grantOne(wish, blocks));
    const message: News = { kind: 'news', items };
    if (items.length === 0) return;
    if (blocks.length === 0) {
      store.send(node, message);
      return;
    }
    store.deposit(this.#turn, [{ node, blocks, message }], (outcome) => {
      if (outcome === 'refused') onRefused();
    });
  }

  /** Some node has given blocks back to the pool. */
  hearReturned(blocks: readonly Block[]): void {
    for (const { permits, ...name } of blocks) {
      const lying = this.#lie(name);
      if (lying !== undefined) lying.credit += permits;
    }
  }

  /** Takes out what nobody came for. */
  tick(): void {
    const { store, clock, region } = this.#options;
    const { monoMs } = clock.now();
    const due: BlockName[] = [];
    for (const [id, { name, dueMonoMs }] of this.#lying) {
      if (dueMonoMs > monoMs || due.length >= BLOCKS_PER_COMMAND_MAX) continue;
      this.#lying.delete(id);
      due.push(name);
    }
    if (due.length === 0) return;
    store.withdraw(this.#turn, due, (left) => {
      for (const [nth, name] of due.entries()) {
        const permits = left?.[nth] ?? 0;
        if (permits > 0) region.returnBlock({ ...name, permits });
      }
    });
  }

  #grantOne(wish: BlockWish, blocks: Block[]): News['items'] {
    const { limit, windowId, key } = wish;
    const name = { limit, windowId, key };
    const lying = this.#lying.get(idOf(name));
    const credit =
      lying === undefined || lying.credit < wish.least ? 0 : Math.min(lying.credit, wish.permits);
    const asked = credit > 0 ? { ...wish, permits: 0, least: 0 } : wish;
    const granted = this.#options.region.spendBlock(asked, PARTS_PER_NODE * this.#nodes);
    if (granted === undefined) return [];
    const { permits, outlook } = granted;
    if (permits > 0) blocks.push({ ...name, permits });
    if (permits > 0 || credit > 0) {
      const there = this.#lie(name);
      if (there !== undefined) there.credit -= credit;
    }
    return [{ ...name, permits: permits + credit, outlook }];
  }

  #lie(name: BlockName): Lying | undefined {
    const id = idOf(name);
    const dueMonoMs = this.#options.clock.now().monoMs + UNCLAIMED_MS;
    const known = this.#lying.get(id);
    if (known !== undefined) {
      known.dueMonoMs = dueMonoMs;
      return known;
    }
    // Beyond that it is left to run out in the pool: used, for all that anybody knows.
    if (this.#lying.size >= BLOCKS_MAX) return undefined;
    const lying = { name, credit: 0, dueMonoMs };
    this.#lying.set(id, lying);
    return lying;
  }
}

function idOf({ limit, windowId, key }: BlockName): string {
  return `${limit}\n${windowId}\n${key}`;
}
