import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { eventually } from '../eventually.ts';
import { appended, EPOCH, journalOf, LEDGER, type Line, spend } from './journal-fixture.ts';

const CHILD = new URL('./journal-child.ts', import.meta.url).pathname;

const [MOUNT, UNMOUNT] = ['mount', 'umount'] as const;

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'headgate-journal-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

type Said = {
  readonly refused?: string;
  readonly found?: string;
  readonly ledger?: string;
  readonly kept?: readonly (readonly [name: string, amount: number])[];
};

/** Another process with a journal in the same directory; what it says is in `said`, in order. */
function startChild(task: 'write' | 'hold'): { child: ChildProcess; said: Said[]; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [CHILD, directory, task], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    // The last line of a process that was killed may be cut short; then nobody was told.
    if (line.endsWith('}')) said.push(JSON.parse(line));
  });
  return { child, said, ended: once(child, 'close') };
}

test('processes that are killed while they write lose nothing that they called durable', async () => {
  const promised = new Map<string, number>();
  let ledger: string | undefined;
  for (let round = 0; round < 8; round += 1) {
    const { child, said, ended } = startChild('write');
    await eventually(() => said.length > 20 + 37 * round, { withinMs: 20_000, everyMs: 1 });
    child.kill('SIGKILL');
    await ended;
    const [opening, ...after] = said;
    expect(opening).toMatchObject({
      found: round === 0 ? 'nothing' : 'books',
      ledger: ledger ?? expect.any(String),
    });
    ledger = opening?.ledger;
    const found = new Map(opening?.kept);
    for (const [name, amount] of promised) {
      expect({ name, amount: found.get(name) ?? 0 }).toSatisfy((got) => got.amount >= amount);
    }
    for (const [name, amount] of [opening, ...after].flatMap((line) => line?.kept ?? []))
      promised.set(name, Math.max(promised.get(name) ?? 0, amount));
  }
  expect(promised.size).toBeGreaterThan(200);
}, 60_000);

test('a directory has one life at a time, within a process too', async () => {
  const first = journalOf({ directory });
  await first.open();
  await expect(journalOf({ directory }).open()).rejects.toThrow(
    `another process uses the journal in ${directory}`,
  );
  const { said, ended } = startChild('hold');
  await ended;
  expect(said).toStrictEqual([{ refused: expect.stringContaining('another process uses the journal') }]);
  await first.stop();
  const second = journalOf({ directory });
  expect(await second.open()).toBeDefined();
  await second.stop();
});

test('a process keeps its journal while it stands still, and loses it with its life', async () => {
  const { child, said, ended } = startChild('hold');
  await eventually(() => said.length > 0, { withinMs: 20_000 });
  child.kill('SIGSTOP');
  await expect(journalOf({ directory }).open()).rejects.toThrow('another process uses the journal');
  child.kill('SIGKILL');
  await ended;
  const journal = journalOf({ directory });
  expect(await journal.open()).toMatchObject({ ledger: said[0]?.ledger });
  await journal.stop();
});

test('the directory and its parents are made, for this user only', async () => {
  const journal = journalOf({ directory: join(directory, 'data', 'us-east') });
  expect(await journal.open()).toBeUndefined();
  await journal.stop();
  const modes = execFileSync('stat', [
    '-c',
    '%a',
    join(directory, 'data'),
    join(directory, 'data/us-east/journal'),
  ]);
  expect(modes.toString()).toBe('700\n600\n');
});

test.each([
  ['is a file', 'file', /ENOTDIR|EEXIST/],
  ['is below a file', 'file/us-east', /ENOTDIR|EEXIST/],
])('a directory that %s is refused with the reason', async (_, path, reason) => {
  await writeFile(join(directory, 'file'), '');
  await expect(journalOf({ directory: join(directory, path) }).open()).rejects.toThrow(reason);
});

/** Mounts a file system of 128 KiB where this process may; elsewhere there is only the directory, and files are kept small instead. */
async function smallFileSystem(): Promise<{ path: string; isSmall: boolean; unmount: () => void }> {
  const path = join(directory, 'small');
  await mkdir(path);
  try {
    execFileSync(MOUNT, ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', path], { stdio: 'ignore' });
    return { path, isSmall: true, unmount: () => void execFileSync(UNMOUNT, [path]) };
  } catch {
    return { path, isSmall: false, unmount: () => undefined };
  }
}

test('a file system that runs full stops the journal, and room starts it again', async () => {
  const { path, isSmall, unmount } = await smallFileSystem();
  try {
    const lines: Line[] = [];
    const journal = journalOf({ directory: join(path, 'us-east'), lines, clock: systemClock });
    await journal.open();
    await appended(journal, spend('a', 1));
    await writeFile(join(path, 'ballast'), Buffer.alloc(isSmall ? 128 * 1024 : 1)).catch(() => undefined);
    const records = Array.from({ length: 800 }, (_, at) => spend(`user-${at}`, 1));
    let isDurable = false;
    journal.append(records, () => {
      isDurable = true;
    });
    if (isSmall) {
      await eventually(() => (journal.counters().errors['ENOSPC'] ?? 0) > 2);
      expect(isDurable).toBe(false);
      expect(lines.filter(({ event }) => event === 'journal_failing')).toHaveLength(1);
    }
    await rm(join(path, 'ballast'));
    await eventually(() => isDurable);
    await journal.stop();
    const next = journalOf({ directory: join(path, 'us-east') });
    expect((await next.open())?.spent).toHaveLength(801);
    await next.stop();
  } finally {
    unmount();
  }
});

test('a copy of the files, taken while they are written, is books up to some commit', async () => {
  const journal = journalOf({ directory, clock: systemClock });
  await journal.open();
  await appended(journal, spend('a', 1), { kind: 'votes', upTo: EPOCH });
  let permits = 1;
  const more = (): void => {
    permits += 1;
    if (permits < 500) journal.append([spend('a', permits)], more);
  };
  more();
  const copy = join(directory, 'copy');
  await mkdir(copy);
  for (let round = 0; round < 5; round += 1) {
    const before = permits - 1;
    execFileSync('cp', [join(directory, 'journal'), join(copy, 'journal')]);
    const found = journalOf({ directory: copy });
    const recovery = await found.open();
    expect(recovery).toMatchObject({ ledger: LEDGER, votesUpTo: EPOCH });
    expect(recovery?.spent[0]?.permits).toBeGreaterThanOrEqual(before);
    await found.stop();
    await rm(copy, { recursive: true });
    await mkdir(copy);
    const reached = permits;
    await eventually(() => permits > reached + 2);
  }
  await journal.stop();
});
