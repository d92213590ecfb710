/** Bytes that may be on their way to a server without its confirmation: about a second of a very busy region. */
const UNCONFIRMED_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes after which the server is asked to confirm what it has: often enough to see a stall, seldom enough to cost nothing. */
const CONFIRM_EVERY_BYTES = 256 * 1024;

/**
 * Bounds what one connection buffers. A socket takes whatever it is given, and a stalled server only shows by not answering:
 * so it is asked now and then, and what it has not confirmed counts against the bound.
 */
export class Unconfirmed {
  readonly #confirm: () => Promise<void>;
  #bytes = 0;
  #asking = false;

  /** `confirm` resolves when the other side has read everything sent before the call, and rejects when the connection is lost. */
  constructor(confirm: () => Promise<void>) {
    this.#confirm = confirm;
  }

  /** Whether the bound is reached: nothing more should be sent. */
  full(): boolean {
    return this.#bytes > UNCONFIRMED_BYTES_MAX;
  }

  /** Counts bytes just sent. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (!this.#asking && this.#bytes >= CONFIRM_EVERY_BYTES) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const asked = this.#bytes;
    try {
      await this.#confirm();
      this.#bytes -= asked;
    } catch {
      // The connection is lost; whoever owns it starts with a new account.
    }
    this.#asking = false;
  }
}
