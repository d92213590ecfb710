import type { Chance } from './chance.ts';
import type { VirtualTime } from './time.ts';

export type LinkSetup = {
  readonly latencyMs: number;
  readonly tail: number;
  readonly chance: Chance;
  readonly time: VirtualTime;
};

/** Messages that a sender keeps for a link that is down; beyond it the oldest go. */
const KEPT_MAX = 256;

/** One direction between two regions. Faults that overlap are counted, so that each ends by itself. */
export class Link {
  readonly chance: Chance;
  readonly #setup: LinkSetup;
  #cuts = 0;
  #bursts = 0;
  #clogs = 0;
  #waiting: (() => void)[] = [];

  constructor(setup: LinkSetup) {
    this.#setup = setup;
    this.chance = setup.chance;
  }

  /** Delivers after the latency and `extraMs`, unless the link is down then. */
  carry(deliver: () => void, extraMs: number): void {
    if (this.#cuts > 0) {
      if (this.#bursts > 0) this.#keep(deliver);
      return;
    }
    const { latencyMs, tail, time } = this.#setup;
    time.after(latencyMs + this.chance.exponential(latencyMs * tail) + extraMs, () => this.#arrive(deliver));
  }

  /** Cuts the link until the returned function is called. With `burst` the sender keeps what it cannot send. */
  cut(burst: boolean): () => void {
    this.#cuts += 1;
    if (burst) this.#bursts += 1;
    return () => {
      this.#cuts -= 1;
      if (burst) this.#bursts -= 1;
      if (this.#cuts === 0) this.#flush();
    };
  }

  /** Lets messages wait at the far end until the returned function is called. */
  clog(): () => void {
    this.#clogs += 1;
    return () => {
      this.#clogs -= 1;
      if (this.#clogs === 0) this.#flush();
    };
  }

  #arrive(deliver: () => void): void {
    if (this.#cuts > 0) return;
    if (this.#clogs > 0) this.#waiting.push(deliver);
    else deliver();
  }

  #keep(deliver: () => void): void {
    this.#waiting.push(deliver);
    if (this.#waiting.length > KEPT_MAX) this.#waiting.shift();
  }

  /** Everything that waited comes at once, in order. */
  #flush(): void {
    const { latencyMs, time } = this.#setup;
    const waited = this.#waiting;
    this.#waiting = [];
    time.after(latencyMs, () => {
      for (const deliver of waited) this.#arrive(deliver);
    });
  }
}
