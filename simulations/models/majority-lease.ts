import type { RegionId } from '../../crdt/index.ts';
import type { ModelPorts } from './model.ts';

/** A promise holds so long. The one who has it counts a tenth less, so that clocks may run differently. */
const PROMISED_MS = 2_000;
const COUNTED_MS = 0.9 * PROMISED_MS;

/** Candidates stand in the order of the members, so far apart; one who finds no majority steps back for a while. */
const CANDIDATES_APART_MS = 500;
const CANDIDACY_MS = 1_000;

export type Election =
  | { readonly kind: 'claim'; readonly sentMs: number }
  /** A promise to the claimant, with the time that was in its claim. */
  | { readonly kind: 'back'; readonly sentMs: number };

type Promised = { readonly to: RegionId; readonly untilMs: number };

const NOBODY: Promised = { to: '', untilMs: 0 };

/** At most one leader at a time, for as long as a majority has promised to follow nobody else: what a lock service would give. */
export class MajorityLease {
  readonly #ports: ModelPorts<Election>;
  readonly #place: number;
  /** By voter, when the newest claim that it backs was sent. */
  readonly #backed = new Map<RegionId, number>();
  #promised: Promised;
  #notBeforeMs: number;
  #candidateSinceMs: number | undefined;

  constructor(ports: ModelPorts<Election>) {
    const { members, region, shelf, clock, timing } = ports;
    this.#ports = ports;
    this.#place = members.findIndex((member) => member.region === region);
    this.#promised = (shelf.get('promise') as Promised | undefined) ?? NOBODY;
    this.#notBeforeMs = clock.now().monoMs + this.#place * CANDIDATES_APART_MS;
    clock.every(timing.heartbeatMs, () => this.#tick());
  }

  /** Whom this region follows now, itself perhaps; undefined when nobody. */
  get leader(): RegionId | undefined {
    const { region } = this.#ports;
    if (this.isLeader) return region;
    const { to, untilMs } = this.#promised;
    return to !== region && untilMs > this.#nowMs ? to : undefined;
  }

  get isLeader(): boolean {
    const countedFromMs = this.#nowMs - COUNTED_MS;
    const backing = [...this.#backed.values()].filter((sentMs) => sentMs > countedFromMs);
    return 2 * backing.length > this.#ports.members.length;
  }

  hear(from: RegionId, { kind, sentMs }: Election): void {
    if (kind === 'back') {
      if (this.#candidateSinceMs !== undefined && sentMs >= this.#candidateSinceMs) this.#back(from, sentMs);
      return;
    }
    const { to, untilMs } = this.#promised;
    if (to !== from && untilMs > this.#nowMs) return;
    this.#promiseTo(from);
    this.#ports.send(from, { kind: 'back', sentMs });
  }

  get #nowMs(): number {
    return this.#ports.clock.now().monoMs;
  }

  #tick(): void {
    const nowMs = this.#nowMs;
    const { region } = this.#ports;
    const { to, untilMs } = this.#promised;
    if (to !== region && untilMs > nowMs) {
      this.#notBeforeMs = untilMs + this.#place * CANDIDATES_APART_MS;
      return;
    }
    if (nowMs < this.#notBeforeMs) return;
    this.#candidateSinceMs ??= nowMs;
    if (nowMs > this.#candidateSinceMs + CANDIDACY_MS && !this.isLeader) {
      this.#stepBack(nowMs);
      return;
    }
    this.#promiseTo(region);
    this.#back(region, nowMs);
    this.#ports.send('all', { kind: 'claim', sentMs: nowMs });
  }

  #stepBack(nowMs: number): void {
    this.#candidateSinceMs = undefined;
    this.#backed.clear();
    this.#promised = NOBODY;
    this.#notBeforeMs = nowMs + CANDIDACY_MS + this.#place * CANDIDATES_APART_MS;
  }

  #back(voter: RegionId, sentMs: number): void {
    this.#backed.set(voter, Math.max(sentMs, this.#backed.get(voter) ?? 0));
  }

  #promiseTo(region: RegionId): void {
    this.#promised = { to: region, untilMs: this.#nowMs + PROMISED_MS };
    this.#ports.shelf.set('promise', this.#promised);
  }
}
