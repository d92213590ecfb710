import { ExponentialBackoff, handleWhen, type RetryPolicy, retry } from 'cockatiel';
import { request } from 'undici';
import type { Clock, Log } from '../../ports.ts';
import { ANSWER_MS_MAX, MESSAGES_WAITING_MAX, RETRIES_MAX, RETRY_MS_MAX, RETRY_MS_MIN } from './bounds.ts';
import { signedFields } from './signature.ts';

/** One message: the id stays the same however often it is tried, so that a receiver can tell. */
export type Message = { readonly id: string; readonly body: string };

/** What became of messages since the start. */
export type ReceiverFigures = {
  readonly delivered: number;
  /** Given up after all tries, or refused for good. */
  readonly failed: number;
  /** Not even tried, because too many waited. */
  readonly dropped: number;
};

export type ReceiverOptions = {
  readonly url: string;
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The first wait between tries, in milliseconds. */
  readonly retryMs?: number;
};

/** An answer that is no success. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number) {
    super(`answered ${status}`);
    this.status = status;
  }
}

/** Statuses of the 4xx that say to come again; all others say that the message itself is wrong. */
const COME_AGAIN: readonly number[] = [408, 409, 425, 429];

/**
 * Sends messages to one address, one after the other in their order, and tries again what does not get there. `send` never waits and never
 * throws: what there is no room for is dropped and counted.
 */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #policy: RetryPolicy;
  readonly #waiting: Message[] = [];
  readonly #stopping = new AbortController();
  #delivered = 0;
  #failed = 0;
  #dropped = 0;
  #isWell = true;
  #sending: Promise<void> | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#policy = retry(
      handleWhen((error) => !(error instanceof Refused) || isTemporary(error.status)),
      {
        maxAttempts: RETRIES_MAX,
        backoff: new ExponentialBackoff({
          initialDelay: options.retryMs ?? RETRY_MS_MIN,
          maxDelay: RETRY_MS_MAX,
        }),
      },
    );
    this.#policy.onFailure(({ reason }) => this.#tell('error' in reason ? reason.error : undefined));
  }

  send(message: Message): void {
    if (this.#stopping.signal.aborted || this.#waiting.length >= MESSAGES_WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(message);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  figures(): ReceiverFigures {
    return { delivered: this.#delivered, failed: this.#failed, dropped: this.#dropped };
  }

  /** Resolves when everything is sent or has failed, at the latest after `withinMs`; what is left then is dropped. */
  async stop(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stopping.abort(), withinMs);
    await this.#sending;
    clearTimeout(timer);
    this.#stopping.abort();
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      try {
        await this.#policy.execute(({ signal }) => this.#post(message, signal), this.#stopping.signal);
        this.#delivered += 1;
        this.#tell(undefined);
      } catch (error) {
        this.#failed += 1;
        this.#tell(error);
      }
    }
  }

  async #post({ id, body }: Message, signal: AbortSignal): Promise<void> {
    const { url, secret, clock } = this.#options;
    const { statusCode, body: answer } = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'headgate',
        ...signedFields(secret, { id, body, atMs: clock.now().wallMs }),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    });
    // Nobody reads what a receiver has to say beyond its status.
    await answer.dump({ limit: 65_536 });
    if (statusCode < 200 || statusCode > 299) throw new Refused(statusCode);
  }

  /** Says so once when a receiver begins to fail, and once when it takes messages again. Paths and queries may be secret. */
  #tell(error: unknown): void {
    const isWell = error === undefined;
    if (isWell === this.#isWell || this.#stopping.signal.aborted) return;
    this.#isWell = isWell;
    const { origin } = new URL(this.#options.url);
    if (isWell) this.#options.log.info('webhook_works_again', { receiver: origin });
    else {
      const because = error instanceof Error ? error.message : String(error);
      this.#options.log.warn('webhook_failing', { receiver: origin, because });
    }
  }
}

function isTemporary(status: number): boolean {
  return status < 400 || status > 499 || COME_AGAIN.includes(status);
}
