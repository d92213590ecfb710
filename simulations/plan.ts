import type { RegionId } from '../crdt/index.ts';
import type { Timing } from '../src/core/cluster.ts';
import type { LimitSpec, Member } from '../src/core/limit.ts';
import type { Configuration } from '../src/core/version.ts';
import type { Load, Recorded } from './load.ts';

/** One direction between two regions. */
export type LinkName = readonly [from: RegionId, to: RegionId];

/** What the medium does to messages all the time. Latencies are one way and in milliseconds; the rest are probabilities. */
export type NetworkPlan = {
  /** Of links that `latencies` does not name. */
  readonly latencyMs: number;
  readonly latencies: readonly (readonly [a: RegionId, b: RegionId, oneWayMs: number])[];
  /** Mean of the exponential tail, as a part of the link's latency. */
  readonly tail: number;
  readonly loss: number;
  readonly duplication: number;
  /** Messages that come once more, seconds later. */
  readonly replay: number;
};

/** How one machine's clock starts out: ahead of true time by so much, and gaining. */
export type ClockPlan = {
  readonly region: RegionId;
  readonly aheadMs: number;
  readonly partsPerMillion: number;
};

type Timed = { readonly atMs: number; readonly forMs: number };
type Once = { readonly atMs: number };
type OfRegion = { readonly region: RegionId };
type OfLinks = { readonly links: readonly LinkName[] };

/**
 * Something that goes wrong, at a time in milliseconds after the start. Faults of one kind may overlap.
 * Whatever is still wrong when the faulty phase ends is mended then.
 */
export type Fault =
  /**
   * The process ends without a word, and another one starts `forMs` later, from the journal unless the disk is lost too;
   * its clock may stand behind by then.
   */
  | (Timed & OfRegion & { readonly kind: 'crash'; readonly losesDisk: boolean; readonly clockBackMs: number })
  /** The process ends for good, and nobody starts another. */
  | (Once & OfRegion & { readonly kind: 'death' })
  /** The process is told to stop, drains, and starts again `forMs` later. */
  | (Timed & OfRegion & { readonly kind: 'restart' })
  /** The process stands still while time goes on. */
  | (Timed & OfRegion & { readonly kind: 'pause' })
  /** A second process with the same name starts while the first runs, on a machine whose clock is ahead by so much. */
  | (Once & OfRegion & { readonly kind: 'twin'; readonly aheadMs: number })
  /** Nothing is written for a while: the disk waits, or fails. */
  | (Timed & OfRegion & { readonly kind: 'disk'; readonly mood: 'stalled' | 'failing' })
  /** An operator publishes a configuration; members that are new in it are started, those that are gone end after a while. */
  | (Once & OfRegion & { readonly kind: 'change'; readonly configuration: Configuration })
  /** Messages are lost; with `burst` the sender keeps the newest and sends them when the link is back. */
  | (Timed & OfLinks & { readonly kind: 'cut'; readonly burst: boolean })
  /** The links go down and come back, once a period. */
  | (Timed & OfLinks & { readonly kind: 'flap'; readonly periodMs: number; readonly downPart: number })
  /** Messages wait until the path is free again, and come in order then. */
  | (Timed & OfLinks & { readonly kind: 'clog' })
  | (Timed & {
      readonly kind: 'noise';
      readonly loss: number;
      readonly duplication: number;
      readonly replay: number;
    })
  /** The region reads no more than so many messages a second; the rest is dropped. */
  | (Timed & OfRegion & { readonly kind: 'slow'; readonly messagesPerSecond: number })
  | (Once & OfRegion & { readonly kind: 'step'; readonly byMs: number })
  | (Timed & OfRegion & { readonly kind: 'drift'; readonly partsPerMillion: number })
  | (Timed & OfRegion & { readonly kind: 'sway'; readonly byMs: number; readonly periodMs: number });

/** A world and all that will happen in it. It is plain data, so a failing one can be kept, made smaller and run again. */
export type Plan = {
  /** Names every stream of chance in the run. */
  readonly seed: string;
  /** True time at the start, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** How long things go wrong, then how long load goes on in a healed world, then how long it is quiet before states are compared. */
  readonly faultyMs: number;
  readonly healMs: number;
  readonly quietMs: number;
  readonly members: readonly Member[];
  readonly limits: readonly LimitSpec[];
  readonly timing: Timing;
  /** Whether regions keep a journal. */
  readonly journaling: boolean;
  readonly network: NetworkPlan;
  readonly clocks: readonly ClockPlan[];
  readonly load: readonly Load[];
  /** Requests that were recorded, in order of time; sent besides the load. */
  readonly recorded?: readonly Recorded[];
  /** Part of the granted requests whose permits clients give back; 2 % when it is left out. */
  readonly refunds?: number;
  readonly faults: readonly Fault[];
  /** Whether messages travel as frames of the real codec, or as frozen objects. */
  readonly frames: boolean;
};
