import { systemClock } from '../../src/adapters/system/clock.ts';
import { MemoryStore } from '../../src/node/memory-store.ts';
import { describeStore } from '../contracts/store-contract.ts';

describeStore('a store in memory', async () => {
  const memory = new MemoryStore(systemClock);
  return { store: (node) => memory.of(node), forget: async () => memory.forget(), close: async () => {} };
});
