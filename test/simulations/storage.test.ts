import { Chance } from '../../simulations/chance.ts';
import { Storage } from '../../simulations/storage.ts';
import { VirtualTime } from '../../simulations/time.ts';
import { journalContract } from '../contracts/journal-contract.ts';

journalContract('the disk of a simulated machine', async () => {
  const time = new VirtualTime(0);
  const storage = new Storage(time, new Chance('disk'), () => time.nowMs);
  return {
    life: (ledger) => storage.open(ledger).journal,
    crash: () => storage.crash(),
    damage: () => storage.lose(),
    refuse: (refuses) => storage.setMood(refuses ? 'failing' : 'well'),
    pass: () => {
      time.runUntil(time.nowMs + 10);
    },
    close: () => {},
  };
});
