import { expect, test } from 'vitest';
import { frameOf } from '../../src/adapters/journal/frame.ts';
import { packHeader, packRecords } from '../../src/adapters/journal/payload.ts';
import { JournalError } from '../../src/adapters/journal/trouble.ts';
import { appended, EPOCH, journalOf, LEDGER, type Line, spend, TestClock } from './journal-fixture.ts';
import { MemoryDisk, systemError } from './journal-memory-disk.ts';

const OTHER = '00000000000000bb';
const HEADER = { environment: 'test', region: 'us-east', ledger: LEDGER, forgottenUpTo: 0 };

/** A disk with the books of a life that has kept one record. */
async function diskWithBooks(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const journal = journalOf({ disk: disk.process() });
  await journal.open();
  await appended(journal, spend('a', 5));
  disk.killProcess();
  return disk;
}

/** A disk whose books are these bytes. */
async function diskWith(bytes: Uint8Array): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const process = disk.process();
  const file = await process.create('/data/us-east/journal');
  if (bytes.length > 0) await file.append(bytes);
  return disk;
}

function framesOf(...payloads: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(payloads.map(frameOf));
}

test('an empty directory is a clean slate', async () => {
  const disk = new MemoryDisk();
  const journal = journalOf({ disk: disk.process() });
  expect(await journal.open()).toBeUndefined();
  expect({ found: journal.found, ledger: journal.ledger }).toStrictEqual({
    found: 'nothing',
    ledger: LEDGER,
  });
  expect(disk.names()).toStrictEqual(['journal']);
});

test('books that are there win over a ledger that is offered', async () => {
  const disk = await diskWithBooks();
  const journal = journalOf({ disk: disk.process(), ledger: OTHER });
  expect(await journal.open()).toMatchObject({ ledger: LEDGER, spent: [spend('a', 5)] });
  expect({ found: journal.found, ledger: journal.ledger }).toStrictEqual({ found: 'books', ledger: LEDGER });
});

test.each([
  ['of another region', framesOf(packHeader({ ...HEADER, region: 'eu-west' })), /of region eu-west/],
  ['of another environment', framesOf(packHeader({ ...HEADER, environment: 'prod' })), /of environment prod/],
  [
    'of another version',
    framesOf(Buffer.from([0x92, 0xb0, ...Buffer.from('headgate-journal'), 9])),
    /version is 9/,
  ],
  [
    'with a header that is none',
    framesOf(Buffer.from([0x92, 0xb0, ...Buffer.from('headgate-journal'), 2])),
    /not a header/,
  ],
  [
    'with something else than records',
    framesOf(packHeader(HEADER), Buffer.from([0x91, 0x91, 0x05])),
    /else than records/,
  ],
  ['that are not books', framesOf(Buffer.from([0xc0])), /not a journal/],
  ['that are empty', Buffer.alloc(0), /no header/],
  ['that are text', Buffer.from('once upon a time there was a journal'), /damaged at byte 0/],
])('books %s are set aside, and why is logged', async (_, bytes, why) => {
  const disk = await diskWith(bytes);
  const lines: Line[] = [];
  const journal = journalOf({ disk: disk.process(), lines, ledger: OTHER });
  expect(await journal.open()).toBeUndefined();
  expect({ found: journal.found, ledger: journal.ledger }).toStrictEqual({
    found: 'untrusted',
    ledger: OTHER,
  });
  expect(lines.find(({ event }) => event === 'journal_not_trusted')?.fields['why']).toMatch(why);
  expect(disk.names().toSorted()).toStrictEqual(['journal', 'journal.bad-2027-01-15T080000.000Z']);
  expect(journal.counters().framesBad).toBe(1);
});

test('of a commit that was not written to its end nothing counts', async () => {
  const part = (key: string, isUnfinished: boolean) =>
    packRecords({ records: [spend(key, 1)], isUnfinished });
  const parts = [part('a', true), part('b', false), part('c', true), part('d', true)];
  const disk = await diskWith(framesOf(packHeader(HEADER), ...parts));
  const journal = journalOf({ disk: disk.process() });
  expect((await journal.open())?.spent).toStrictEqual([spend('a', 1), spend('b', 1)]);
});

test('books that cannot be read are not trusted', async () => {
  const disk = await diskWithBooks();
  disk.interfere = (operation) => (operation === 'read' ? systemError('EIO') : undefined);
  const journal = journalOf({ disk: disk.process(), ledger: OTHER });
  expect(await journal.open()).toBeUndefined();
  expect(journal.found).toBe('untrusted');
});

test('a life that died after it had set books aside is a trace of a life all the same', async () => {
  const disk = await diskWith(Buffer.from('once upon a time there was a journal'));
  disk.interfere = (operation) => (operation === 'create' ? systemError('ENOSPC') : undefined);
  await expect(journalOf({ disk: disk.process() }).open()).rejects.toThrow(JournalError);
  disk.killProcess();
  disk.interfere = () => undefined;
  const journal = journalOf({ disk: disk.process() });
  expect(await journal.open()).toBeUndefined();
  expect(journal.found).toBe('untrusted');
});

test('of the files that were set aside the three newest are kept', async () => {
  const disk = new MemoryDisk();
  const clock = new TestClock();
  for (let life = 0; life < 5; life += 1) {
    clock.epoch = EPOCH + life;
    await journalOf({ disk: disk.process(), clock }).open();
    disk.killProcess();
    disk.bytes('journal')?.fill(0xff);
  }
  const bad = disk.names().filter((name) => name.startsWith('journal.bad-'));
  expect(bad.map((name) => name.slice(-7, -5))).toHaveLength(3);
  expect(bad.toSorted()).toStrictEqual([
    'journal.bad-2027-01-15T080002.000Z',
    'journal.bad-2027-01-15T080003.000Z',
    'journal.bad-2027-01-15T080004.000Z',
  ]);
});

test.each([
  ['ENOSPC', /free some space/],
  ['EROFS', /mount it writable/],
  ['EACCES', /let the user of this process write/],
])(
  'a directory that cannot be written (%s) is refused with advice, and the lock is let go',
  async (code, advice) => {
    const disk = new MemoryDisk();
    disk.interfere = (operation) => (operation === 'create' ? systemError(code) : undefined);
    const process = disk.process();
    await expect(journalOf({ disk: process }).open()).rejects.toThrow(advice);
    disk.interfere = () => undefined;
    expect(await journalOf({ disk: process }).open()).toBeUndefined();
  },
);

test('what closed is left out, and how far is remembered over lives', async () => {
  const disk = new MemoryDisk();
  const clock = new TestClock();
  const first = journalOf({ disk: disk.process(), clock });
  await first.open();
  await appended(first, spend('old', 1, { closesAt: EPOCH + 10 }), spend('new', 2, { closesAt: EPOCH + 11 }));
  disk.killProcess();
  clock.epoch = EPOCH + 10;
  const second = journalOf({ disk: disk.process(), clock });
  expect(await second.open()).toMatchObject({ spent: [{ key: 'new' }] });
  disk.killProcess();
  clock.epoch = EPOCH;
  const third = journalOf({ disk: disk.process(), clock });
  expect(await third.open()).toMatchObject({ spent: [{ key: 'new' }] });
  expect(third.forgottenUpTo).toBe(EPOCH + 10);
});
