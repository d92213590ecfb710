import type { ActorId } from '../../crdt/index.ts';
import type { CheckRequest, Decision, Verdict } from '../../src/core/decision.ts';
import type { Limit } from '../../src/core/limit.ts';
import type { Life } from '../life.ts';
import { type Checker, type Refund, Violation } from './checker.ts';
import type { Truth } from './truth.ts';

/** What clients were granted of one key in one window, by all lives of all regions. */
export type Admitted = {
  readonly limit: Limit;
  readonly windowId: number;
  readonly key: string;
  total: number;
  /** The most that may be, as far as it has been worked out. */
  most: number;
  readonly byActor: Map<ActorId, number>;
};

/**
 * Invariant 1, the headline: of every limit, key and window id, no more is ever admitted than the limit. It keeps a ledger
 * of its own, of what clients were told, and asks no region what it thinks that it used.
 */
export class Admissions implements Checker {
  /** By the limit's id. */
  readonly #limits = new Map<string, Map<number, Map<string, Admitted>>>();
  /** The same by the limits as regions hold them: a short way for the many. */
  readonly #byLimit = new Map<Limit, Map<number, Map<string, Admitted>>>();
  readonly #truth: Truth;

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  checked(life: Life, { permits }: CheckRequest, decision: Decision): void {
    if (!decision.allowed || permits === 0) return;
    for (const verdict of decision.verdicts) if (verdict.allowed) this.#admit(life, verdict, permits);
  }

  /** What is stable may have become clear only later. */
  finished(): void {
    for (const admitted of this.all()) if (admitted.limit.isWindowed) this.#compare(admitted);
  }

  /** What was admitted of a verdict's key in its window; undefined when nothing was. */
  find({ limit, key, windowId }: Verdict): Admitted | undefined {
    return this.#windowsOf(limit).get(windowId)?.get(key);
  }

  /** Every window of every key in which something was admitted. */
  *all(): Generator<Admitted> {
    for (const windows of this.#limits.values()) {
      for (const keys of windows.values()) yield* keys.values();
    }
  }

  refunded(life: Life, refunds: readonly Refund[]): void {
    for (const { limit, key, permits } of refunds) {
      const windowId = limit.windows.idAt(life.state.wallMs);
      if (limit.isWindowed) this.#open(limit, windowId, key).total -= permits;
    }
  }

  #admit({ actor }: Life, { limit, key, windowId }: Verdict, permits: number): void {
    const admitted = this.#open(limit, windowId, key);
    admitted.total += permits;
    admitted.byActor.set(actor, (admitted.byActor.get(actor) ?? 0) + permits);
    if (limit.isWindowed && admitted.total > admitted.most) this.#compare(admitted);
  }

  #compare(admitted: Admitted): void {
    const { limit, windowId, key, total, byActor } = admitted;
    admitted.most = this.#truth.most(admitted, key);
    if (total <= admitted.most) return;
    const shares = [...byActor].map(([actor, count]) => `${actor} ${count}`).join(', ');
    throw new Violation(
      '1 no window admits more than its limit',
      `${limit.name} key "${key}" window ${windowId}: ${total} of ${admitted.most} admitted (${shares})`,
      { key },
    );
  }

  #open(limit: Limit, windowId: number, key: string): Admitted {
    const keys = madeIn(this.#windowsOf(limit), windowId, () => new Map());
    return madeIn(keys, key, () => ({ limit, windowId, key, total: 0, most: 0, byActor: new Map() }));
  }

  #windowsOf(limit: Limit): Map<number, Map<string, Admitted>> {
    let windows = this.#byLimit.get(limit);
    if (windows === undefined) {
      windows = madeIn(this.#limits, limit.id, () => new Map());
      this.#byLimit.set(limit, windows);
    }
    return windows;
  }
}

function madeIn<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
