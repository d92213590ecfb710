import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LedgerId } from '../../crdt/index.ts';
import type {
  GiftRecord,
  JournalRecord,
  Recovery,
  SpendRecord,
  VersionsRecord,
} from '../../src/core/journal.ts';
import type { Journal } from '../../src/ports.ts';
import { eventually } from '../eventually.ts';

/** What the suite needs of a medium: processes that live on it one after the other, and what can happen to them and to it. */
export type JournalMedium = {
  /** The journal of a new life, not opened; `ledger` names its books if it has to begin new ones. */
  life(ledger: LedgerId): Journal;
  /** Ends the newest life as a crash would: what it was still writing may be there in part. */
  crash(): void | Promise<void>;
  /** Damages what is on the medium where it cannot be the trace of a crash. No life is using it. */
  damage(): void | Promise<void>;
  /** From now on writing fails; or works again. */
  refuse(refuses: boolean): void | Promise<void>;
  /** Lets some of the medium's time pass. */
  pass(): void | Promise<void>;
  close(): void | Promise<void>;
};

/** An epoch that no clock in a test reaches, so that nothing here is useless already. */
const CLOSES_AT = 4_000_000_000;

const FIRST: LedgerId = '0000000000000001';
const SECOND: LedgerId = '0000000000000002';
const THIRD: LedgerId = '0000000000000003';

