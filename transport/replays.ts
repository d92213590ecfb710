import type { RegionId } from '../crdt/index.ts';
import type { Serial } from './seal.ts';

/** How far behind the newest frame of a stream one may arrive, in frames: more than any medium reorders. */
const WINDOW_FRAMES = 1_024;

/** Streams remembered of one region: processes of it that were heard, the longest silent are forgotten first. */
const STREAMS_MAX = 16;

/** Regions remembered: far more than a cluster has, as a key that is shared may be used under any name. */
const SENDERS_MAX = 128;

/**
 * Tells frames that were heard before, so that nobody who kept some can have them heard again. Each stream has a window behind its newest
 * frame; older ones are refused unseen. What is forgotten with a restart is answered by the rows themselves, which only grow.
 *
 * Source: RFC 4303 §3.4.3 (anti-replay windows).
 */
export class Replays {
  readonly #senders = new Map<RegionId, Map<number, Window>>();

  /** Whether this frame was heard before, or may have been; notes it. */
  isReplay(from: RegionId, { stream, number }: Serial): boolean {
    const streams = this.#streamsOf(from);
    const window = streams.get(stream);
    // What is heard at all moves to the end: the map's order is that of the newest frame.
    streams.delete(stream);
    streams.set(stream, window ?? new Window(number));
    if (streams.size > STREAMS_MAX) forgetFirst(streams);
    return window !== undefined && !window.takes(number);
  }

  #streamsOf(from: RegionId): Map<number, Window> {
    let streams = this.#senders.get(from);
    if (streams === undefined) {
      streams = new Map();
      this.#senders.set(from, streams);
      if (this.#senders.size > SENDERS_MAX) forgetFirst(this.#senders);
    }
    return streams;
  }
}

/** The numbers of one stream that were heard: each has one place, which tells the last number that took it. */
class Window {
  readonly #heard = new Float64Array(WINDOW_FRAMES);
  /** Before the first frame that was heard, nothing is known of what was. */
  readonly #first: number;
  #newest: number;

  constructor(number: number) {
    this.#first = number;
    this.#newest = number;
    this.#heard[number % WINDOW_FRAMES] = number;
  }

  /** Whether a number is new; takes it. */
  takes(number: number): boolean {
    if (number < this.#first || number <= this.#newest - WINDOW_FRAMES) return false;
    const place = number % WINDOW_FRAMES;
    if (this.#heard[place] === number) return false;
    this.#heard[place] = number;
    this.#newest = Math.max(this.#newest, number);
    return true;
  }
}

function forgetFirst(map: Map<unknown, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
