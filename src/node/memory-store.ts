import type { AlarmClock } from '../ports.ts';
import { SEAT_KEPT_MS } from './bounds.ts';
import type { NodeMessage } from './messages.ts';
import type {
  Beat,
  Block,
  Deposit,
  NodeName,
  Outcome,
  RegionStore,
  Standing,
  StoredRecord,
} from './region-store.ts';

type Kept = StoredRecord & { readonly turn: number; readonly sequence: number };

/** What a store holds until it forgets it. */
type Memory = {
  generation: string | undefined;
  turn: number;
  speaker: NodeName | undefined;
  life: number;
  keptUntilMs: number;
  upTo: number | undefined;
  readonly known: Map<NodeName, number>;
  readonly nodes: Map<NodeName, number>;
  readonly pool: Map<string, number>;
  readonly journal: Map<string, Kept>;
};

/** How what is asked of a store in memory gets there and back: it may be late, or be lost on either way. */
export type Passage = (node: NodeName, deliver: () => void, lost: () => void) => void;

/**
 * What the nodes of one region share, in memory: the reference for what a store does, and what the simulator breaks. Everything passes through
 * `passage`, which decides when and whether it arrives; by default at once.
 */
export class MemoryStore {
  readonly #clock: AlarmClock;
  readonly #passage: Passage;
  readonly #listeners = new Map<NodeName, (from: NodeName, message: NodeMessage) => void>();
  #memory = blank();

  constructor(clock: AlarmClock, passage: Passage = (_node, deliver) => deliver()) {
    this.#clock = clock;
    this.#passage = passage;
  }

  /** Forgets everything, as a store does that is flushed or restarted. */
  forget(): void {
    this.#memory = blank();
  }

  /** What lies in the pool, by limit, window and key. */
  inspect(): Readonly<Memory> {
    return this.#memory;
  }

  /** The store as one node has it. */
  of(node: NodeName): RegionStore {
    const ask = <Answer>(work: () => Answer | undefined, answered: (answer: Answer | undefined) => void) =>
      this.#ask(node, work, answered);
    const change = (work: () => Outcome, answered: (outcome: Outcome) => void) =>
      this.#ask(node, work, (outcome) => answered(outcome ?? 'unknown'));
    const counters = { commands: 0, errors: {}, latencyMsLast: 0, latencyMsMax: 0 };
    return {
      start: async (hear) => {
        this.#listeners.set(node, hear);
      },
      beat: (beat, answered) => ask(() => this.#beat(node, beat), answered),
      deposit: (turn, deposits, answered) => change(() => this.#deposit(turn, deposits), answered),
      take: (generation, blocks, answered) => ask(() => this.#take(generation, blocks), answered),
      give: (generation, blocks) =>
        ask(
          () => this.#give(node, generation, blocks),
          () => {},
        ),
      withdraw: (turn, names, answered) =>
        ask(
          () => (this.#isTurn(turn) ? names.map((name) => this.#empty(poolKey(name))) : undefined),
          answered,
        ),
      append: (order, records, answered) => change(() => this.#append(order, records), answered),
      load: (turn, answered) =>
        ask(() => (this.#isTurn(turn) ? [...this.#memory.journal.values()] : undefined), answered),
      send: (to, message) => this.#send(node, to, message),
      connected: () => true,
      counters: () => counters,
      stop: async () => {
        this.#listeners.delete(node);
      },
    };
  }

  #ask<Answer>(
    node: NodeName,
    work: () => Answer | undefined,
    answered: (answer: Answer | undefined) => void,
  ): void {
    this.#passage(
      node,
      () => {
        const answer = work();
        this.#passage(
          node,
          () => answered(answer),
          () => answered(undefined),
        );
      },
      () => answered(undefined),
    );
  }

  #send(from: NodeName, to: NodeName | 'all', message: NodeMessage): void {
    for (const [node, hear] of this.#listeners) {
      if (node === from || (to !== 'all' && to !== node)) continue;
      this.#passage(
        from,
        () =>
          this.#passage(
            node,
            () => hear(from, message),
            () => {},
          ),
        () => {},
      );
    }
  }

  #isTurn(turn: number): boolean {
    return this.#memory.generation !== undefined && this.#memory.turn === turn;
  }

