import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeMessage } from '../../src/node/messages.ts';
import type {
  Beat,
  Block,
  Outcome,
  RegionStore,
  Standing,
  StoredRecord,
} from '../../src/node/region-store.ts';
import { eventually } from '../eventually.ts';

/** What the suite needs of a medium. */
export type StoreMedium = {
  /** The store as a node has it, not started. */
  store(node: string): RegionStore;
  /** Makes it forget everything. */
  forget(): Promise<void>;
  close(): Promise<void>;
};

const BEAT: Beat = { life: 1, knows: 0, founds: false };
const STANDS = { upTo: 10, above: 100 };
const BLOCK: Block = { limit: 'orders fixed-window/1000', windowId: 7, key: 'acme,ä:{x}', permits: 5 };

/** What every store of a region keeps to. */
export function describeStore(name: string, open: () => Promise<StoreMedium>): void {
  describe(name, () => {
    let medium: StoreMedium;
    let a: RegionStore;
    let b: RegionStore;
    const heard: { readonly by: string; readonly from: string; readonly message: NodeMessage }[] = [];

    beforeEach(async () => {
      medium = await open();
      heard.length = 0;
      a = await started('a');
      b = await started('b');
    });

    afterEach(async () => {
      await a.stop();
      await b.stop();
      await medium.close();
    });

    async function started(node: string): Promise<RegionStore> {
      const store = medium.store(node);
      await store.start((from, message) => heard.push({ by: node, from, message }));
      await eventually(async () => (await beat(store, BEAT)) !== undefined, {
        what: `${node} reaches the store`,
      });
      return store;
    }

    const beat = (store: RegionStore, wish: Beat) =>
      new Promise<Standing | undefined>((answered) => store.beat(wish, answered));
    const take = (store: RegionStore, generation: string, blocks: readonly Block[]) =>
      new Promise<readonly number[] | undefined>((answered) => store.take(generation, blocks, answered));
    const withdraw = (store: RegionStore, turn: number, blocks: readonly Block[]) =>
      new Promise<readonly number[] | undefined>((answered) => store.withdraw(turn, blocks, answered));
    const append = (store: RegionStore, turn: number, sequence: number, records: readonly StoredRecord[]) =>
      new Promise<Outcome>((answered) => store.append({ turn, sequence }, records, answered));
    const load = (store: RegionStore, turn: number) =>
      new Promise<readonly StoredRecord[] | undefined>((answered) => store.load(turn, answered));
    const deposit = (store: RegionStore, turn: number, node: string) => {
      const message: NodeMessage = { kind: 'returned', blocks: [BLOCK] };
      return new Promise<Outcome>((answered) =>
        store.deposit(turn, [{ node, blocks: [BLOCK], message }], answered),
      );
    };

    async function founded(): Promise<{ readonly turn: number; readonly generation: string }> {
      const standing = await beat(a, { ...BEAT, stands: STANDS, founds: true });
      expect(standing).toMatchObject({ became: 'founded', speaker: 'a' });
      return { turn: standing?.turn ?? 0, generation: standing?.generation ?? '' };
    }

    test('nobody speaks before somebody begins, and then only one does', async () => {
      expect(await beat(a, { ...BEAT, stands: STANDS })).toMatchObject({
        generation: undefined,
        speaker: undefined,
      });
      const { turn } = await founded();
      expect(turn).toBeGreaterThan(STANDS.above);
      expect(await beat(b, { ...BEAT, stands: STANDS, founds: true })).toMatchObject({
        became: 'follower',
        speaker: 'a',
        turn,
      });
      const kept = await beat(a, { ...BEAT, speaks: { turn, upTo: 12 } });
      expect(kept).toMatchObject({ became: 'kept' });
      expect(kept?.nodes.map(({ name: each }) => each).sort()).toEqual(['a', 'b']);
    });

    test('whoever speaks next is told how far the turn before reached, and that one is refused from then on', async () => {
      const { turn } = await founded();
      await beat(a, { ...BEAT, speaks: { turn, upTo: 17 } });
      await eventually(
        async () => (await beat(b, { ...BEAT, stands: { ...STANDS, upTo: 18 } }))?.became === 'elected',
        { what: 'a is not waited for any more', withinMs: 5_000 },
      );
      const next = await beat(b, BEAT);
      expect(next).toMatchObject({ speaker: 'b' });
      expect(next?.turn).toBeGreaterThan(turn);
      expect(next?.claimedBefore).toBe(18);
      expect(await beat(a, { ...BEAT, speaks: { turn, upTo: 20 } })).toMatchObject({ became: 'refused' });
      expect(await deposit(a, turn, 'b')).toBe('refused');
      expect(await append(a, turn, 1, [{ name: 'x', value: 1, closesAt: undefined }])).toBe('refused');
      expect(await withdraw(a, turn, [BLOCK])).toBeUndefined();
    });

    test('a turn that is given up is free at once, and reached no further than it said', async () => {
      const { turn } = await founded();
      await beat(a, { ...BEAT, leaves: { turn, upTo: 4 } });
      expect(await beat(b, { ...BEAT, stands: STANDS })).toMatchObject({
        became: 'elected',
        claimedBefore: 4,
      });
    });

    test('what is put into the pool is taken once, by whoever comes first', async () => {
      const { turn, generation } = await founded();
      expect(await deposit(a, turn, 'b')).toBe('done');
      await eventually(() => heard.some(({ by, message }) => by === 'b' && message.kind === 'returned'), {
        what: 'b is told',
      });
      expect(await take(b, generation, [{ ...BLOCK, permits: 3 }])).toEqual([3]);
      expect(await take(b, generation, [BLOCK])).toEqual([2]);
      expect(await take(b, generation, [BLOCK])).toEqual([0]);
      expect(await take(b, 'another', [BLOCK])).toBeUndefined();
    });

    test('what is given back is there to be withdrawn, and the speaker hears of it', async () => {
      const { turn, generation } = await founded();
      b.give(generation, [BLOCK]);
      await eventually(() => heard.some(({ by, from }) => by === 'a' && from === 'b'), { what: 'a is told' });
      expect(heard.at(-1)?.message).toEqual({ kind: 'returned', blocks: [BLOCK] });
      expect(await withdraw(a, turn, [BLOCK, { ...BLOCK, windowId: 8 }])).toEqual([5, 0]);
      expect(await withdraw(a, turn, [BLOCK])).toEqual([0]);
    });

    test('the journal keeps the newest of each name, and late writes change nothing', async () => {
      const { turn } = await founded();
      const epoch = Math.floor(Date.now() / 1_000) + 100;
      const spend = { kind: 'spend', permits: 3, key: 'k' };
      await append(a, turn, 2, [
        { name: 'ledger', value: '00', closesAt: undefined },
        { name: 'spend\nk', value: spend, closesAt: epoch },
      ]);
      expect(await append(a, turn, 1, [{ name: 'spend\nk', value: 1, closesAt: epoch }])).toBe('done');
      const kept = (await load(a, turn))?.map(({ name: each, value, closesAt }) => [each, value, closesAt]);
      expect(kept?.sort()).toEqual([
        ['ledger', '00', undefined],
        ['spend\nk', spend, epoch],
      ]);
    });

    test('a store that has forgotten knows neither turn nor pool nor journal', async () => {
      const { turn, generation } = await founded();
      await deposit(a, turn, 'b');
      await append(a, turn, 1, [{ name: 'x', value: 1, closesAt: undefined }]);
      await medium.forget();
      expect(await beat(a, { ...BEAT, knows: turn, speaks: { turn, upTo: 12 } })).toMatchObject({
        generation: undefined,
        known: turn,
      });
      expect(await deposit(a, turn, 'b')).toBe('refused');
      expect(await take(b, generation, [BLOCK])).toBeUndefined();
      const again = await beat(a, { ...BEAT, stands: STANDS, speaks: { turn, upTo: 12 }, founds: true });
      expect(again?.became).toBe('founded');
      expect(await take(b, again?.generation ?? '', [BLOCK])).toEqual([0]);
      expect(await load(a, again?.turn ?? 0)).toEqual([]);
    });

    test('a message reaches whom it is for', async () => {
      a.send('b', { kind: 'reply', id: 4, done: true, value: { permits: Number.POSITIVE_INFINITY } });
      await eventually(() => heard.length > 0, { what: 'b hears' });
      expect(heard).toEqual([
        {
          by: 'b',
          from: 'a',
          message: { kind: 'reply', id: 4, done: true, value: { permits: Number.POSITIVE_INFINITY } },
        },
      ]);
    });
  });
}
