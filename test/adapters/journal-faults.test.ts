import { expect, test } from 'vitest';
import { appended, EPOCH, journalOf, type Line, soon, spend, TestClock } from './journal-fixture.ts';
import { MemoryDisk, type Operation, systemError } from './journal-memory-disk.ts';

async function opened(disk: MemoryDisk, lines: Line[] = []) {
  const journal = journalOf({ disk: disk.process(), lines });
  await journal.open();
  return journal;
}

/** Fails an operation with these codes, one call after the other; undefined lets a call pass. */
function failing(operation: Operation, ...codes: readonly (string | undefined)[]): MemoryDisk['interfere'] {
  const left = [...codes];
  return (each) => {
    const code = each === operation ? left.shift() : undefined;
    return code === undefined ? undefined : systemError(code);
  };
}

test('each kind of failure is logged once, with what to do, until the disk works again', async () => {
  const disk = new MemoryDisk();
  const lines: Line[] = [];
  const journal = await opened(disk, lines);
  disk.interfere = failing('append', 'ENOSPC', 'ENOSPC', 'EIO', 'ENOSPC', 'EIO');
  await appended(journal, spend('a', 1));
  const told = lines.filter(({ event }) => event === 'journal_failing').map(({ fields }) => fields);
  expect(told.map(({ kind }) => kind)).toStrictEqual(['ENOSPC', 'EIO']);
  expect(told[0]).toMatchObject({ advice: 'the disk is full: free some space', directory: '/data/us-east' });
  expect(lines.at(-1)).toMatchObject({ event: 'journal_works_again', fields: { kinds: ['ENOSPC', 'EIO'] } });
  expect(journal.counters()).toMatchObject({
    errors: { ENOSPC: 3, EIO: 2 },
    recordsWaiting: 0,
    recordsLive: 1,
  });
  disk.interfere = failing('append', 'ENOSPC');
  await appended(journal, spend('a', 2));
  expect(lines.filter(({ event }) => event === 'journal_failing')).toHaveLength(3);
});

test('after a failed flush all there is goes into a new file before anything is acknowledged', async () => {
  const disk = new MemoryDisk();
  const journal = await opened(disk);
  await appended(journal, spend('a', 1));
  const files: number[] = [];
  let failures = 0;
  disk.interfere = (operation, file) => {
    if (operation === 'append') files.push(file);
    if (operation !== 'sync' || failures > 0) return undefined;
    failures += 1;
    return systemError('EIO');
  };
  await appended(journal, spend('b', 2));
  // The lost frame, then the header and all records of a file made after it.
  expect(files).toStrictEqual([0, 1, 1]);
  disk.losePower(() => 0);
  const next = journalOf({ disk: disk.process() });
  expect((await next.open())?.spent).toStrictEqual([spend('a', 1), spend('b', 2)]);
});

test('what is appended while all is written anew is not taken for written', async () => {
  const disk = new MemoryDisk();
  const journal = await opened(disk);
  await appended(journal, spend('early', 1));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let appends = 0;
  disk.interfere = (operation, file) => {
    if (operation !== 'append') return undefined;
    if (file === 0) return systemError('EIO');
    appends += Number(file === 1);
    return appends === 2 ? held : undefined;
  };
  const first = appended(journal, spend('early', 2));
  await soon(() => appends === 2);
  const late = appended(journal, spend('late', 3));
  release();
  await Promise.all([first, late]);
  disk.losePower(() => 0);
  const next = journalOf({ disk: disk.process() });
  expect((await next.open())?.spent).toStrictEqual([spend('early', 2), spend('late', 3)]);
});

test('while a flush is under way appends wait by name, and the next commit takes them together', async () => {
  const disk = new MemoryDisk();
  const journal = await opened(disk);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let flushes = 0;
  disk.interfere = (operation) => {
    if (operation !== 'sync') return undefined;
    flushes += 1;
    return flushes === 1 ? held : undefined;
  };
  let durable = 0;
  journal.append([spend('first', 1)], () => {
    durable += 1;
  });
  await soon(() => flushes === 1);
  for (let round = 1; round <= 1_000; round += 1) {
    journal.append([spend(`k${round % 4}`, round)], () => {
      durable += 1;
    });
  }
  expect(journal.counters().recordsWaiting).toBe(4);
  expect(durable).toBe(0);
  release();
  await soon(() => durable === 1_001);
  expect(flushes).toBe(2);
  expect(journal.counters()).toMatchObject({ commits: 2, recordsLive: 5 });
});

test('a full disk stops acknowledging, and heals by itself when there is room', async () => {
  const disk = new MemoryDisk();
  const journal = await opened(disk);
  disk.capacityBytes = 2_000;
  let durable = 0;
  for (let round = 0; round < 100; round += 1)
    journal.append([spend(`user-${round}`, 1)], () => {
      durable += 1;
    });
  await soon(() => (journal.counters().errors['ENOSPC'] ?? 0) > 3);
  expect(durable).toBe(0);
  disk.capacityBytes = 100_000;
  await soon(() => durable === 100);
  disk.losePower(() => 0);
  const next = journalOf({ disk: disk.process() });
  expect((await next.open())?.spent).toHaveLength(100);
});

test('stop does not wait forever for a disk that does not answer, and keeps the lock then', async () => {
  const disk = new MemoryDisk();
  const lines: Line[] = [];
  const process = disk.process();
  const journal = journalOf({ disk: process, lines, tuning: { stopWithinMs: 20 } });
  await journal.open();
  disk.interfere = (operation) => (operation === 'sync' ? new Promise<void>(() => undefined) : undefined);
  journal.append([spend('a', 1)], () => undefined);
  await journal.stop();
  expect(lines.at(-1)).toMatchObject({ event: 'journal_stopped_incomplete', fields: { appendsLost: 1 } });
  await expect(journalOf({ disk: process }).open()).rejects.toThrow('locked');
});

test('commits are counted, and how long they took', async () => {
  const disk = new MemoryDisk();
  const journal = await opened(disk);
  const before = journal.counters();
  await appended(journal, spend('a', 1));
  await appended(journal, spend('a', 2), spend('b', 1));
  const { commits, bytesWritten, commitMsLast, commitMsMax, fileBytes, recordsLive } = journal.counters();
  expect({ commits, recordsLive }).toStrictEqual({ commits: 2, recordsLive: 2 });
  expect(bytesWritten - before.bytesWritten).toBe(fileBytes - before.fileBytes);
  // The clock of these tests moves on by 100 ms whenever it is looked at.
  expect(commitMsLast).toBeGreaterThan(0);
  expect(commitMsMax).toBeGreaterThanOrEqual(commitMsLast);
});

test.each([
  [spend('a', Number.NaN)],
  [spend('a', -1)],
  [spend('a', 1.5)],
  [spend('\ud800', 1)],
  [spend('a', 1, { closesAt: Number.POSITIVE_INFINITY })],
  [{ kind: 'votes' as const, upTo: -1 }],
])('a record that could not be read again is a defect of the caller: %o', async (record) => {
  const journal = await opened(new MemoryDisk());
  expect(() => journal.append([record], () => undefined)).toThrow('can be read again');
});

test('an append to a journal that is not open is a defect of the caller', () => {
  const journal = journalOf({ disk: new MemoryDisk().process(), clock: new TestClock() });
  expect(() => journal.append([spend('a', EPOCH)], () => undefined)).toThrow('after it was opened');
});
