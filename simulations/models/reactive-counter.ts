import type { RegionId } from '../../crdt/index.ts';
import type { Counted, Model, ModelPorts, Named } from './model.ts';
import { shareAmong } from './shares.ts';
import { countedOf, named, WindowTable } from './window-table.ts';

/** A question that has no answer after so long is given up, and whom it went to is not asked for a while. */
const ANSWERED_WITHIN_MS = 500;
const AVOIDED_MS = 2_000;

/** What one region has used and given away in a window: absolute values that only it writes. */
type Row = readonly [
  counted: Named,
  region: RegionId,
  used: number,
  given: readonly (readonly [to: RegionId, amount: number])[],
];

type Message =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'pull'; readonly counted: Named; readonly amount: number };

type Entry = {
  readonly used: Map<RegionId, number>;
  /** By giver and receiver. */
  readonly given: Map<RegionId, Map<RegionId, number>>;
  changed: boolean;
  /** Whom this region has asked, and until when it waits. */
  asked: { readonly whom: RegionId; readonly untilMs: number } | undefined;
};

/**
 * Reactive bounded counter: rights start as shares by weight; who has less than half of an equal share left asks the one that is known to
 * have the most for half the difference, and a giver never gives more than half of what it has. Rights are moved when they are short, in
 * the window that is under way, and never before it; the rights of a lost region lie idle.
 *
 * Source: Balegas et al. 2015, "Extending eventually consistent cloud databases for enforcing numeric invariants", arXiv 1503.09052; when and how
 * much to ask for as in PotionDB's bounded counter.
 */
export function reactiveCounter(ports: ModelPorts<Message>): Model<Message> {
  const books = new ReactiveBooks(ports);
  const { region } = ports;
  return {
    check(counted, permits, answer) {
      const fits = counted.every((each) => books.rights(each, region) >= permits);
      if (fits) for (const each of counted) books.use(each, permits);
      for (const each of counted) books.pullIfShort(each, permits);
      answer(fits);
    },
    hear(from, message) {
      if (message.kind === 'pull') books.give(from, countedOf(ports, message.counted), message.amount);
      else for (const row of message.rows) books.join(from, row);
    },
  };
}

class ReactiveBooks {
  readonly #ports: ModelPorts<Message>;
  readonly #table: WindowTable<Entry>;
  readonly #shares: ReadonlyMap<RegionId, (counted: Counted) => number>;
  readonly #avoidedUntilMs = new Map<RegionId, number>();

  constructor(ports: ModelPorts<Message>) {
    const { members, clock, timing } = ports;
    this.#ports = ports;
    this.#shares = new Map(members.map(({ region }) => [region, shareAmong(members, region)]));
    this.#table = WindowTable.kept(ports, () => ({
      used: new Map(),
      given: new Map(),
      changed: false,
      asked: undefined,
    }));
    clock.every(timing.deltaMs, () => this.#tell(({ changed }) => changed));
    clock.every(timing.digestMs, () => this.#tell(() => true));
  }

  /** What a region may still use, as far as is known here; for the own region that is exact. */
  rights(counted: Counted, region: RegionId): number {
    const { used, given } = this.#table.at(counted);
    let rights = (this.#shares.get(region)?.(counted) ?? 0) - (used.get(region) ?? 0);
    for (const [giver, amounts] of given) {
      if (giver !== region) rights += amounts.get(region) ?? 0;
      else for (const amount of amounts.values()) rights -= amount;
    }
    return rights;
  }

  use(counted: Counted, permits: number): void {
    const entry = this.#table.at(counted);
    const { region } = this.#ports;
    entry.used.set(region, (entry.used.get(region) ?? 0) + permits);
    entry.changed = true;
  }

  pullIfShort(counted: Counted, permits: number): void {
    const { region, members, clock } = this.#ports;
    const entry = this.#table.at(counted);
    const own = this.rights(counted, region);
    if (own >= Math.max(permits, counted.limit.limit / members.length / 2)) return;
    const { monoMs } = clock.now();
    if (entry.asked !== undefined) {
      if (entry.asked.untilMs > monoMs) return;
      this.#avoidedUntilMs.set(entry.asked.whom, monoMs + AVOIDED_MS);
      entry.asked = undefined;
    }
    const [richest] = members
      .filter(
        (member) => member.region !== region && (this.#avoidedUntilMs.get(member.region) ?? 0) <= monoMs,
      )
      .map((member) => ({ whom: member.region, rights: this.rights(counted, member.region) }))
      .sort((a, b) => b.rights - a.rights);
    if (richest === undefined || richest.rights <= own) return;
    entry.asked = { whom: richest.whom, untilMs: monoMs + ANSWERED_WITHIN_MS };
    const amount = Math.ceil((richest.rights - own) / 2);
    this.#ports.send(richest.whom, { kind: 'pull', counted: named(counted), amount });
  }

  /** Gives up to half, and answers in any case: an answer that brings nothing says what has become of the rights. */
  give(to: RegionId, counted: Counted, asked: number): void {
    const { region } = this.#ports;
    const entry = this.#table.at(counted);
    const amount = Math.min(asked, Math.ceil(this.rights(counted, region) / 2));
    if (amount > 0) {
      const amounts = entry.given.get(region) ?? new Map<RegionId, number>();
      entry.given.set(region, amounts.set(to, (amounts.get(to) ?? 0) + amount));
      entry.changed = true;
    }
    this.#ports.send(to, { kind: 'rows', rows: [rowOf(counted, region, entry)] });
  }

  join(from: RegionId, [name, region, used, given]: Row): void {
    const entry = this.#table.at(countedOf(this.#ports, name));
    if (region === this.#ports.region) return;
    entry.used.set(region, Math.max(used, entry.used.get(region) ?? 0));
    const amounts = entry.given.get(region) ?? new Map<RegionId, number>();
    for (const [to, amount] of given) amounts.set(to, Math.max(amount, amounts.get(to) ?? 0));
    entry.given.set(region, amounts);
    if (entry.asked?.whom === from) entry.asked = undefined;
  }

  #tell(isTold: (entry: Entry) => boolean): void {
    const rows: Row[] = [];
    for (const { counted, entry } of this.#table.rows()) {
      if (!isTold(entry)) continue;
      entry.changed = false;
      rows.push(rowOf(counted, this.#ports.region, entry));
    }
    if (rows.length > 0) this.#ports.send('all', { kind: 'rows', rows });
  }
}

function rowOf(counted: Counted, region: RegionId, { used, given }: Entry): Row {
  return [named(counted), region, used.get(region) ?? 0, [...(given.get(region) ?? [])]];
}
