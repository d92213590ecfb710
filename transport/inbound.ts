import type { RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import type { Log } from '../src/ports.ts';
import type { Codec } from './codec.ts';
import { adviceOn, type Refusal } from './refusal.ts';
import { Replays } from './replays.ts';
import { type Tally, worthLogging } from './tally.ts';

/** Takes a message that a transport received. */
export type Receive = (from: RegionId, message: Message) => void;

/** What the medium knows of who sent a frame. */
type Vouched = {
  readonly sender?: RegionId | undefined;
  readonly mayBe?: (region: RegionId) => boolean;
};

/** The way in of every transport: bytes are opened, counted and handed on, between `open` and `close` only. */
export class Inbound {
  readonly #codec: Codec;
  readonly #tally: Tally;
  readonly #log: Log;
  readonly #replays = new Replays();
  #receive: Receive | undefined;

  constructor(codec: Codec, tally: Tally, log: Log) {
    this.#codec = codec;
    this.#tally = tally;
    this.#log = log;
  }

  /** From now on messages go to `receive`. */
  open(receive: Receive): void {
    this.#receive = receive;
  }

  /** From now on what arrives is ignored. */
  close(): void {
    this.#receive = undefined;
  }

  /**
   * Delivers a frame, or returns why not. `sender` is the region that the medium itself vouches for, where it does; `mayBe` says whether
   * the medium knows of nothing that speaks against a region.
   */
  frame(bytes: Uint8Array, { sender, mayBe = () => true }: Vouched = {}): Refusal | undefined {
    if (this.#receive === undefined) return undefined;
    const received = this.#codec.decode(bytes);
    if (typeof received === 'string') return this.refuse(received, bytes.byteLength, sender);
    if ((sender !== undefined && sender !== received.from) || !mayBe(received.from))
      return this.refuse('sender', bytes.byteLength, sender);
    if (this.#replays.isReplay(received.from, received.serial)) {
      // It was taken once: there is nothing that its sender should do about it.
      this.refuse('replay', bytes.byteLength, sender);
      return undefined;
    }
    this.#tally.received(bytes.byteLength, received.message.kind);
    this.#receive(received.from, received.message);
    return undefined;
  }

  /** Counts a frame that was refused, here or before it was read whole. */
  refuse(reason: Refusal, bytes: number, sender?: RegionId): Refusal {
    const count = this.#tally.rejected(reason, sender);
    if (worthLogging(count)) {
      const from = sender === undefined ? {} : { peer: sender };
      this.#log.warn('frame_rejected', { ...from, reason, advice: adviceOn(reason), bytes, count });
    }
    return reason;
  }
}
