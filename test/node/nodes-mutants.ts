import type { Block, StoredRecord } from '../../src/node/region-store.ts';
import type { Breaks } from './nodes-world.ts';

/** A way to get it wrong, of which the observer must tell. */
export type Mutant = { readonly name: string; readonly breaks: Breaks };

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'blocks are handed out without being spent from the books',
    breaks: {
      region: (region) => {
        const spend = region.spendBlock.bind(region);
        region.spendBlock = (wish, parts) => {
          const granted = spend(wish, parts);
          if (granted !== undefined && granted.permits > 0)
            region.returnBlock({ ...wish, permits: granted.permits });
          return granted;
        };
      },
    },
  },
  {
    name: 'what is given back is given several times',
    breaks: {
      store: (store) => ({
        ...store,
        give: (generation, blocks) => {
          for (let times = 0; times < 8; times += 1) store.give(generation, blocks);
        },
      }),
    },
  },
  {
    name: 'what is given back is kept as well',
    breaks: {
      node: ({ node }) => {
        const { stock } = node.follower;
        const leftovers = stock.leftovers.bind(stock);
        stock.leftovers = () => {
          const given = leftovers();
          for (const block of given) {
            const shelf = [...stock.shelves].find(({ limit }) => limit.id === block.limit);
            const held = shelf === undefined ? undefined : stock.open(shelf, block.key);
            if (held !== undefined) held.permits += block.permits;
          }
          return given;
        };
      },
    },
  },
  {
    name: 'whoever speaks next forgets what was written down',
    breaks: {
      store: (store) => ({
        ...store,
        load: (turn, answered) =>
          store.load(turn, (records) => answered(records?.filter(({ name }) => !name.startsWith('spend')))),
      }),
    },
  },
  {
    name: 'what is taken stays in the pool',
    breaks: {
      store: (store, memory) => ({
        ...store,
        take: (generation, blocks: readonly Block[], answered) =>
          store.take(generation, blocks, (taken) => {
            for (const [nth, { limit, windowId, key }] of blocks.entries()) {
              const name = `${limit}\n${windowId}\n${key}`;
              const { pool } = memory.inspect();
              pool.set(name, (pool.get(name) ?? 0) + (taken?.[nth] ?? 0));
            }
            answered(taken);
          }),
      }),
    },
  },
  {
    name: 'the journal says done before it is',
    breaks: {
      store: (store) => {
        const lost: StoredRecord[] = [];
        return {
          ...store,
          append: (order, records, answered) => {
            const kept = records.filter(({ name }) => !name.startsWith('spend'));
            lost.push(...records.filter(({ name }) => name.startsWith('spend')));
            store.append(order, kept, answered);
          },
        };
      },
    },
  },
];
