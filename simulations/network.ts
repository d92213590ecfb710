import type { RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import type { Transport, TransportCounters } from '../src/ports.ts';
import { type Codec, createCodec } from '../transport/codec.ts';
import type { Chance } from './chance.ts';
import { freezeDeep } from './freeze.ts';
import type { Life } from './life.ts';
import { Link } from './link.ts';
import type { LinkName, NetworkPlan } from './plan.ts';
import type { VirtualTime } from './time.ts';

/** What the medium does to every message, on top of what its links do. */
export type Noise = { readonly loss: number; readonly duplication: number; readonly replay: number };

export type NetworkSetup = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly plan: NetworkPlan;
  readonly frames: boolean;
};

/** Between two processes of one region. */
const NAMESAKE_LATENCY_MS = 1;

/** A duplicate comes up to this much later, a replayed message within these bounds. */
const DUPLICATE_WITHIN_MS = 500;
const REPLAY_MS = { from: 1_000, to: 20_000 } as const;

const KEY = new TextEncoder().encode('the key of a simulated cluster');

/** The medium between all processes: it delays, loses, repeats, reorders, holds back and cuts, as its links and its chance say. */
export class Network {
  readonly #setup: NetworkSetup;
  readonly #links = new Map<string, Link>();
  readonly #joined = new Map<RegionId, Set<Endpoint>>();
  readonly #noises = new Set<Noise>();
  readonly #readers = new Map<RegionId, { readonly perSecond: number; room: number; atMs: number }>();
  /** Messages that each region handed to the medium, one for each recipient, and their bytes where they travel as frames. */
  readonly carried = new Map<RegionId, { messages: number; bytes: number }>();

  constructor(setup: NetworkSetup) {
    this.#setup = setup;
  }

  /** A place at the medium for one process. */
  join(life: Life): Endpoint {
    const codec = this.#setup.frames
      ? createCodec({ region: life.region, environment: 'simulation', key: KEY })
      : undefined;
    return new Endpoint(this, life, codec);
  }

