import type { RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import type { Log, Transport } from '../src/ports.ts';
import type { Codec } from './codec.ts';
import { Inbound, type Receive } from './inbound.ts';
import { Tally } from './tally.ts';

/**
 * When a delivery happens, and whether: call `deliver` later, never or more than once. It must not be called before the
 * sender's own work is done, or regions would answer each other in the middle of a step: queue it, as `Clock.soon` does.
 */
export type Schedule = (deliver: () => void, from: RegionId, to: RegionId) => void;

/** A medium in memory that connects the regions of one process; it has no timers and no chance of its own. */
export class Loopback {
  readonly #schedule: Schedule;
  readonly #log: Log;
  readonly #joined = new Set<LoopbackTransport>();

  constructor(schedule: Schedule, log: Log) {
    this.#schedule = schedule;
    this.#log = log;
  }

  /** A region's transport; with a codec messages travel as frames, without one as the objects they are. */
  transport(region: RegionId, codec?: Codec): Transport {
    const medium: Medium = {
      join: (member) => this.#joined.add(member),
      leave: (member) => this.#joined.delete(member),
      carry: (parcel, from, to) => this.#carry(parcel, from, to),
    };
    return new LoopbackTransport(region, medium, codec, this.#log);
  }

  /** Hands raw bytes to a region, as a broken or foreign sender would. */
  inject(to: RegionId, frame: Uint8Array): void {
    for (const member of this.#joined) if (member.region === to) member.accept({ frame });
  }

  #carry(parcel: Parcel, from: LoopbackTransport, to: RegionId | 'all'): number {
    let recipients = 0;
    for (const member of this.#joined) {
      if (member === from || (to !== 'all' && member.region !== to)) continue;
      recipients += 1;
      this.#schedule(() => member.accept(parcel), from.region, member.region);
    }
    return recipients;
  }
}

type Parcel = { readonly frame: Uint8Array } | { readonly from: RegionId; readonly message: Message };

type Medium = {
  join(member: LoopbackTransport): void;
  leave(member: LoopbackTransport): void;
  carry(parcel: Parcel, from: LoopbackTransport, to: RegionId | 'all'): number;
};

class LoopbackTransport implements Transport {
  readonly region: RegionId;
  readonly #medium: Medium;
  readonly #codec: Codec | undefined;
  readonly #tally = new Tally();
  readonly #inbound: Inbound | undefined;
  #receive: Receive | undefined;

  constructor(region: RegionId, medium: Medium, codec: Codec | undefined, log: Log) {
    this.region = region;
    this.#medium = medium;
    this.#codec = codec;
    this.#inbound = codec === undefined ? undefined : new Inbound(codec, this.#tally, log);
  }

  async start(receive: Receive): Promise<void> {
    this.#receive = receive;
    this.#inbound?.open(receive);
    this.#medium.join(this);
  }

  send(to: RegionId | 'all', message: Message): void {
    const parcel = this.#receive === undefined ? undefined : this.#parcelOf(message, to);
    const recipients = parcel === undefined ? 0 : this.#medium.carry(parcel, this, to);
    if (parcel === undefined || (recipients === 0 && to !== 'all')) this.#tally.dropped();
    else this.#tally.sent('frame' in parcel ? parcel.frame.byteLength : 0, message.kind);
  }

  /** Takes what the medium delivers; ignored unless started. */
  accept(parcel: Parcel): void {
    if (this.#receive === undefined) return;
    if ('frame' in parcel) {
      this.#inbound?.frame(parcel.frame);
    } else {
      this.#tally.received(0, parcel.message.kind);
      this.#receive(parcel.from, parcel.message);
    }
  }

  connected(): boolean {
    return this.#receive !== undefined;
  }

  counters() {
    return this.#tally.read();
  }

  async stop(): Promise<void> {
    this.#receive = undefined;
    this.#inbound?.close();
    this.#medium.leave(this);
  }

  #parcelOf(message: Message, to: RegionId | 'all'): Parcel | undefined {
    if (this.#codec === undefined) return { from: this.region, message };
    const frame = this.#codec.encode(message, to);
    return frame === undefined ? undefined : { frame };
  }
}
