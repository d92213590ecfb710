import type { RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import type { TransportCounters } from '../src/ports.ts';

/** How often one kind of thing went wrong with one peer; `peer` is empty where nobody can be named. */
type PeerErrors = { readonly peer: RegionId | ''; readonly kind: string; readonly count: number };

/** What `TransportCounters` sum up, in detail. */
export type TrafficDetails = {
  readonly errors: readonly PeerErrors[];
  /** Bytes of the frames that carried deltas. */
  readonly deltaBytes: { readonly sent: number; readonly received: number };
};

/** Counts what one transport does, for `Transport.counters`. */
export class Tally {
  #framesSent = 0;
  #bytesSent = 0;
  #framesReceived = 0;
  #bytesReceived = 0;
  #framesDropped = 0;
  #sendErrors = 0;
  readonly #rejected = new Map<string, number>();
  #peers: ReadonlySet<RegionId> = new Set();
  readonly #errors = new Map<string, Map<string, number>>();
  readonly #deltaBytes = { sent: 0, received: 0 };

  /** From now on only these are counted by name: what a stranger calls itself must not become a label. */
  meet(peers: Iterable<RegionId>): void {
    this.#peers = new Set(peers);
  }

  /** One frame with a message of some kind handed to the medium. */
  sent(bytes: number, kind: Message['kind']): void {
    this.#framesSent += 1;
    this.#bytesSent += bytes;
    if (kind === 'delta') this.#deltaBytes.sent += bytes;
  }

  /** One frame arrived and its message was delivered. */
  received(bytes: number, kind: Message['kind']): void {
    this.#framesReceived += 1;
    this.#bytesReceived += bytes;
    if (kind === 'delta') this.#deltaBytes.received += bytes;
  }

  /** One frame not sent, on purpose: there was no room or no way. */
  dropped(peer?: RegionId): void {
    this.#framesDropped += 1;
    this.#blame(peer, 'dropped');
  }

  /** One frame that was tried and failed, or that the peer `refused`; returns how many there are now. */
  failed(peer?: RegionId, kind: 'send' | 'refused' = 'send'): number {
    this.#sendErrors += 1;
    this.#blame(peer, kind);
    return this.#sendErrors;
  }

  /** One frame refused on arrival; returns how many were refused for this reason by now. */
  rejected(reason: string, peer?: RegionId): number {
    const count = (this.#rejected.get(reason) ?? 0) + 1;
    this.#rejected.set(reason, count);
    this.#blame(peer, reason);
    return count;
  }

  /** The counts as they are now; a copy that does not change. */
  read(): TransportCounters {
    return {
      framesSent: this.#framesSent,
      bytesSent: this.#bytesSent,
      framesReceived: this.#framesReceived,
      bytesReceived: this.#bytesReceived,
      framesDropped: this.#framesDropped,
      framesRejected: Object.fromEntries(this.#rejected),
      sendErrors: this.#sendErrors,
    };
  }

  /** The finer counts as they are now. */
  details(): TrafficDetails {
    const errors = [...this.#errors].flatMap(([peer, kinds]) =>
      [...kinds].map(([kind, count]) => ({ peer, kind, count })),
    );
    return { errors, deltaBytes: { ...this.#deltaBytes } };
  }

  #blame(peer: RegionId | undefined, kind: string): void {
    const name = peer !== undefined && this.#peers.has(peer) ? peer : '';
    let kinds = this.#errors.get(name);
    if (kinds === undefined) {
      kinds = new Map();
      this.#errors.set(name, kinds);
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
}

/** Whether the `count`th of a kind deserves a log line: at every doubling, so that a flood costs a few lines. */
export function worthLogging(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
