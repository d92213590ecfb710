import { hash } from 'node:crypto';
import type { CheckRequest, Decision } from '../../core/decision.ts';
import { HeadgateError } from '../../errors.ts';
import { REPLAY_IDS_MAX, REPLAY_MS } from './bounds.ts';

type Remembered = { readonly asked: string; readonly decision: Decision; readonly atMs: number };

/**
 * Remembers what was answered to request ids, so that a caller who repeats a request spends once. An id is remembered for 60 s;
 * in a flood of more than twice `REPLAY_IDS_MAX` ids in that time, the oldest are forgotten first.
 */
export class Replay {
  readonly #idsMax: number;
  #current = new Map<string, Remembered>();
  #previous = new Map<string, Remembered>();
  #turnedMs = 0;

  constructor(idsMax: number = REPLAY_IDS_MAX) {
    this.#idsMax = idsMax;
  }

  /**
   * The decision that `requestId` got first, or else the one that `decide` makes now. `monoMs` is monotonic.
   * Throws `HeadgateError` `request_id_reused` when the id came with another request.
   */
  once(requestId: string, request: CheckRequest, monoMs: number, decide: () => Decision): Decision {
    const asked = fingerprint(request);
    const known = this.#current.get(requestId) ?? this.#previous.get(requestId);
    if (known !== undefined && monoMs - known.atMs < REPLAY_MS) {
      if (known.asked !== asked) throw new HeadgateError('request_id_reused');
      return known.decision;
    }
    const decision = decide();
    this.#turn(monoMs);
    this.#current.set(requestId, { asked, decision, atMs: monoMs });
    return decision;
  }

  #turn(monoMs: number): void {
    if (monoMs - this.#turnedMs < REPLAY_MS && this.#current.size < this.#idsMax) return;
    this.#previous = this.#current;
    this.#current = new Map();
    this.#turnedMs = monoMs;
  }
}

/** Tells requests apart in a bounded number of characters; the order of dimensions does not matter. */
function fingerprint({ resource, dimensions, permits }: CheckRequest): string {
  const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify([resource, permits, pairs]), 'base64url').slice(0, 22);
}
