import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Awaitable } from '../../awaitable.ts';
import type { CheckRequest, Decision } from '../../core/decision.ts';
import { HeadgateError } from '../../errors.ts';
import { REPLAY_IDS_MAX, REPLAY_MS } from './bounds.ts';
import { waitMsOf } from './waiting.ts';

type Remembered<Answer> = { readonly asked: string; readonly answer: Awaitable<Answer> };

/** What was answered, and whether that was to an earlier request with the same id. */
export type Replayed<Answer> = { readonly answer: Answer; readonly isReplayed: boolean };

/**
 * Remembers what was answered to request ids, so that what a caller repeats is done once. An answer is remembered for the milliseconds
 * that `keptMs` says. In a flood of more than `idsMax` ids the least recently seen are forgotten first.
 */
export class Replay<Answer> {
  readonly #known: LRUCache<string, Remembered<Answer>>;
  readonly #keptMs: (answer: Answer) => number;

  /** `monoMs` tells monotonic time. */
  constructor(monoMs: () => number, keptMs: (answer: Answer) => number, idsMax: number = REPLAY_IDS_MAX) {
    this.#keptMs = keptMs;
    // The cache takes a time of 0 for none.
    const perf = { now: () => monoMs() + 1 };
    this.#known = new LRUCache({ max: idsMax, ttl: REPLAY_MS, ttlResolution: 0, perf });
  }

  /**
   * The answer that `requestId` got before, or else the one that `answerNow` makes. Of one that is waited for, whoever repeats the request
   * waits for the same.
   * Throws `HeadgateError` `request_id_reused` when the id came with another request.
   */
  once(
    requestId: string,
    request: CheckRequest,
    answerNow: () => Awaitable<Answer>,
  ): Replayed<Awaitable<Answer>> {
    const asked = fingerprint(request);
    const known = this.#known.get(requestId);
    if (known !== undefined) {
      if (known.asked !== asked) throw new HeadgateError('request_id_reused');
      return { answer: known.answer, isReplayed: true };
    }
    const answer = answerNow();
    if (answer instanceof Promise) {
      this.#known.set(requestId, { asked, answer });
      answer.then(
        (late) => this.#remember(requestId, asked, late),
        () => this.#known.delete(requestId),
      );
    } else this.#remember(requestId, asked, answer);
    return { answer, isReplayed: false };
  }

  #remember(requestId: string, asked: string, answer: Answer): void {
    this.#known.set(requestId, { asked, answer }, { ttl: this.#keptMs(answer) });
  }

  /** What tells the request that `requestId` came with from all others; undefined when the id is not known. */
  asked(requestId: string): string | undefined {
    return this.#known.get(requestId)?.asked;
  }
}

/**
 * How long a decision is remembered: for 60 s, a denial only until the moment at which it said that the request could pass, and at that it
 * is forgotten already: it spent nothing, and whoever waits as told must not hear it again.
 */
export function decisionKeptMs(decision: Decision): number {
  return decision.allowed ? REPLAY_MS : Math.min(REPLAY_MS, Math.max(1, waitMsOf(decision) - 1));
}

/** Tells requests apart in a bounded number of characters; the order of dimensions does not matter. */
export function fingerprint({ resource, dimensions, permits }: CheckRequest): string {
  const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify([resource, permits, pairs]), 'base64url').slice(0, 22);
}
