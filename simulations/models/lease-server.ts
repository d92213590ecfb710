import type { RegionId } from '../../crdt/index.ts';
import { waterFill } from '../../src/core/water-fill.ts';
import { Demand, limitPerSecond, subject } from './demand.ts';
import { type Election, MajorityLease } from './majority-lease.ts';
import type { Answer, Counted, Model, ModelPorts } from './model.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Doorman's usual values are 5 s and minutes; here both are short, so that capacity is back as soon as with the others. */
const REFRESHED_EVERY_MS = 1_000;
const LEASED_MS = 5_000;

/** Limits and keys without a lease are asked for as soon as this. */
const NEW_EVERY_MS = 100;

/** What a region wants beyond its demand, for chance. */
const WANTED_FACTOR = 1.1;

/** A request for which there is no lease yet waits so long at most; then it is denied. */
const PATIENCE_MS = 500;

type Asked = readonly [limit: string, key: string, wants: number, has: number];
type Granted = readonly [limit: string, key: string, perSecond: number];

type Message =
  | { readonly kind: 'election'; readonly election: Election }
  | { readonly kind: 'ask'; readonly sentMs: number; readonly rows: readonly Asked[] }
  | { readonly kind: 'grant'; readonly sentMs: number; readonly rows: readonly Granted[] };

type Waiting = {
  readonly counted: readonly Counted[];
  readonly permits: number;
  readonly answer: Answer;
  readonly untilMs: number;
};

/**
 * Lease server with an elected master: regions lease capacity, a rate, from the master, fairly by demand and weight, and spread it evenly
 * over time by a token bucket; what nobody wants is divided by weight, where Doorman would keep it. Leases are never revoked, only granted
 * smaller, so they never add up to more than the capacity; a new master confirms what it is told, and no more, for one lease. A region
 * whose leases have run out lets nothing through: Doorman's default, a "safe capacity", would come on top. The first request for a key
 * waits for its lease.
 *
 * Source: youtube/doorman, doc/design.md and doc/algorithms.md (FAIR_SHARE); the election stands for its etcd.
 */
export function leaseServer(ports: ModelPorts<Message>): Model<Message> {
  const { region, clock } = ports;
  const election = new MajorityLease({
    ...ports,
    send: (to, words) => ports.send(to, { kind: 'election', election: words }),
  });
  const master = new Master(ports, election);
  const leases = new Leases(ports);
  const buckets = new TokenBuckets(clock, (_limit, name) => leases.perSecond(name));
  let waiting: readonly Waiting[] = [];

  const refresh = (which: 'all' | 'new') => {
    const rows = leases.wanted(which);
    const { leader } = election;
    if (leader === undefined || rows.length === 0) return;
    const sentMs = clock.now().monoMs;
    if (leader === region) leases.take(sentMs, master.grant(region, rows));
    else ports.send(leader, { kind: 'ask', sentMs, rows });
  };
  const serve = () => {
    const { monoMs } = clock.now();
    waiting = waiting.filter(({ counted, permits, answer, untilMs }) => {
      if (!leases.has(counted) && monoMs < untilMs) return true;
      answer(leases.has(counted) && buckets.take(counted, permits));
      return false;
    });
  };
  clock.every(REFRESHED_EVERY_MS, () => refresh('all'));
  clock.every(NEW_EVERY_MS, () => {
    leases.demand.update();
    refresh('new');
    serve();
  });

  return {
    check(counted, permits, answer) {
      for (const each of counted) leases.demand.note(each, permits);
      if (leases.has(counted)) answer(buckets.take(counted, permits));
      else waiting = [...waiting, { counted, permits, answer, untilMs: clock.now().monoMs + PATIENCE_MS }];
    },
    hear(from, message) {
      if (message.kind === 'election') election.hear(from, message.election);
      else if (message.kind === 'grant') {
        leases.take(message.sentMs, message.rows);
        serve();
      } else if (election.isLeader) {
        const rows = master.grant(from, message.rows);
        ports.send(from, { kind: 'grant', sentMs: message.sentMs, rows });
      }
    },
  };
}

/** What a region has leased. */
class Leases {
  readonly demand: Demand;
  readonly #ports: ModelPorts<Message>;
  readonly #held = new Map<string, { readonly perSecond: number; readonly untilMs: number }>();

  constructor(ports: ModelPorts<Message>) {
    this.#ports = ports;
    this.demand = new Demand(ports.clock);
  }

