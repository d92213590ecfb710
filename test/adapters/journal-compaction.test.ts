import { expect, test } from 'vitest';
import { appended, EPOCH, journalOf, type Line, soon, spend, TestClock, turns } from './journal-fixture.ts';
import { MemoryDisk, systemError } from './journal-memory-disk.ts';

const TUNING = { compactBytesMin: 2_000 };

/** An open journal that is about to be rewritten: its file is full of old values. */
async function bloated(disk: MemoryDisk, options: { clock?: TestClock; lines?: Line[] } = {}) {
  const journal = journalOf({ disk: disk.process(), tuning: TUNING, ...options });
  await journal.open();
  let permits = 0;
  while (journal.counters().fileBytes < 1_900) {
    permits += 1;
    await appended(journal, spend('busy', permits));
  }
  return { journal, permits };
}

async function recovered(disk: MemoryDisk, clock = new TestClock()) {
  const journal = journalOf({ disk: disk.process(), clock });
  return await journal.open();
}

test('a file that has grown far beyond what is alive in it is rewritten', async () => {
  const disk = new MemoryDisk();
  const { journal, permits } = await bloated(disk);
  for (let more = 1; more <= 200; more += 1) await appended(journal, spend('busy', permits + more));
  const { compactions, fileBytes } = journal.counters();
  expect(compactions).toBeGreaterThan(2);
  expect(fileBytes).toBeLessThan(2_300);
  disk.losePower(() => 0);
  expect((await recovered(disk))?.spent).toStrictEqual([spend('busy', permits + 200)]);
});

test('records that are useless by now are left out, and no more kept in memory', async () => {
  const disk = new MemoryDisk();
  const clock = new TestClock();
  const { journal } = await bloated(disk, { clock });
  const early = Array.from({ length: 50 }, (_, at) => spend(`early-${at}`, 1, { closesAt: EPOCH + 5 }));
  await appended(journal, ...early, spend('late', 1, { closesAt: EPOCH + 6 }));
  expect(journal.counters().recordsLive).toBe(52);
  clock.epoch = EPOCH + 5;
  await appended(journal, spend('busy', 1_000));
  expect(journal.counters().recordsLive).toBe(2);
  await soon(async () => {
    await appended(journal, spend('busy', 1_001));
    return journal.counters().compactions > 0;
  });
  expect(disk.bytes('journal')?.includes('early-')).toBe(false);
  disk.killProcess();
  expect((await recovered(disk, clock))?.spent.map(({ key }) => key).toSorted()).toStrictEqual([
    'busy',
    'late',
  ]);
});

test('commits go on while the file is rewritten, and what they held is in the new file', async () => {
  const disk = new MemoryDisk();
  const { journal, permits } = await bloated(disk);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const files = new Set<number>();
  disk.interfere = (operation, file) => {
    files.add(file);
    // The copy's records stand still once they are written, so that whatever is committed now is behind them.
    return operation === 'sync' && file === 1 ? held : undefined;
  };
  for (let more = 1; !files.has(1); more += 1) await appended(journal, spend('busy', permits + more));
  await soon(() => disk.bytes('journal.new')?.includes('busy'));
  await appended(journal, spend('busy', 10_000), spend('meanwhile', 1));
  await appended(journal, spend('meanwhile', 2));
  expect(journal.counters().compactions).toBe(0);
  release();
  await soon(async () => {
    await appended(journal, spend('other', 1));
    return journal.counters().compactions === 1;
  });
  disk.losePower(() => 0);
  expect((await recovered(disk))?.spent).toStrictEqual(
    expect.arrayContaining([spend('busy', 10_000), spend('meanwhile', 2), spend('other', 1)]),
  );
});

