import { VoteTable } from '../../crdt/index.ts';
import { EPOCH_MS, TICK_MS } from '../../src/bounds.ts';
import { admit } from '../../src/core/admit.ts';
import { versionNotices } from '../../src/core/agreement.ts';
import type { Books } from '../../src/core/books.ts';
import { type Cluster, DEFAULT_TIMING, seatMembers, type Timing } from '../../src/core/cluster.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { Effect, Report } from '../../src/core/effects.ts';
import type { Event } from '../../src/core/events.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { LimitSpec, Member } from '../../src/core/limit.ts';
import type { Heartbeat, Message, Row } from '../../src/core/messages.ts';
import { booksNamed } from '../../src/core/open-counter.ts';
import { createState, type RegionState } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import { compileVersion, type Version } from '../../src/core/version.ts';
import { limitSpec, THREE_REGIONS, WORLD_START_MS } from '../world.ts';

/** The epoch in which worlds and lone regions begin. */
export const FIRST_EPOCH = WORLD_START_MS / EPOCH_MS;

/** A cluster of members a, b, c, … with these weights. */
export function clusterOf(...weights: readonly number[]): Cluster {
  return seatMembers(weights.map((weight, at) => ({ region: regionName(at), weight })));
}

/** a, b, c, …: names in the order in which a cluster seats them. */
export function regionName(at: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + at);
}

/** The first version of a cluster of members a, b, c, … with these weights. */
export function versionOf(weights: readonly number[], limits: readonly LimitSpec[] = []): Version {
  const members = weights.map((weight, at) => ({ region: regionName(at), weight }));
  return compileVersion([0, ''], { members, limits, retired: [] });
}

/** A table in which b, c, d, … each voted about a with one letter, O or F; a dot voted nothing. */
export function votesOnA(epoch: number, letters: string): VoteTable {
  const votes = new VoteTable();
  [...letters].forEach((letter, at) => {
    if (letter !== '.') votes.record(regionName(at + 1), 'a', epoch, letter === 'O' ? 'OWN' : 'FENCE');
  });
  return votes;
}

/** Whatever of a setup matters to the test; the rest is us-east's of a new cluster of three. */
export type LoneSetup = {
  readonly region?: string;
  readonly ledger?: string;
  readonly members?: readonly Member[];
  readonly limits?: readonly LimitSpec[];
  readonly timing?: Partial<Timing>;
  readonly newCluster?: boolean;
  readonly startMs?: number;
};

/** One region's core, with its clock in the test's hand and its peers played by the test. */
export class Lone {
  readonly state: RegionState;
  /** Everything that it asked its driver to do, ever. */
  readonly effects: Effect[] = [];
  wallMs: number;
  monoMs = 0;

  constructor({ timing, startMs, ...setup }: LoneSetup = {}) {
    this.wallMs = startMs ?? WORLD_START_MS;
    this.state = createState(
      {
        region: 'us-east',
        ledger: '00000000000000aa',
        members: THREE_REGIONS,
        limits: [limitSpec()],
        newCluster: true,
        ...setup,
        timing: { ...DEFAULT_TIMING, ...timing },
      },
      this.at(),
    );
  }

  at(): Instant {
    return { wallMs: this.wallMs, monoMs: this.monoMs };
  }

  /** Lets time pass, a tick at a time, doing `each` after every tick; returns what was to be done about it. */
  run(ms: number, each: () => void = () => {}): Effect[] {
    const before = this.effects.length;
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.wallMs += TICK_MS;
      this.monoMs += TICK_MS;
      this.take({ kind: 'tick' });
      each();
    }
    return this.effects.slice(before);
  }

  take(event: Event): Effect[] {
    const effects = step(this.state, event, this.at());
    this.effects.push(...effects);
    return effects;
  }

  hear(from: string, message: Message): Effect[] {
    return this.take({ kind: 'message', from, message });
  }

  check(permits = 1, dimensions: Readonly<Record<string, string>> = {}, resource = 'orders'): Decision {
    return admit(this.state, { resource, dimensions, permits }, this.at());
  }

  /** This region's own votes about a subject in the epochs from `from` to `to`: O, F, or a dot for none. */
  votesOn(subject: string, from: number, to: number): string {
    const runs = this.state.votes.runs(from, to);
    const own = runs.find(([voter, about]) => voter === this.state.region && about === subject);
    return own?.[3] ?? '.'.repeat(to - from + 1);
  }
}

/** A peer that the test plays: it hears the lone region's newest heartbeat and answers it, unless told otherwise. */
export class PlayedPeer {
  readonly region: string;
  readonly #lone: Lone;
  readonly ledger: string;
  sequence = 0;

  constructor(lone: Lone, region: string, ledger = '00000000000000bb') {
    this.#lone = lone;
    this.region = region;
    this.ledger = ledger;
  }

  /** The next heartbeat: two-way contact in the lone region's epoch, without votes. */
  heartbeat(changes: Partial<Heartbeat> = {}): Heartbeat {
    const { region, incarnation, sequences, epoch } = this.#lone.state;
    this.sequence += 1;
    return {
      kind: 'heartbeat',
      incarnation: WORLD_START_MS,
      ledger: this.ledger,
      sequence: this.sequence,
      epoch,
      wallMs: this.#lone.wallMs,
      sitsUntil: 0,
      informed: true,
      versions: versionNotices(this.#lone.state),
      heard: [[region, incarnation, sequences.heartbeat, 0]],
      votes: [],
      demand: [],
      ...changes,
    };
  }

  /** Says the next heartbeat; returns what the lone region does about it. */
  beat(changes: Partial<Heartbeat> = {}): Effect[] {
    return this.#lone.hear(this.region, this.heartbeat(changes));
  }

  /** Says one delta of its own rows. */
  tell(sequence: number, ...rows: readonly Row[]): Effect[] {
    return this.#lone.hear(this.region, {
      kind: 'delta',
      ledger: this.ledger,
      sequence,
      wallMs: this.#lone.wallMs,
      demand: [],
      groups: [[`${this.region}@${this.ledger}`, idOf(this.#lone), rows]],
    });
  }
}

/** The id under which rows of a limit travel. */
export function idOf({ state }: Lone, name = 'everything'): string {
  return state.current.limits.get(name)?.id ?? name;
}

/** What a region keeps about its limit of that name. */
export function booksIn({ state }: Lone, name = 'everything'): Books | undefined {
  return booksNamed(state, name);
}

/** The messages of one kind among effects. */
export function sent<Kind extends Message['kind']>(
  effects: readonly Effect[],
  kind: Kind,
): Extract<Message, { kind: Kind }>[] {
  return effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === kind
      ? [effect.message as Extract<Message, { kind: Kind }>]
      : [],
  );
}

/** The reports among effects. */
export function reported(effects: readonly Effect[]): Report[] {
  return effects.flatMap((effect) => (effect.kind === 'report' ? [effect.report] : []));
}
