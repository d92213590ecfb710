import type { TransportCounters } from '../src/ports.ts';

/** Counts what one transport does, for `Transport.counters`. */
export class Tally {
  #framesSent = 0;
  #bytesSent = 0;
  #framesReceived = 0;
  #bytesReceived = 0;
  #framesDropped = 0;
  #sendErrors = 0;
  readonly #rejected = new Map<string, number>();

  /** One frame handed to the medium. */
  sent(bytes: number): void {
    this.#framesSent += 1;
    this.#bytesSent += bytes;
  }

  /** One frame arrived and its message was delivered. */
  received(bytes: number): void {
    this.#framesReceived += 1;
    this.#bytesReceived += bytes;
  }

  /** One frame not sent, on purpose: there was no room or no way. */
  dropped(): void {
    this.#framesDropped += 1;
  }

  /** One frame that was tried and failed; returns how many there are now. */
  failed(): number {
    this.#sendErrors += 1;
    return this.#sendErrors;
  }

  /** One frame refused on arrival; returns how many were refused for this reason by now. */
  rejected(reason: string): number {
    const count = (this.#rejected.get(reason) ?? 0) + 1;
    this.#rejected.set(reason, count);
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
}

/** Whether the `count`th of a kind deserves a log line: at every doubling, so that a flood costs a few lines. */
export function worthLogging(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
