import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileJournal } from '../../src/adapters/journal/file-journal.ts';
import { JournalError } from '../../src/adapters/journal/trouble.ts';
import type { JournalRecord, Recovery } from '../../src/core/journal.ts';
import { appended, EPOCH, gift, journalOf, spend, TestClock, turns } from './journal-fixture.ts';
import { type Chance, MemoryDisk, type Operation, systemError } from './journal-memory-disk.ts';

// Random lives on one disk: appends, failing operations, clocks, deaths of the process and of the machine, flipped bits. Whatever
// happens, a life finds at least what an earlier one was told is durable, and what it was itself told to have recovered; or nothing at
// all, and that only where bits were flipped.

const OPERATIONS: readonly Operation[] = ['append', 'sync', 'create', 'rename', 'syncDirectory'];

type Step =
  | { readonly kind: 'append'; readonly names: readonly number[] }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'fail'; readonly operation: Operation; readonly times: number }
  | { readonly kind: 'time'; readonly epochs: number };

type Life = {
  readonly steps: readonly Step[];
  readonly end: 'kill' | 'power' | 'stop';
  /** Where in the file, from 0 to 1, a bit flips after the end. */
  readonly flipAt: number | undefined;
  readonly seed: number;
};

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      names: fc.array(fc.nat(12), { maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      operation: fc.constantFrom(...OPERATIONS),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('time' as const), epochs: fc.integer({ min: -20, max: 20 }) }),
  },
);

const life: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  end: fc.constantFrom('kill' as const, 'power' as const, 'power' as const, 'stop' as const),
  flipAt: fc.option(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
    nil: undefined,
    freq: 4,
  }),
  seed: fc.nat(),
});

/** What lives were promised and what they asked for, by name. */
class Ledger {
  readonly promised = new Map<string, number>();
  readonly asked = new Map<string, number>();
  /** What stands, votes and life, after each append: the newest of one may rest on the other, so they are found together. */
  readonly standing = new Set<string>();
  readonly #nameLength: number;
  readonly #stands = { votes: 0, life: 0 };
  #amount = 0;

  /** Long names fill commits, so that one append takes several; short ones share sectors. */
  constructor(nameLength: number) {
    this.#nameLength = nameLength;
  }

