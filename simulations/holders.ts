import type { CheckRequest, Decision } from '../src/core/decision.ts';
import type { Chance } from './chance.ts';
import type { Checker } from './checkers/checker.ts';
import type { Life } from './life.ts';
import type { VirtualTime } from './time.ts';

/** Some of what was granted is given back, where a plan does not say how much. */
const REFUNDS = 0.02;

/** What clients that hold permits need of the world. */
type Place = {
  readonly plan: { readonly refunds?: number };
  readonly time: VirtualTime;
  readonly goesOn: boolean;
  work(life: Life, task: () => void): void;
  tellOf(tell: (checker: Checker) => void): void;
};

/** What clients do once they were let through: they release what they hold, renew it, vanish with it, or give permits back. */
export class Holders {
  readonly #place: Place;
  readonly #chance: Chance;
  readonly #refunds: number;

  constructor(place: Place, chance: Chance) {
    this.#place = place;
    this.#refunds = place.plan.refunds ?? REFUNDS;
    this.#chance = chance;
  }

  granted(life: Life, request: CheckRequest, decision: Decision): void {
    if (!decision.allowed || request.permits === 0) return;
    if (decision.lease !== undefined) this.#hold(life, request, decision);
    else if (decision.verdicts.length > 0 && this.#chance.happens(this.#refunds)) this.#refund(life, request);
  }

  /** Most release after a while, some never do, and some hold on for longer than they were promised. */
  #hold(life: Life, request: CheckRequest, decision: Decision): void {
    const { lease } = decision;
    if (lease === undefined || this.#chance.happens(0.1)) return;
    const afterMs = Math.round(this.#chance.between(50, 6_000));
    const renews = this.#chance.happens(0.3);
    this.#later(life, afterMs, () => {
      if (renews) {
        const renewal = life.driver.renew?.(lease);
        if (renewal?.renewed === true)
          this.#place.tellOf((checker) => checker.renewed?.(life, decision, request.permits));
      } else if (life.driver.release?.(lease) === true) {
        this.#place.tellOf((checker) => checker.released?.(life, decision, request.permits));
      }
    });
  }

  #refund(life: Life, request: CheckRequest): void {
    this.#later(life, Math.round(this.#chance.between(1, 2_000)), () => {
      const refunds = life.driver.refund?.(request) ?? [];
      this.#place.tellOf((checker) => checker.refunded?.(life, refunds));
    });
  }

  #later(life: Life, afterMs: number, task: () => void): void {
    this.#place.time.after(afterMs, () => {
      if (life.alive && !life.paused && this.#place.goesOn) this.#place.work(life, task);
    });
  }
}
