import type { Clock, Log } from '../ports.ts';
import { type RefusalCount, Refusals, type Refused } from './refusals.ts';
import type { Token } from './token.ts';

/** Who is let in, and what becomes of those that are not: one for all interfaces of a coordinator. */
export class Gatekeeper {
  readonly #refusals: Refusals;
  readonly #clock: Clock;
  #tokens: readonly Token[];

  constructor(tokens: readonly Token[], { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#refusals = new Refusals(log);
  }

  /** The bearer tokens that are known now. */
  readonly tokens = (): readonly Token[] => this.#tokens;

  /** Knows these tokens from now on, and no others. */
  readonly exchange = (tokens: readonly Token[]): void => {
    this.#tokens = tokens;
  };

  /** Notes a caller that was not let in. */
  readonly refused = (refused: Refused): void => this.#refusals.note(refused, this.#clock.now().monoMs);

  /** How many were not let in so far. */
  readonly counts = (): readonly RefusalCount[] => this.#refusals.counts();
}
