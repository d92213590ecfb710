import { SECONDS_KEPT } from './bounds.ts';

/** One second of one limit in this region; counts of permits, and of denied checks by what denied them. */
export type Second = {
  readonly atMs: number;
  readonly offered: number;
  readonly denied: number;
  /** Denied because this region's share, or what the whole world may use, was used up. */
  readonly byShare: number;
  readonly byWorld: number;
  /** Permits of one window that this region may use, and the world; of one key where there is a counter for each. */
  readonly share: number;
  readonly limit: number;
  /** The region could use its whole share, or its floor only; or it sat out and could use nothing. */
  readonly holds: 'whole' | 'floor' | 'nothing';
};

const COLUMNS = ['offered', 'denied', 'byShare', 'byWorld', 'share', 'limit'] as const;
const HOLDS = ['whole', 'floor', 'nothing'] as const;

/** The last quarter of an hour of one limit, second by second; a second that nobody noted was quiet. Memory is taken once. */
export class Seconds {
  readonly #numbers = new Float32Array(SECONDS_KEPT * COLUMNS.length);
  readonly #holds = new Uint8Array(SECONDS_KEPT);
  readonly #at = new Float64Array(SECONDS_KEPT).fill(Number.NaN);

  /** Notes one second, which takes the place of the one a quarter of an hour before. */
  note(second: Second): void {
    const slot = slotOf(second.atMs);
    this.#at[slot] = second.atMs;
    this.#holds[slot] = HOLDS.indexOf(second.holds);
    for (const [column, name] of COLUMNS.entries())
      this.#numbers[slot * COLUMNS.length + column] = second[name];
  }

  /** The seconds that were noted from `fromMs` to `toMs`, both included, the oldest first. */
  between(fromMs: number, toMs: number): Second[] {
    const found: Second[] = [];
    const first = Math.max(Math.ceil(fromMs / 1_000), Math.floor(toMs / 1_000) - SECONDS_KEPT + 1);
    for (let at = first * 1_000; at <= toMs; at += 1_000) {
      const slot = slotOf(at);
      if (this.#at[slot] === at) found.push(this.#read(slot, at));
    }
    return found;
  }

  #read(slot: number, atMs: number): Second {
    const read = (column: number) => this.#numbers[slot * COLUMNS.length + column] ?? 0;
    return {
      atMs,
      offered: read(0),
      denied: read(1),
      byShare: read(2),
      byWorld: read(3),
      share: read(4),
      limit: read(5),
      holds: HOLDS[this.#holds[slot] ?? 0] ?? 'whole',
    };
  }
}

function slotOf(atMs: number): number {
  const second = Math.floor(atMs / 1_000);
  return ((second % SECONDS_KEPT) + SECONDS_KEPT) % SECONDS_KEPT;
}