  has(counted: readonly Counted[]): boolean {
    return counted.every(({ limit, key }) => this.#live(subject(limit.name, key)) !== undefined);
  }

  perSecond(name: string): number {
    return this.#live(name)?.perSecond ?? 0;
  }

  #live(name: string): { readonly perSecond: number } | undefined {
    const lease = this.#held.get(name);
    return lease !== undefined && lease.untilMs > this.#ports.clock.now().monoMs ? lease : undefined;
  }

  /** What to ask the master for. */
  wanted(which: 'all' | 'new'): Asked[] {
    return [...this.demand.all()].flatMap(({ limit, key, name, perSecond }): Asked[] => {
      const lease = this.#live(name);
      if (which === 'new' && lease !== undefined) return [];
      return [[limit.name, key, WANTED_FACTOR * perSecond, lease?.perSecond ?? 0]];
    });
  }

  /** A lease counts from when it was asked for, which is before the master begins to count. */
  take(sentMs: number, rows: readonly Granted[]): void {
    for (const [limit, key, perSecond] of rows) {
      this.#held.set(subject(limit, key), { perSecond, untilMs: sentMs + LEASED_MS });
    }
  }
}

type Lease = { readonly wants: number; readonly has: number; readonly untilMs: number };

/** What the master knows of everybody's leases. */
class Master {
  readonly #ports: ModelPorts<Message>;
  readonly #election: MajorityLease;
  readonly #leases = new Map<string, Map<RegionId, Lease>>();
  #learnsUntilMs = 0;

  constructor(ports: ModelPorts<Message>, election: MajorityLease) {
    this.#ports = ports;
    this.#election = election;
    let wasLeader = false;
    ports.clock.every(NEW_EVERY_MS, () => {
      const { isLeader } = this.#election;
      if (isLeader && !wasLeader) this.#learn();
      wasLeader = isLeader;
    });
    // Until the first look at the election is over nothing is granted either.
    this.#learn();
  }

  grant(to: RegionId, rows: readonly Asked[]): Granted[] {
    return rows.map(([name, key, wants, has]) => {
      const perSecond = this.#perSecond(to, { name, key, wants, has });
      return [name, key, perSecond];
    });
  }

  #perSecond(
    to: RegionId,
    asked: { readonly name: string; readonly key: string; readonly wants: number; readonly has: number },
  ): number {
    const { monoMs } = this.#ports.clock.now();
    const limit = this.#ports.limits.get(asked.name);
    if (limit === undefined) return 0;
    const leases = this.#of(asked.name, asked.key);
    for (const [region, { untilMs }] of leases) if (untilMs <= monoMs) leases.delete(region);
    const { wants, has } = asked;
    leases.set(to, { wants, has, untilMs: monoMs + LEASED_MS });
    if (monoMs < this.#learnsUntilMs) return has;
    const capacity = limitPerSecond(limit);
    let free = capacity;
    for (const [region, lease] of leases) if (region !== to) free -= lease.has;
    const gets = Math.max(0, Math.min(free, this.#due(to, capacity, leases)));
    leases.set(to, { wants, has: gets, untilMs: monoMs + LEASED_MS });
    return gets;
  }

  /** What a region should have once all have refreshed: max-min fairness over wants, and its part by weight of what is left. */
  #due(to: RegionId, capacity: number, leases: ReadonlyMap<RegionId, Lease>): number {
    const holders = this.#ports.members.filter(({ region }) => leases.has(region));
    const claims = holders.map(({ region, weight }) => ({ wants: leases.get(region)?.wants ?? 0, weight }));
    const filled = waterFill(capacity, claims);
    const place = holders.findIndex(({ region }) => region === to);
    const left = capacity - filled.reduce((sum, amount) => sum + amount, 0);
    const weights = holders.reduce((sum, { weight }) => sum + weight, 0);
    return (filled[place] ?? 0) + (weights === 0 ? 0 : (left * (holders[place]?.weight ?? 0)) / weights);
  }

  #of(limit: string, key: string): Map<RegionId, Lease> {
    const name = subject(limit, key);
    let leases = this.#leases.get(name);
    if (leases === undefined) {
      leases = new Map();
      this.#leases.set(name, leases);
    }
    return leases;
  }

  #learn(): void {
    this.#leases.clear();
    this.#learnsUntilMs = this.#ports.clock.now().monoMs + LEASED_MS;
  }
}