  /** The record of this number, larger than ever before. Odd ones close soon. */
  next(number: number): JournalRecord {
    this.#amount += 1;
    if (number === 0) return { kind: 'votes', upTo: this.#amount };
    if (number === 12) return { kind: 'life', sitsUntil: this.#amount, informed: true };
    const closesAt = number % 2 === 0 ? EPOCH + 1_000_000 : EPOCH + number;
    const changes = { closesAt, limit: 'l'.repeat(number * this.#nameLength) };
    return number < 8 ? spend('key', this.#amount, changes) : gift('key', this.#amount, changes);
  }

  note(records: readonly JournalRecord[], into: Map<string, number>): void {
    for (const record of records) {
      const [name, amount] = namedAmount(record);
      into.set(name, Math.max(into.get(name) ?? 0, amount));
    }
  }

  noteStanding(records: readonly JournalRecord[]): void {
    for (const record of records) {
      if (record.kind === 'votes') this.#stands.votes = record.upTo;
      if (record.kind === 'life') this.#stands.life = record.sitsUntil;
    }
    this.standing.add(`${this.#stands.votes} ${this.#stands.life}`);
  }

  clear(): void {
    this.promised.clear();
    this.asked.clear();
    this.standing.clear();
    Object.assign(this.#stands, { votes: 0, life: 0 });
  }
}

function namedAmount(record: JournalRecord): [string, number] {
  if (record.kind === 'votes') return ['votes', record.upTo];
  if (record.kind === 'life') return ['life', record.sitsUntil];
  if (record.kind === 'versions') return ['versions', record.versions.length];
  const name = `${record.kind}|${record.limit}|${record.closesAt}`;
  return [name, record.kind === 'spend' ? record.permits : record.total];
}

function recordsOf({ votesUpTo, spent, gifts, life }: Recovery): JournalRecord[] {
  return [{ kind: 'votes', upTo: votesUpTo }, ...spent, ...gifts, ...(life === undefined ? [] : [life])];
}

test('what is durable is found by the next life, whatever dies and whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 0, 0, 20, 20, 20_000),
      async (lives, nameLength) => {
        const disk = new MemoryDisk();
        const clock = new TestClock();
        const ledger = new Ledger(nameLength);
        let isDamaged = true;
        for (const each of lives) {
          const journal = await opened(disk, clock, { ledger, isDamaged });
          await live(journal, each, { disk, clock, ledger });
          isDamaged = die(disk, each);
        }
        await opened(disk, clock, { ledger, isDamaged });
      },
    ),
    { numRuns: 1_500 },
  );
}, 60_000);

/** Opens a journal on what is left, and holds what it finds against what was promised. */
async function opened(
  disk: MemoryDisk,
  clock: TestClock,
  { ledger, isDamaged }: { readonly ledger: Ledger; readonly isDamaged: boolean },
): Promise<FileJournal> {
  disk.interfere = () => undefined;
  const journal = journalOf({ disk: disk.process(), clock, tuning: { compactBytesMin: 250 } });
  const recovery = await journal.open();
  if (recovery === undefined) {
    expect(isDamaged).toBe(true);
    ledger.clear();
    ledger.noteStanding([]);
    return journal;
  }
  const found = new Map(recordsOf(recovery).map(namedAmount));
  expect(ledger.standing).toContain(`${found.get('votes') ?? 0} ${found.get('life') ?? 0}`);
  for (const [name, amount] of found) expect(amount).toBeLessThanOrEqual(ledger.asked.get(name) ?? 0);
  for (const [name, amount] of ledger.promised) {
    const closesAt = Number(name.split('|')[2] ?? Number.POSITIVE_INFINITY);
    if (closesAt <= Math.max(clock.epoch, journal.forgottenUpTo)) continue;
    expect({ name, amount: found.get(name) ?? 0 }).toSatisfy((got) => got.amount >= amount);
  }
  ledger.note(recordsOf(recovery), ledger.promised);
  ledger.standing.clear();
  ledger.noteStanding([{ kind: 'life', sitsUntil: 0, informed: true }, ...recordsOf(recovery)]);
  return journal;
}

type World = { readonly disk: MemoryDisk; readonly clock: TestClock; readonly ledger: Ledger };

async function live(
  journal: FileJournal,
  { steps, end, seed }: Life,
  { disk, clock, ledger }: World,
): Promise<void> {
  let failing: { operation: Operation; times: number } | undefined;
  const chance = chanceOf(seed);
  disk.interfere = (operation) => {
    if (failing?.operation !== operation || failing.times === 0)
      return turns(Math.floor(3 * chance() + 30 * chance() ** 8));
    failing.times -= 1;
    return systemError('EIO');
  };
  for (const each of steps) {
    if (each.kind === 'fail') failing = { operation: each.operation, times: each.times };
    else if (each.kind === 'time') clock.epoch += each.epochs;
    else if (each.kind === 'turns') await turns(each.count);
    else if (each.kind === 'settle') await appended(journal);
    else {
      const records = [...new Set(each.names)].map((number) => ledger.next(number));
      ledger.note(records, ledger.asked);
      ledger.noteStanding(records);
      journal.append(records, () => ledger.note(records, ledger.promised));
    }
  }
  if (end === 'stop') await journal.stop();
}

/** Ends a life; returns whether a bit of the books has flipped since. */
function die(disk: MemoryDisk, { end, flipAt, seed }: Life): boolean {
  if (end === 'power') disk.losePower(chanceOf(seed));
  else disk.killProcess();
  const bytes = disk.bytes('journal');
  if (flipAt === undefined || bytes === undefined) return false;
  const at = Math.floor(flipAt * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (seed % 8));
  return true;
}

function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('a journal that cannot be opened is not opened, and the next try finds all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPERATIONS), fc.nat(6), async (operation, after) => {
      const disk = new MemoryDisk();
      const first = journalOf({ disk: disk.process() });
      await first.open();
      await new Promise<void>((resolve) => first.append([spend('a', 5)], resolve));
      disk.killProcess();
      let calls = 0;
      disk.interfere = (each) => {
        calls += Number(each === operation);
        return each === operation && calls > after ? systemError('EIO') : undefined;
      };
      const second = journalOf({ disk: disk.process() });
      const ending = await second.open().catch((error: unknown) => error);
      if (ending instanceof Error) expect(ending).toBeInstanceOf(JournalError);
      else expect(ending).toMatchObject({ spent: [spend('a', 5)] });
      disk.losePower(() => 0.3);
      disk.interfere = () => undefined;
      const third = journalOf({ disk: disk.process() });
      expect(await third.open()).toMatchObject({ spent: [spend('a', 5)] });
    }),
    { numRuns: 40 },
  );
});