/** The promises of the `Journal` port, for every adapter alike. */
export function journalContract(name: string, begin: () => Promise<JournalMedium>): void {
  describe(`${name} keeps the promises of a journal`, () => {
    let medium: JournalMedium;

    beforeEach(async () => {
      medium = await begin();
    });

    afterEach(async () => {
      await medium.close();
    });

    /** Waits for something while the medium's time passes. */
    async function until(condition: () => boolean): Promise<void> {
      await eventually(
        async () => {
          await medium.pass();
          return condition();
        },
        { everyMs: 1 },
      );
    }

    async function settled<T>(promise: Promise<T>): Promise<T> {
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      promise.then(settle, settle);
      await until(() => isSettled);
      return await promise;
    }

    async function live(ledger: LedgerId): Promise<[Journal, Recovery | undefined]> {
      const journal = medium.life(ledger);
      return [journal, await settled(journal.open())];
    }

    async function keep(journal: Journal, ...records: JournalRecord[]): Promise<void> {
      await settled(new Promise<void>((resolve) => journal.append(records, resolve)));
    }

    async function afterCrash(ledger: LedgerId): Promise<[Journal, Recovery | undefined]> {
      await medium.crash();
      return await live(ledger);
    }

    test('a first life finds nothing, and the next one carries its ledger on', async () => {
      const [, first] = await live(FIRST);
      expect(first).toBeUndefined();
      const [, second] = await afterCrash(SECOND);
      expect(second).toMatchObject({
        ledger: FIRST,
        votesUpTo: 0,
        spent: [],
        gifts: [],
        versions: [],
        life: undefined,
      });
      const [, third] = await afterCrash(THIRD);
      expect(third).toMatchObject({ ledger: FIRST });
    });

    test('what was called durable survives a crash, of every kind', async () => {
      const [journal] = await live(FIRST);
      const life = { kind: 'life' as const, sitsUntil: 17, informed: true };
      await keep(journal, { kind: 'votes', upTo: 42 }, spend('a', 5), gift('a', 3), versions(1), life);
      const [, recovery] = await afterCrash(SECOND);
      expect(recovery).toMatchObject({
        ledger: FIRST,
        votesUpTo: 42,
        spent: [spend('a', 5)],
        gifts: [gift('a', 3)],
        versions: versions(1).versions,
        life,
      });
    });

    test('of one name the newest counts, over any number of lives', async () => {
      const [first] = await live(FIRST);
      await keep(first, { kind: 'votes', upTo: 10 }, spend('a', 1), gift('a', 1), versions(2));
      await keep(first, { kind: 'life', sitsUntil: 17, informed: false });
      await keep(first, spend('a', 2), spend('b', 7));
      const [second] = await afterCrash(SECOND);
      await keep(second, { kind: 'votes', upTo: 20 }, spend('a', 3), versions(1));
      await keep(second, { kind: 'life', sitsUntil: 9, informed: true });
      await keep(second, gift('a', 9));
      const [, recovery] = await afterCrash(THIRD);
      expect(recovery?.votesUpTo).toBe(20);
      expect(recovery?.spent.toSorted(byKey)).toStrictEqual([spend('a', 3), spend('b', 7)]);
      expect(recovery?.gifts).toStrictEqual([gift('a', 9)]);
      expect(recovery?.versions).toStrictEqual(versions(1).versions);
      expect(recovery?.life).toStrictEqual({ kind: 'life', sitsUntil: 9, informed: true });
    });

    test('limit, window, key and recipient together are a name', async () => {
      const [journal] = await live(FIRST);
      const spends = [
        spend('a', 1),
        spend('a', 2, { limit: 'another limit', windowId: 7 }),
        spend('a', 3, { limit: 'other' }),
        spend('', 4),
        spend('r|7', 5),
        spend('ünïcödé ⚖️ \u0000|a', 6),
        spend('er|7|a', 7, { limit: 'p' }),
      ];
      const gifts = [gift('a', 1), gift('a', 2, { recipient: 'ap-south@00000000000000ff' }), gift('b', 3)];
      await keep(journal, ...spends, ...gifts);
      const [, recovery] = await afterCrash(SECOND);
      expect(recovery?.spent.toSorted(byAmount)).toStrictEqual(spends);
      expect(recovery?.gifts.toSorted(byAmount)).toStrictEqual(gifts);
    });

    test('durable is called in order, once for each append, and never within append', async () => {
      const [journal] = await live(FIRST);
      const called: number[] = [];
      for (let append = 0; append < 100; append += 1) {
        const records = append % 5 === 0 ? [] : [spend(`k${append % 7}`, append)];
        journal.append(records, () => called.push(append));
        expect(called).not.toContain(append);
        if (append % 10 === 0) await medium.pass();
      }
      await until(() => called.length === 100);
      expect(called).toStrictEqual([...Array(100).keys()]);
    });

    test('durable may append', async () => {
      const [journal] = await live(FIRST);
      let rounds = 0;
      const again = (): void => {
        rounds += 1;
        if (rounds < 5) journal.append([spend('a', rounds)], again);
      };
      journal.append([spend('a', 0)], again);
      await until(() => rounds === 5);
      const [, recovery] = await afterCrash(SECOND);
      expect(recovery?.spent).toStrictEqual([spend('a', 4)]);
    });

    test('a crash amid writing loses nothing that was called durable', async () => {
      const [journal] = await live(FIRST);
      await keep(journal, { kind: 'votes', upTo: 10 }, spend('a', 5));
      journal.append([spend('a', 6), spend('b', 1)], () => undefined);
      await medium.pass();
      const [, recovery] = await afterCrash(SECOND);
      expect(recovery?.votesUpTo).toBe(10);
      const a = recovery?.spent.find(({ key }) => key === 'a')?.permits;
      expect([5, 6]).toContain(a);
    });

    test('damage means amnesia: new books, which are carried on from then on', async () => {
      const [journal] = await live(FIRST);
      await keep(journal, spend('a', 5));
      await keep(journal, spend('b', 5));
      await medium.crash();
      await medium.damage();
      const [second, recovery] = await live(SECOND);
      expect(recovery).toBeUndefined();
      await keep(second, spend('c', 1));
      const [, third] = await afterCrash(THIRD);
      expect(third).toMatchObject({ ledger: SECOND, spent: [spend('c', 1)] });
    });

    test('while the medium refuses nothing is durable; when it works again everything is, in order', async () => {
      const [journal] = await live(FIRST);
      await keep(journal, spend('a', 1));
      await medium.refuse(true);
      const called: number[] = [];
      for (let append = 0; append < 20; append += 1) {
        journal.append([spend('a', append + 2)], () => called.push(append));
        await medium.pass();
      }
      expect(called).toStrictEqual([]);
      await medium.refuse(false);
      await until(() => called.length === 20);
      expect(called).toStrictEqual([...Array(20).keys()]);
      const [, recovery] = await afterCrash(SECOND);
      expect(recovery?.spent).toStrictEqual([spend('a', 21)]);
    });

    test('stop waits for what was appended, and takes nothing after', async () => {
      const [journal] = await live(FIRST);
      const called: string[] = [];
      journal.append([spend('a', 1)], () => called.push('before'));
      await settled(journal.stop());
      expect(called).toStrictEqual(['before']);
      journal.append([spend('a', 2)], () => called.push('after'));
      await medium.pass();
      const [, recovery] = await live(SECOND);
      expect(recovery?.spent).toStrictEqual([spend('a', 1)]);
      expect(called).toStrictEqual(['before']);
    });

    test('stop gives up what a refusing medium does not take', async () => {
      const [journal] = await live(FIRST);
      await keep(journal, spend('a', 1));
      await medium.refuse(true);
      let isDurable = false;
      journal.append([spend('a', 2)], () => {
        isDurable = true;
      });
      await settled(journal.stop());
      expect(isDurable).toBe(false);
      await medium.refuse(false);
      const [, recovery] = await live(SECOND);
      expect(recovery?.spent[0]?.permits).toBeGreaterThanOrEqual(1);
    });

    test('20,000 records in one append are durable together', async () => {
      const [journal] = await live(FIRST);
      const records = Array.from({ length: 20_000 }, (_, at) => spend(`user-${at}`, at));
      await keep(journal, ...records);
      const [, recovery] = await afterCrash(SECOND);
      expect(recovery?.spent.toSorted(byAmount)).toStrictEqual(records);
    });
  });
}