  #beat(node: NodeName, beat: Beat): Standing {
    const memory = this.#memory;
    const { monoMs } = this.#clock.now();
    memory.nodes.set(node, monoMs);
    memory.known.set(node, Math.max(beat.knows, memory.known.get(node) ?? 0));
    const { became, claimedBefore } = this.#became(node, beat, monoMs);
    return {
      generation: memory.generation,
      turn: memory.turn,
      speaker: memory.keptUntilMs > monoMs ? memory.speaker : undefined,
      became,
      claimedBefore,
      nodes: [...memory.nodes].map(([name, heardMs]) => ({ name, agoMs: monoMs - heardMs })),
      known: Math.max(...memory.known.values()),
    };
  }

  #became(node: NodeName, { speaks, stands, leaves, founds }: Beat, nowMs: number) {
    const memory = this.#memory;
    const claimedBefore = memory.upTo;
    if (memory.generation === undefined && !(founds && stands))
      return { became: 'follower', claimedBefore } as const;
    if (leaves !== undefined) {
      if (leaves.turn === memory.turn)
        Object.assign(memory, { speaker: undefined, keptUntilMs: 0, upTo: leaves.upTo });
      return { became: 'follower', claimedBefore } as const;
    }
    const isFounded = memory.generation === undefined;
    if (!isFounded && speaks !== undefined) {
      if (speaks.turn !== memory.turn) return { became: 'refused', claimedBefore } as const;
      memory.upTo = Math.max(memory.upTo ?? 0, speaks.upTo);
      memory.keptUntilMs = nowMs + SEAT_KEPT_MS;
      return { became: 'kept', claimedBefore } as const;
    }
    const isFree = memory.speaker === undefined || memory.keptUntilMs <= nowMs || memory.speaker === node;
    if (stands === undefined || !(isFounded || isFree)) return { became: 'follower', claimedBefore } as const;
    memory.turn = Math.max(memory.turn, stands.above, memory.turn) + 1;
    memory.generation ??= String(memory.turn);
    memory.speaker = node;
    memory.keptUntilMs = nowMs + SEAT_KEPT_MS;
    memory.upTo = Math.max(memory.upTo ?? 0, stands.upTo);
    return { became: isFounded ? 'founded' : 'elected', claimedBefore } as const;
  }

  #deposit(turn: number, deposits: readonly Deposit[]): Outcome {
    if (!this.#isTurn(turn)) return 'refused';
    const { pool, speaker } = this.#memory;
    for (const { node, blocks, message } of deposits) {
      for (const { permits, ...name } of blocks)
        pool.set(poolKey(name), (pool.get(poolKey(name)) ?? 0) + permits);
      this.#tell(speaker ?? '', node, message);
    }
    return 'done';
  }

  #take(generation: string, blocks: readonly Block[]): readonly number[] | undefined {
    if (this.#memory.generation !== generation) return undefined;
    const { pool } = this.#memory;
    return blocks.map(({ permits, ...name }) => {
      const key = poolKey(name);
      const taken = Math.min(permits, pool.get(key) ?? 0);
      pool.set(key, (pool.get(key) ?? 0) - taken);
      return taken;
    });
  }

  #give(node: NodeName, generation: string, blocks: readonly Block[]): void {
    const { pool, speaker } = this.#memory;
    if (this.#memory.generation !== generation) return;
    for (const { permits, ...name } of blocks)
      pool.set(poolKey(name), (pool.get(poolKey(name)) ?? 0) + permits);
    if (speaker !== undefined) this.#tell(node, speaker, { kind: 'returned', blocks });
  }

  #empty(key: string): number {
    const left = this.#memory.pool.get(key) ?? 0;
    this.#memory.pool.delete(key);
    return left;
  }

  #append(order: { turn: number; sequence: number }, records: readonly StoredRecord[]): Outcome {
    if (!this.#isTurn(order.turn)) return 'refused';
    const { journal } = this.#memory;
    for (const record of records) {
      const known = journal.get(record.name);
      const isOlder =
        known !== undefined &&
        (known.turn > order.turn || (known.turn === order.turn && known.sequence > order.sequence));
      if (!isOlder) journal.set(record.name, { ...record, ...order });
    }
    return 'done';
  }

  #tell(from: NodeName, to: NodeName, message: NodeMessage): void {
    const hear = this.#listeners.get(to);
    if (hear === undefined) return;
    this.#passage(
      to,
      () => hear(from, message),
      () => {},
    );
  }
}

function blank(): Memory {
  return {
    generation: undefined,
    turn: 0,
    speaker: undefined,
    life: 0,
    keptUntilMs: Number.NEGATIVE_INFINITY,
    upTo: undefined,
    known: new Map(),
    nodes: new Map(),
    pool: new Map(),
    journal: new Map(),
  };
}

function poolKey({ limit, windowId, key }: { limit: string; windowId: number; key: string }): string {
  return `${limit}\n${windowId}\n${key}`;
}
