import type { CheckRequest, Decision, Verdict } from '../../src/core/decision.ts';
import type { Limit } from '../../src/core/limit.ts';
import type { Life } from '../life.ts';
import { type Checker, type Refund, Violation } from './checker.ts';
import type { Truth } from './truth.ts';

/** Epochs back to which runs of a bucket's epochs are looked at. */
const RUN_EPOCHS = 70;

/** What counts of one key, by window and, where it can be taken back, by who was granted it. In units. */
type Spent = {
  readonly limit: Limit;
  readonly key: string;
  readonly byWindow: Map<number, number>;
  readonly byActor: Map<string, Map<number, number>>;
};

/**
 * Invariant 8, over all lives of all regions: any G consecutive slots of a sliding window admit at most the limit; permits held at one time are
 * never more than the limit; and any run of epochs of a bucket lets through at most the burst and what those epochs mint.
 */
export class Spans implements Checker {
  readonly #truth: Truth;
  readonly #spent = new Map<string, Spent>();

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  checked(life: Life, { permits }: CheckRequest, decision: Decision): void {
    if (!decision.allowed || permits === 0) return;
    for (const verdict of decision.verdicts)
      if (verdict.allowed && isSpanned(verdict.limit)) this.#admit(life, verdict, permits);
  }

  /** Permits that are held no longer, from the present epoch on. */
  released({ state }: Life, { verdicts }: Decision, permits: number): void {
    for (const { limit, key, windowId } of verdicts) {
      if (limit.windows.leading === 0) continue;
      const spent = this.#of(limit, key);
      for (let epoch = state.epoch; epoch <= windowId; epoch += 1) add(spent.byWindow, epoch, -permits);
    }
  }

  /** The windows in which the permits are held now: `verdict.windowId` is where they would have run out. */
  renewed({ state }: Life, { verdicts }: Decision, permits: number): void {
    for (const { limit, key, windowId } of verdicts) {
      const { leading } = limit.windows;
      if (leading === 0) continue;
      const spent = this.#of(limit, key);
      for (let epoch = windowId + 1; epoch <= state.epoch + leading; epoch += 1)
        add(spent.byWindow, epoch, permits);
      this.#compareHeld(spent, state.epoch, state.epoch + leading);
    }
  }

  refunded({ actor, state }: Life, refunds: readonly Refund[]): void {
    for (const { limit, key, permits } of refunds) {
      if (!isSpanned(limit)) continue;
      const spent = this.#of(limit, key);
      if (limit.isBucket) {
        add(spent.byWindow, state.epoch, -permits * limit.unitsPerPermit);
        continue;
      }
      const own = spent.byActor.get(actor);
      let left = permits;
      for (const windowId of [...(own?.keys() ?? [])].sort((a, b) => a - b)) {
        if (windowId < limit.windows.idAt(state.wallMs) - limit.windows.trailing) continue;
        const taken = Math.min(left, own?.get(windowId) ?? 0);
        left -= taken;
        add(spent.byWindow, windowId, -taken);
        if (own !== undefined) add(own, windowId, -taken);
      }
    }
  }

  #admit(life: Life, { limit, key, windowId, delayMs }: Verdict, permits: number): void {
    const spent = this.#of(limit, key);
    const { state } = life;
    if (limit.isBucket) {
      const leaves = limit.windows.idAt(state.wallMs + delayMs);
      add(spent.byWindow, leaves, permits * limit.unitsPerPermit);
      this.#compareRuns(spent, leaves);
    } else if (limit.windows.leading > 0) {
      for (let epoch = state.epoch; epoch <= windowId; epoch += 1) add(spent.byWindow, epoch, permits);
      this.#compareHeld(spent, state.epoch, windowId);
    } else {
      add(spent.byWindow, windowId, permits);
      const own = spent.byActor.get(life.actor) ?? new Map<number, number>();
      spent.byActor.set(life.actor, own);
      add(own, windowId, permits);
      this.#compareSlots(spent, windowId);
    }
  }

  #compareSlots({ limit, key, byWindow }: Spent, windowId: number): void {
    const { trailing } = limit.windows;
    for (let first = windowId - trailing; first <= windowId; first += 1) {
      let sum = 0;
      for (let slot = first; slot <= first + trailing; slot += 1) sum += byWindow.get(slot) ?? 0;
      const most = this.#truth.most({ limit, windowId: first }, key);
      if (sum > most) throw violation({ limit, key }, `slots ${first} to ${first + trailing}`, sum, most);
    }
  }

  #compareHeld({ limit, key, byWindow }: Spent, from: number, to: number): void {
    for (let epoch = from; epoch <= to; epoch += 1) {
      const held = byWindow.get(epoch) ?? 0;
      const most = this.#truth.most({ limit, windowId: epoch - limit.windows.trailing }, key);
      if (held > most) throw violation({ limit, key }, `epoch ${epoch}`, held, most);
    }
  }

  /** Kadane's way: the fullest run that ends with each epoch follows from the one before. */
  #compareRuns({ limit, key, byWindow }: Spent, from: number): void {
    const burst = this.#truth.burst(limit, key);
    const last = Math.max(from, ...[...byWindow.keys()].slice(-3));
    let excess = 0;
    for (let epoch = from - RUN_EPOCHS; epoch <= last; epoch += 1) {
      const minted = this.#truth.most({ limit, windowId: epoch }, key);
      excess = Math.max(0, excess) + (byWindow.get(epoch) ?? 0) - minted;
      if (excess > burst) throw violation({ limit, key }, `epochs to ${epoch}`, excess, burst);
    }
  }

  #of(limit: Limit, key: string): Spent {
    const name = `${limit.id}\n${key}`;
    let spent = this.#spent.get(name);
    if (spent === undefined) {
      spent = { limit, key, byWindow: new Map(), byActor: new Map() };
      this.#spent.set(name, spent);
    }
    return spent;
  }
}

function isSpanned({ isWindowed, isAvailable }: Limit): boolean {
  return !isWindowed && !isAvailable;
}

function add(byWindow: Map<number, number>, windowId: number, amount: number): void {
  byWindow.set(windowId, (byWindow.get(windowId) ?? 0) + amount);
}

function violation(
  about: { readonly limit: Limit; readonly key: string },
  where: string,
  sum: number,
  most: number,
) {
  const { limit, key } = about;
  const what = `${limit.name} (${limit.spec.algorithm}) key "${key}" ${where}: ${sum} of ${most}`;
  return new Violation('8 whatever counts together is within the limit', what, { key });
}
