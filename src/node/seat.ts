import { epochOf } from '../core/window.ts';
import type { AlarmClock, Cancel } from '../ports.ts';
import { BEAT_MS, FOUNDING_LEFT_MS, FOUNDING_LISTENS_MS, TURN_AHEAD_EPOCHS } from './bounds.ts';
import type { Beat, RegionStore, Standing } from './region-store.ts';

/** A turn to speak that has just begun. */
export type NewTurn = {
  readonly turn: number;
  /** The last epoch that it reaches for now. */
  readonly upTo: number;
  /** The last epoch in which an earlier turn may have claimed anything; undefined where nobody knows. */
  readonly claimedBefore: number | undefined;
  /** The store has begun anew, so there is nothing in it. */
  readonly isFounded: boolean;
};

export type SeatOptions = {
  readonly clock: AlarmClock;
  readonly store: RegionStore;
  /** A number that no earlier life of this node had. */
  readonly life: number;
  /** The operator attests that there was no earlier life: nobody is waited for. */
  readonly isNew: boolean;
  /** It is this node's turn to speak. */
  readonly onTurn: (turn: NewTurn) => void;
  /** The turn reaches further. */
  readonly onExtended: (upTo: number) => void;
  /** The store has begun anew, and this node speaks on in a turn of another number. */
  readonly onBegunAnew: (turn: number) => void;
  /** It is another node's turn. */
  readonly onDeposed: () => void;
  /** How things stand; undefined when the store did not say. */
  readonly onStanding: (standing: Standing | undefined) => void;
};

/**
 * Takes part in the choice of who speaks for a region: one node at a time by the word of the store, in turns that are numbered. Nothing rests
 * on the store being right about who is alive: a speaker may claim only epochs that the store knew its turn would reach, and whoever comes
 * next claims none of those.
 */
export class Seat {
  readonly #options: SeatOptions;
  #turn: number | undefined;
  #known = 0;
  #heardKnown = 0;
  #changedMonoMs: number | undefined;
  #isAsking = false;
  #isLeaving = false;
  #cancel: Cancel | undefined;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  /** The turn in which this node speaks; undefined while another does. */
  get turn(): number | undefined {
    return this.#turn;
  }

  start(): void {
    this.#beat();
    this.#cancel = this.#options.clock.every(BEAT_MS, () => this.#beat());
  }

  /** Gives the turn up, and asks for none any more; resolves when the store knows it, or cannot be told. */
  leave(): Promise<void> {
    this.#isLeaving = true;
    this.#cancel?.();
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn === undefined) return Promise.resolve();
    const leaves = { turn, upTo: this.#epoch() };
    return new Promise((resolve) => this.#send({ leaves }, () => resolve()));
  }

  /** Gives the turn up for now, in which nothing was claimed. */
  yieldTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn !== undefined) this.#send({ leaves: { turn, upTo: this.#epoch() } }, () => {});
  }

  /** The store refused something that only a speaker may do. */
  refused(): void {
    this.#beat();
  }

  #epoch(): number {
    return epochOf(this.#options.clock.now().wallMs);
  }

  #beat(): void {
    if (this.#isAsking || this.#isLeaving) return;
    this.#isAsking = true;
    const upTo = this.#epoch() + TURN_AHEAD_EPOCHS;
    const turn = this.#turn;
    const above = Math.max(this.#known, this.#heardKnown, Math.floor(this.#options.clock.now().wallMs));
    const speaks = turn === undefined ? undefined : { turn, upTo };
    this.#send({ speaks, stands: { upTo, above }, founds: this.#founds() }, (standing) => {
      this.#isAsking = false;
      if (this.#isLeaving) return;
      if (standing !== undefined) this.#take(standing, upTo);
      this.#options.onStanding(standing);
    });
  }

  #send(beat: Partial<Beat>, answered: (standing: Standing | undefined) => void): void {
    const { store, life } = this.#options;
    store.beat({ life, knows: this.#known, founds: false, ...beat }, answered);
  }

  #take(standing: Standing, upTo: number): void {
    const { became, turn, claimedBefore } = standing;
    this.#heardKnown = Math.max(this.#heardKnown, standing.known);
    if (standing.generation === undefined) {
      this.#changedMonoMs ??= this.#options.clock.now().monoMs;
      return;
    }
    this.#changedMonoMs = undefined;
    this.#known = Math.max(this.#known, turn);
    const spoke = this.#turn !== undefined;
    if (became === 'kept') this.#options.onExtended(upTo);
    else if (became === 'founded' && spoke) {
      this.#turn = turn;
      this.#options.onBegunAnew(turn);
      this.#options.onExtended(upTo);
    } else if (became === 'elected' || became === 'founded') {
      this.#depose();
      this.#turn = turn;
      this.#options.onTurn({ turn, upTo, claimedBefore, isFounded: became === 'founded' });
    } else this.#depose();
  }

  #depose(): void {
    if (this.#turn === undefined) return;
    this.#turn = undefined;
    this.#options.onDeposed();
  }

  /** Whether to begin the store anew: who spoke goes first, for it has the books, unless somebody knows of a later turn. */
  #founds(): boolean {
    if (this.#changedMonoMs === undefined) return false;
    const sinceMs = this.#options.clock.now().monoMs - this.#changedMonoMs;
    if (this.#turn !== undefined) return sinceMs >= FOUNDING_LISTENS_MS && this.#heardKnown <= this.#turn;
    const nobodyWas = this.#options.isNew && this.#known === 0 && this.#heardKnown === 0;
    return sinceMs >= (nobodyWas ? 0 : FOUNDING_LEFT_MS);
  }
}

/**
 * The last epoch that a turn before this one may have claimed anything of. Where the store has forgotten how far turns reached, it is as far as
 * they may have by `epoch`, the latest that it may be by anybody's clock.
 */
export function claimedBy({ claimedBefore = 0, isFounded }: NewTurn, epoch: number): number {
  return isFounded ? Math.max(claimedBefore, epoch + TURN_AHEAD_EPOCHS) : claimedBefore;
}