function spend(key: string, permits: number, changes: Partial<SpendRecord> = {}): SpendRecord {
  return {
    kind: 'spend',
    limit: 'per-user',
    windowId: 7,
    key,
    closesAt: CLOSES_AT,
    permits,
    ...changes,
  };
}

function gift(key: string, total: number, changes: Partial<GiftRecord> = {}): GiftRecord {
  const recipient = 'eu-west@00000000000000ff' as const;
  return {
    kind: 'gift',
    limit: 'per-user',
    windowId: 7,
    key,
    closesAt: CLOSES_AT,
    recipient,
    total,
    ...changes,
  };
}

function versions(count: number): VersionsRecord {
  return {
    kind: 'versions',
    versions: Array.from({ length: count }, (_, at) => ({
      id: [at, at === 0 ? '' : 'us-east'],
      adoptedFrom: at * 1_000,
      configuration: {
        members: [
          { region: 'us-east', weight: 60, address: 'http://us-east.example:9090' },
          { region: 'eu-west', weight: 40 },
        ],
        limits: [
          {
            name: 'per-user',
            resource: '/v1/*',
            dimensions: { user: '*', plan: 'free' },
            algorithm: 'fixed-window',
            limit: 100 + at,
            windowMs: 60_000,
            reclaimPermille: 500,
            shares: 'demand',
            mode: 'enforce',
          },
        ],
        retired: at === 0 ? [] : ['ap-south'],
      },
    })),
  };
}

function byKey(a: SpendRecord, b: SpendRecord): number {
  return a.key < b.key ? -1 : 1;
}

function byAmount(a: SpendRecord | GiftRecord, b: SpendRecord | GiftRecord): number {
  return amountOf(a) - amountOf(b);
}

function amountOf(record: SpendRecord | GiftRecord): number {
  return record.kind === 'spend' ? record.permits : record.total;
}
