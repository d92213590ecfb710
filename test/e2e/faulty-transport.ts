import type { RegionId } from '../../crdt/index.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Random, Transport, TransportCounters } from '../../src/ports.ts';

/** Which share of messages is lost, from 0 to 1, in each direction; of those that come in, which share comes twice, and how late they are. */
export type Loss = {
  readonly outgoing: number;
  readonly incoming: number;
  readonly twice?: number;
  /** The most that a message is late, in milliseconds; each by as much as chance has it, so that they overtake each other. */
  readonly lateMs?: number;
};

const NONE: Loss = { outgoing: 0, incoming: 0 };

/**
 * A transport that loses messages, for tests. It must know its peers, so that what is for all can be lost for some of them only.
 * Its counters are those of the transport inside; what it lost itself is in `lost`.
 */
export class FaultyTransport implements Transport {
  readonly #inner: Transport;
  readonly #peers: readonly RegionId[];
  readonly #random: Random;
  readonly #losses = new Map<RegionId, Loss>();
  #lost = 0;

  constructor(inner: Transport, peers: readonly RegionId[], random: Random) {
    this.#inner = inner;
    this.#peers = peers;
    this.#random = random;
  }

  /** From now on this is lost between here and `peer`, or every peer; replaces what was said before about them. */
  lose(loss: Partial<Loss>, peer?: RegionId): void {
    for (const one of peer === undefined ? this.#peers : [peer]) this.#losses.set(one, { ...NONE, ...loss });
  }

  /** From now on nothing is lost. */
  heal(): void {
    this.#losses.clear();
  }

  /** How many messages were lost, in both directions. */
  lost(): number {
    return this.#lost;
  }

  async start(receive: (from: RegionId, message: Message) => void): Promise<void> {
    await this.#inner.start((from, message) => {
      if (this.#loses('incoming', from)) return;
      const { twice = 0, lateMs = 0 } = this.#losses.get(from) ?? NONE;
      const times = this.#random() < twice ? 2 : 1;
      for (let time = 0; time < times; time += 1) {
        if (lateMs === 0) receive(from, message);
        else setTimeout(() => receive(from, message), this.#random() * lateMs).unref();
      }
    });
  }

  send(to: RegionId | 'all', message: Message): void {
    if (to === 'all' && this.#losses.size === 0) this.#inner.send('all', message);
    else for (const peer of to === 'all' ? this.#peers : [to]) this.#sendTo(peer, message);
  }

  connected(): boolean {
    return this.#inner.connected();
  }

  counters(): TransportCounters {
    return this.#inner.counters();
  }

  async stop(): Promise<void> {
    await this.#inner.stop();
  }

  #sendTo(peer: RegionId, message: Message): void {
    if (!this.#loses('outgoing', peer)) this.#inner.send(peer, message);
  }

  #loses(direction: 'outgoing' | 'incoming', peer: RegionId): boolean {
    const lost = this.#random() < (this.#losses.get(peer) ?? NONE)[direction];
    if (lost) this.#lost += 1;
    return lost;
  }
}
