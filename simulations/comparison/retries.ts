import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import type { Checker } from '../checkers/checker.ts';
import type { Life } from '../life.ts';
import type { World } from '../world.ts';

/** A client that is refused asks again after so long, and so many times at most. */
export const RETRIED_AFTER_MS = 1_000;
export const RETRIES_MAX = 3;

/** Clients that do not take no for an answer, or not at once. */
export class Retries implements Checker {
  readonly #world: World;
  readonly #attempts = new WeakMap<CheckRequest, number>();

  constructor(world: World) {
    this.#world = world;
  }

  checked({ region }: Life, request: CheckRequest, { allowed }: Decision): void {
    const attempts = this.#attempts.get(request) ?? 0;
    if (allowed || attempts >= RETRIES_MAX) return;
    const again = { ...request };
    this.#attempts.set(again, attempts + 1);
    this.#world.time.after(RETRIED_AFTER_MS, () => this.#world.ask(region, again));
  }
}