  /** Knows a region by name, so that messages to it and to all find their way there. */
  admit(region: RegionId): void {
    if (!this.#joined.has(region)) this.#joined.set(region, new Set());
  }

  open(endpoint: Endpoint): void {
    this.admit(endpoint.life.region);
    this.#joined.get(endpoint.life.region)?.add(endpoint);
  }

  close(endpoint: Endpoint): void {
    this.#joined.get(endpoint.life.region)?.delete(endpoint);
  }

  /** Carries a parcel to every process of the region, or of all regions, but the sender. */
  carry(parcel: Parcel, sender: Endpoint, to: RegionId | 'all'): void {
    const regions = to === 'all' ? this.#joined.keys() : [to];
    const bytes = parcel.frame?.byteLength ?? 0;
    const carried = this.#carriedFrom(sender.life.region);
    for (const region of regions) {
      // Nothing is sent to where only the sender is.
      if (region === sender.life.region && this.#joined.get(region)?.size === 1) continue;
      carried.messages += 1;
      carried.bytes += bytes;
      this.#pass(parcel, sender, region);
    }
  }

  link([from, to]: LinkName): Link {
    const name = `${from}>${to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      const { plan, chance, time } = this.#setup;
      const named = plan.latencies.find(([a, b]) => (a === from && b === to) || (a === to && b === from));
      const latencyMs = from === to ? NAMESAKE_LATENCY_MS : (named?.[2] ?? plan.latencyMs);
      link = new Link({ latencyMs, tail: plan.tail, chance: chance.split(name), time });
      this.#links.set(name, link);
    }
    return link;
  }

  /** Adds noise until the returned function is called. */
  disturb(noise: Noise): () => void {
    this.#noises.add(noise);
    return () => this.#noises.delete(noise);
  }

  /** Limits how many messages a second a region reads; undefined lifts it. */
  slowDown(region: RegionId, perSecond: number | undefined): void {
    if (perSecond === undefined) this.#readers.delete(region);
    else this.#readers.set(region, { perSecond, room: perSecond, atMs: this.#setup.time.nowMs });
  }

  #carriedFrom(region: RegionId): { messages: number; bytes: number } {
    let carried = this.carried.get(region);
    if (carried === undefined) {
      carried = { messages: 0, bytes: 0 };
      this.carried.set(region, carried);
    }
    return carried;
  }

  #pass(parcel: Parcel, sender: Endpoint, to: RegionId): void {
    const { life } = sender;
    const link = this.link([life.region, to]);
    const deliver = () => this.#deliver(parcel, sender, to);
    if (link.chance.happens(this.#noise('loss'))) return;
    link.carry(deliver, 0);
    if (link.chance.happens(this.#noise('duplication'))) {
      link.carry(deliver, link.chance.next() * DUPLICATE_WITHIN_MS);
    }
    if (link.chance.happens(this.#noise('replay'))) {
      link.carry(deliver, link.chance.between(REPLAY_MS.from, REPLAY_MS.to));
    }
  }

  #deliver(parcel: Parcel, sender: Endpoint, to: RegionId): void {
    for (const endpoint of this.#joined.get(to) ?? []) {
      if (endpoint !== sender && (parcel.from === to || this.#reads(to))) endpoint.accept(parcel);
    }
  }

  #noise(kind: keyof Noise): number {
    let probability = this.#setup.plan[kind];
    for (const noise of this.#noises) probability = Math.max(probability, noise[kind]);
    return probability;
  }

  #reads(region: RegionId): boolean {
    const reader = this.#readers.get(region);
    if (reader === undefined) return true;
    const { nowMs } = this.#setup.time;
    reader.room = Math.min(
      reader.perSecond,
      reader.room + ((nowMs - reader.atMs) * reader.perSecond) / 1_000,
    );
    reader.atMs = nowMs;
    if (reader.room < 1) return false;
    reader.room -= 1;
    return true;
  }
}

/** A message under way: as a frame, or as the object it is, which nobody can change any more. */
type Parcel = { readonly from: RegionId; readonly message: Message; readonly frame: Uint8Array | undefined };

type Receive = (from: RegionId, message: Message) => void;

/** One process's place at the medium. */
export class Endpoint implements Transport {
  readonly life: Life;
  readonly #network: Network;
  readonly #codec: Codec | undefined;
  #receive: Receive | undefined;

  constructor(network: Network, life: Life, codec: Codec | undefined) {
    this.#network = network;
    this.life = life;
    this.#codec = codec;
  }

  async start(receive: Receive): Promise<void> {
    this.#receive = receive;
    this.#network.open(this);
  }

  send(to: RegionId | 'all', message: Message): void {
    if (this.#receive === undefined) return;
    this.life.says(to, message);
    const frame = this.#codec?.encode(message);
    const kept = this.#codec === undefined ? freezeDeep(message) : message;
    this.#network.carry({ from: this.life.region, message: kept, frame }, this, to);
  }

  /** Takes what the medium delivers; ignored unless open. */
  accept(parcel: Parcel): void {
    if (this.#receive !== undefined) this.life.hear(() => this.#hear(parcel));
  }

  connected(): boolean {
    return this.#receive !== undefined;
  }

  counters(): TransportCounters {
    return NO_COUNTERS;
  }

  async stop(): Promise<void> {
    this.close();
  }

  /** Leaves the medium at once. */
  close(): void {
    this.#receive = undefined;
    this.#network.close(this);
  }

  #hear({ from, message, frame }: Parcel): void {
    if (this.#codec === undefined) {
      this.#receive?.(from, message);
      return;
    }
    const received = frame === undefined ? 'too_large' : this.#codec.decode(frame);
    if (typeof received === 'string') throw new Error(`the codec refused its own frame: ${received}`);
    this.#receive?.(received.from, received.message);
  }
}

const NO_COUNTERS: TransportCounters = {
  framesSent: 0,
  bytesSent: 0,
  framesReceived: 0,
  bytesReceived: 0,
  framesDropped: 0,
  framesRejected: {},
  sendErrors: 0,
};
