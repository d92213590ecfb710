import { join } from 'node:path';
import type { JournalRecord } from '../../core/journal.ts';
import type { Log } from '../../ports.ts';
import { BAD_FILES_KEPT } from './bounds.ts';
import type { Disk } from './disk.ts';
import { readFrames } from './frame.ts';
import { type Header, unpackHeader, unpackRecords } from './payload.ts';
import { diagnose } from './trouble.ts';

/** The file that holds the books. */
export const BOOKS = 'journal';

/** The file that becomes the books once it is complete. */
export const BOOKS_TO_BE = 'journal.new';

const BAD = 'journal.bad-';

/** What was on the disk: books to carry on, a clean slate, or traces of an earlier life that cannot be read. */
export type Found =
  | {
      readonly kind: 'books';
      readonly header: Header;
      readonly records: readonly JournalRecord[];
      readonly tornBytes: number;
      /** Records of a last commit that was not written to its end. */
      readonly unfinished: number;
    }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'untrusted'; readonly why: string };

/** Reads the books of `region` in `environment`, believing nothing that is not whole. */
export async function findBooks(
  disk: Disk,
  directory: string,
  expected: Pick<Header, 'environment' | 'region'>,
): Promise<Found> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await disk.read(join(directory, BOOKS));
  } catch (error) {
    return { kind: 'untrusted', why: `it cannot be read (${diagnose(error).kind})` };
  }
  if (bytes !== undefined) return judge(bytes, expected);
  const earlier = (await disk.list(directory)).some((name) => name.startsWith(BAD));
  return earlier ? { kind: 'untrusted', why: 'it was set aside earlier' } : { kind: 'nothing' };
}

/** Renames books that are not trusted, so that people can look at them; a disk that refuses even that is only logged. */
export async function setAside(disk: Disk, directory: string, at: Date, log: Log): Promise<void> {
  const name = `${BAD}${at.toISOString().replaceAll(':', '')}`;
  try {
    await disk.rename(join(directory, BOOKS), join(directory, name));
    log.warn('journal_set_aside', { directory, file: name });
    const older = (await disk.list(directory)).filter((one) => one.startsWith(BAD)).sort();
    for (const one of older.slice(0, -BAD_FILES_KEPT)) await disk.remove(join(directory, one));
  } catch (error) {
    if (diagnose(error).kind !== 'ENOENT') log.warn('journal_not_set_aside', { directory, error });
  }
}

function judge(bytes: Uint8Array, expected: Pick<Header, 'environment' | 'region'>): Found {
  const { payloads, tornBytes, damagedAt } = readFrames(bytes);
  if (damagedAt !== undefined) return untrusted(`it is damaged at byte ${damagedAt} of ${bytes.byteLength}`);
  const [first, ...batches] = payloads;
  const header = first === undefined ? 'it has no header' : unpackHeader(first);
  if (typeof header === 'string') return untrusted(header);
  if (header.region !== expected.region) return untrusted(`it is of region ${header.region}`);
  if (header.environment !== expected.environment)
    return untrusted(`it is of environment ${header.environment}`);
  const records: JournalRecord[] = [];
  let unfinished: JournalRecord[] = [];
  for (const batch of batches) {
    const unpacked = unpackRecords(batch);
    if (unpacked === undefined) return untrusted('a frame holds something else than records');
    for (const record of unpacked.records) unfinished.push(record);
    if (unpacked.isUnfinished) continue;
    for (const record of unfinished) records.push(record);
    unfinished = [];
  }
  return { kind: 'books', header, records, tornBytes, unfinished: unfinished.length };
}

function untrusted(why: string): Found {
  return { kind: 'untrusted', why };
}
