import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalContract } from '../contracts/journal-contract.ts';
import { journalOf } from './journal-fixture.ts';
import { MemoryDisk, systemError } from './journal-memory-disk.ts';
import { MortalDisk } from './journal-mortal-disk.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

journalContract('a file in memory', async () => {
  const disk = new MemoryDisk();
  return {
    life: (ledger) => journalOf({ disk: disk.process(), ledger }),
    crash: () => disk.losePower(() => 0.9),
    damage: () => void disk.bytes('journal')?.fill(0xff, 50, 60),
    refuse(refuses) {
      disk.interfere = (operation) => (refuses && operation === 'append' ? systemError('ENOSPC') : undefined);
    },
    pass: turn,
    close: () => disk.killProcess(),
  };
});

journalContract('a file on the disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'headgate-journal-'));
  const lives: MortalDisk[] = [];
  let isRefusing = false;
  const end = async () => await lives.at(-1)?.kill();
  return {
    life(ledger) {
      const disk = new MortalDisk(() => {
        if (isRefusing) throw systemError('EIO');
      });
      lives.push(disk);
      return journalOf({ directory, disk, ledger });
    },
    crash: end,
    async damage() {
      const bytes = await readFile(join(directory, 'journal'));
      await writeFile(join(directory, 'journal'), bytes.fill(0xff, 50, 60));
    },
    refuse(refuses) {
      isRefusing = refuses;
    },
    pass: turn,
    async close() {
      await end();
      await rm(directory, { recursive: true });
    },
  };
});
