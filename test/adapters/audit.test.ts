import { appendFile, mkdtemp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineFile } from '../../src/adapters/audit/line-file.ts';

async function place() {
  const directory = join(await mkdtemp(join(tmpdir(), 'headgate-')), 'administration');
  const events: string[] = [];
  const log = { info: () => {}, warn: (event: string) => void events.push(event), error: () => {} };
  const path = join(directory, 'audit.jsonl');
  const open = (bytesMax?: number) =>
    LineFile.open({
      directory,
      name: 'audit',
      rotates: true,
      log,
      ...(bytesMax !== undefined && { bytesMax }),
    });
  return { directory, path, events, open };
}

test('what was appended is there after the process, in order, and for this user only', async () => {
  const { open, path, events } = await place();
  const first = await open();
  await Promise.all([1, 2, 3].map((at) => first.store.append({ at, text: 'ä\n' })));
  await first.store.stop();
  const second = await open();
  expect(second.found).toEqual([1, 2, 3].map((at) => ({ at, text: 'ä\n' })));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(events).toEqual([]);
  await second.store.stop();
});

test('wherever a crash tears the file, what was whole is kept and the next line is whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 60 }), async (cut) => {
      const { open, path } = await place();
      const first = await open();
      for (const at of [1, 2, 3]) await first.store.append({ at, pad: 'ö'.repeat(4) });
      await first.store.stop();
      const bytes = await readFile(path);
      const left = Math.max(0, bytes.length - cut);
      await truncate(path, left);
      const whole = bytes.subarray(0, left).toString('latin1').split('\n').length - 1;
      const second = await open();
      expect(second.found).toHaveLength(whole);
      await second.store.append({ at: 4 });
      await second.store.stop();
      const third = await open();
      expect(third.found).toEqual([...second.found, { at: 4 }]);
      await third.store.stop();
    }),
    { numRuns: 20 },
  );
});

test('a line that cannot be read is passed over, and said', async () => {
  const { open, path, events } = await place();
  const first = await open();
  await first.store.append({ at: 1 });
  await first.store.stop();
  await appendFile(path, '{"at":\n{"at":3}\n');
  const second = await open();
  expect(second.found).toEqual([{ at: 1 }, { at: 3 }]);
  expect(events).toEqual(['lines_not_readable']);
  await second.store.stop();
});

test('full files are set aside, and the oldest goes', async () => {
  const { directory, open } = await place();
  const first = await open(100);
  for (let at = 0; at < 30; at += 1) await first.store.append({ at, pad: 'x'.repeat(30) });
  await first.store.stop();
  const names = (await readdir(directory)).sort();
  expect(names).toEqual(['audit.1.jsonl', 'audit.2.jsonl', 'audit.3.jsonl', 'audit.4.jsonl', 'audit.jsonl']);
  for (const name of names) expect((await stat(join(directory, name))).size).toBeLessThanOrEqual(100);
  const second = await open(100);
  const kept = second.found.map((value) => (value as { readonly at: number }).at);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, back) => 30 - kept.length + back));
  expect(kept.length).toBeGreaterThan(8);
  await second.store.stop();
});

test('replacing keeps these lines only, and appending goes on after them', async () => {
  const { open } = await place();
  const first = await open();
  for (const at of [1, 2, 3]) await first.store.append({ at });
  await first.store.replace([{ at: 9 }]);
  await first.store.append({ at: 10 });
  await first.store.stop();
  const second = await open();
  expect(second.found).toEqual([{ at: 9 }, { at: 10 }]);
  await second.store.stop();
});

test('a write that fails leaves no trace once another succeeds', async () => {
  const { open, path } = await place();
  const first = await open();
  await first.store.append({ at: 1 });
  // Something that cannot become JSON fails before the disk; garbage behind the end is what half a write leaves.
  await expect(first.store.append({ at: 2n })).rejects.toThrow();
  await appendFile(path, '{"half":');
  await first.store.append({ at: 3 });
  await first.store.stop();
  expect(await readFile(path, 'utf8')).toBe('{"at":1}\n{"at":3}\n');
});

test('a directory that cannot be made is an error at the start', async () => {
  const { directory, open } = await place();
  await writeFile(directory, '');
  await expect(open()).rejects.toThrow(/EEXIST|ENOTDIR/);
});
