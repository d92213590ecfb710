import type { VirtualTime } from '../../simulations/time.ts';

/** What may go wrong between regions; each lasts until the next one of its kind. */
export type MediumFault =
  /** Which directed links carry nothing: a bit each, from × members + to. */
  | { readonly kind: 'cut'; readonly links: number }
  | { readonly kind: 'loss'; readonly permille: number }
  /** Deliveries take up to so long, so that they overtake each other. */
  | { readonly kind: 'delay'; readonly uptoMs: number }
  /** So many come twice, the second time up to ten seconds late. */
  | { readonly kind: 'repeat'; readonly permille: number };

const USUAL_DELAY_MS = 40;
const LEAST_DELAY_MS = 5;
const LATEST_REPEAT_MS = 10_000;

/** Decides which deliveries happen, when, and how often. */
export class FaultyMedium {
  readonly #time: VirtualTime;
  readonly #names: readonly string[];
  readonly #chance: () => number;
  #cut = 0;
  #loss = 0;
  #delayMs = USUAL_DELAY_MS;
  #repeat = 0;

  constructor(time: VirtualTime, names: readonly string[], seed: number) {
    this.#time = time;
    this.#names = names;
    this.#chance = chanceOf(seed);
  }

  befall(fault: MediumFault): void {
    switch (fault.kind) {
      case 'cut':
        this.#cut = fault.links;
        return;
      case 'loss':
        this.#loss = fault.permille / 1_000;
        return;
      case 'delay':
        this.#delayMs = fault.uptoMs;
        return;
      case 'repeat':
        this.#repeat = fault.permille / 1_000;
    }
  }

  heal(): void {
    this.#cut = 0;
    this.#loss = 0;
    this.#delayMs = USUAL_DELAY_MS;
    this.#repeat = 0;
  }

  /** Runs `deliver` later, never, or twice. */
  carry(from: string, to: string, deliver: () => void): void {
    const link = this.#names.indexOf(from) * this.#names.length + this.#names.indexOf(to);
    if ((this.#cut >> link) % 2 === 1 || this.#chance() < this.#loss) return;
    this.#time.after(LEAST_DELAY_MS + this.#chance() * this.#delayMs, deliver);
    if (this.#chance() < this.#repeat) this.#time.after(this.#chance() * LATEST_REPEAT_MS, deliver);
  }
}

/** Chance from a seed, uniform in [0, 1). Source: Marsaglia, "Xorshift RNGs", 2003. */
function chanceOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
