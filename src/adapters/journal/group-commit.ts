import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { InvariantError } from '../../invariant.ts';
import type { Clock } from '../../ports.ts';
import { COMMIT_INTERVAL_MS, RETRY_MS_MAX } from './bounds.ts';

export type GroupCommitOptions = {
  readonly clock: Clock;
  /** Milliseconds until the first try after a failure. */
  readonly retryMsMin: number;
  /** Commits once; resolves with the position up to which all is safe, rejects when nothing became safe. */
  readonly commit: () => Promise<number>;
  readonly succeeded: (milliseconds: number) => void;
  readonly failed: (error: unknown) => void;
};

type Waiting = { readonly upTo: number; readonly durable: () => void };

/**
 * Runs commits, one at a time and at most one every 10 ms, as long as somebody waits, and tells those who wait, in order. A commit
 * that fails is tried again, ever less often, and nobody is told meanwhile.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #waiting: Waiting[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #startedMs = Number.NEGATIVE_INFINITY;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Calls `durable` once all up to the position `upTo` is safe; positions must not shrink from call to call. */
  wait(upTo: number, durable: () => void): void {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.push({ upTo, durable });
    this.#running ??= this.#run();
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes nothing more; resolves when all that waits is safe, or a try after this call has failed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#waiting.length > 0; ) {
      await this.#pace();
      const isLastTry = this.#stopping.signal.aborted;
      const upTo = await this.#commit();
      failures = upTo === undefined ? failures + 1 : 0;
      if (upTo !== undefined) this.#tell(upTo);
      else if (isLastTry) break;
      else await this.#pauseFor(Math.min(RETRY_MS_MAX, this.#options.retryMsMin * 2 ** (failures - 1)));
    }
    this.#running = undefined;
  }

  async #commit(): Promise<number | undefined> {
    const { clock, commit, succeeded, failed } = this.#options;
    this.#startedMs = clock.now().monoMs;
    try {
      const upTo = await commit();
      succeeded(clock.now().monoMs - this.#startedMs);
      return upTo;
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      failed(error);
      return undefined;
    }
  }

  /** Lets what is appended in this turn, and until the interval is over, take part in the commit. */
  async #pace(): Promise<void> {
    await nextTurn();
    const left = this.#startedMs + COMMIT_INTERVAL_MS - this.#options.clock.now().monoMs;
    if (left > 0) await this.#pauseFor(Math.min(left, COMMIT_INTERVAL_MS));
  }

  async #pauseFor(milliseconds: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    await pause(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #tell(upTo: number): void {
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count]?.upTo ?? 0) <= upTo) count += 1;
    for (const { durable } of this.#waiting.splice(0, count)) durable();
  }
}
