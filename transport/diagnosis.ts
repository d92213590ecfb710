import type { RegionId } from '../crdt/index.ts';
import type { Transport } from '../src/ports.ts';
import type { TrafficDetails } from './tally.ts';

/** What a transport knows of its own troubles, in words for people: what is wrong, and what to do about it. Decisions rest on none of it. */
export type Diagnosis = {
  /** What is wrong with the medium itself; undefined while nothing is. */
  readonly medium: string | undefined;
  /** What is wrong on the way to or from a peer; those of which nothing bad is known are left out. */
  readonly peers: Readonly<Record<RegionId, string>>;
};

/** A transport that can say what is wrong with it, and with whom. */
export type DiagnosedTransport = Transport & {
  diagnosis(): Diagnosis;
  /** What it did and what went wrong so far, in more detail than `counters`. */
  details(): TrafficDetails;
};