test('a copy that fails is dropped, the file in use takes on, and the next copy waits a minute', async () => {
  const disk = new MemoryDisk();
  const lines: Line[] = [];
  const { journal, permits } = await bloated(disk, { lines });
  let copies = 0;
  disk.interfere = (operation, file) => {
    if (operation === 'append' && file === 1) return systemError('ENOSPC');
    copies += Number(operation === 'create');
    return undefined;
  };
  for (let more = 1; more <= 100; more += 1) await appended(journal, spend('busy', permits + more));
  expect(copies).toBe(1);
  expect(journal.counters()).toMatchObject({ compactions: 0, errors: { ENOSPC: 1 } });
  expect(lines.at(-1)).toMatchObject({
    event: 'journal_failing',
    fields: {
      task: 'compaction',
      kind: 'ENOSPC',
      consequence: 'the journal grows until it can be rewritten',
    },
  });
  expect(disk.names()).toStrictEqual(['journal']);
  // The clock of these tests moves on by 100 ms whenever it is looked at.
  await soon(async () => {
    await appended(journal, spend('busy', 10_000));
    return journal.counters().compactions === 1;
  });
  expect(lines.at(-2)).toMatchObject({ event: 'journal_works_again', fields: { task: 'compaction' } });
  disk.losePower(() => 0);
  expect((await recovered(disk))?.spent).toStrictEqual([spend('busy', 10_000)]);
});

test('a new file whose place in the directory is not certain is written once more', async () => {
  const disk = new MemoryDisk();
  const { journal, permits } = await bloated(disk);
  let refusals = 0;
  disk.interfere = (operation) => {
    if (operation !== 'syncDirectory' || refusals > 0) return undefined;
    refusals += 1;
    return systemError('EIO');
  };
  let last = permits;
  while (refusals === 0) {
    last += 1;
    await appended(journal, spend('busy', last));
  }
  disk.killProcess();
  expect((await recovered(disk))?.spent).toStrictEqual([spend('busy', last)]);
});

test('a commit that fails while a copy is made ends the copy before all is written anew', async () => {
  const disk = new MemoryDisk();
  const { journal, permits } = await bloated(disk);
  await appended(journal, { kind: 'life', sitsUntil: 1, informed: false });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isCopying = false;
  disk.interfere = (operation, file) => {
    if (operation !== 'append') return undefined;
    if (file === 0 && isCopying) {
      void turns(3_000).then(release);
      return systemError('EIO');
    }
    const isHeld = file === 1 && disk.bytes('journal.new')?.includes('headgate-journal') === true;
    isCopying ||= isHeld;
    return isHeld ? held : undefined;
  };
  for (let more = 1; !isCopying; more += 1) await appended(journal, spend('busy', permits + more));
  await appended(journal, { kind: 'life', sitsUntil: 2, informed: true });
  await turns(3_000);
  disk.killProcess();
  expect((await recovered(disk))?.life).toStrictEqual({ kind: 'life', sitsUntil: 2, informed: true });
});

test('what closes while a copy is made is still in it, or the copy says that it may be missing', async () => {
  const disk = new MemoryDisk();
  const clock = new TestClock();
  const { journal, permits } = await bloated(disk, { clock });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let frames = 0;
  disk.interfere = (operation, file) => {
    if (operation !== 'append' || file !== 1) return undefined;
    frames += 1;
    return frames === 2 ? held : undefined;
  };
  const many = Array.from({ length: 4_200 }, (_, at) => spend(`user-${at}`, 1));
  await appended(journal, ...many, spend('closing', 1, { closesAt: EPOCH + 5 }));
  for (let more = 1; frames < 2; more += 1) {
    await appended(journal, spend('busy', permits + more, { limit: 'l'.repeat(1_000) }));
  }
  clock.epoch = EPOCH + 10;
  await appended(journal, spend('busy', 10_000));
  release();
  await soon(async () => {
    await appended(journal, spend('busy', 10_001));
    return journal.counters().compactions === 1;
  });
  disk.killProcess();
  clock.epoch = EPOCH;
  const next = journalOf({ disk: disk.process(), clock });
  const found = (await next.open())?.spent.some(({ key }) => key === 'closing');
  expect(found || next.forgottenUpTo >= EPOCH + 5).toBe(true);
});

test('nothing is written in larger pieces than a fraction of a second of work', async () => {
  const disk = new MemoryDisk();
  const journal = journalOf({ disk: disk.process(), tuning: { compactBytesMin: 1_000_000 } });
  await journal.open();
  const records = Array.from({ length: 20_000 }, (_, at) => spend(`user-${at}`, 1));
  while (journal.counters().compactions === 0) await appended(journal, ...records);
  expect(Math.max(...disk.appended)).toBeLessThan(400_000);
  disk.losePower(() => 0);
  expect((await recovered(disk))?.spent).toHaveLength(20_000);
}, 20_000);
