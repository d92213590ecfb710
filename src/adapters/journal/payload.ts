import { Packr, Unpackr } from 'msgpackr';
import { isActorId, type LedgerId, type RegionId } from '../../../crdt/index.ts';
import type { JournalRecord } from '../../core/journal.ts';
import { versionsOf, versionsText } from './version-text.ts';

const MAGIC = 'headgate-journal';

/** What a reader must know to read on. */
const VERSION = 2;

/** Whose books these are: what the first frame of a file says. */
export type Header = {
  readonly environment: string;
  readonly region: RegionId;
  readonly ledger: LedgerId;
  /** Records that were useless from this epoch on, or an earlier one, have been left out. */
  readonly forgottenUpTo: number;
};

// Nothing is shared between payloads: each can be read alone. Maps are never read as objects, so no key can reach a prototype.
const packr = new Packr({ useRecords: false, mapsAsObjects: false, moreTypes: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, structuredClone: false });

/** The payload of a file's first frame. */
export function packHeader({ environment, region, ledger, forgottenUpTo }: Header): Uint8Array {
  return packr.pack([MAGIC, VERSION, environment, region, ledger, forgottenUpTo]);
}

/** What a file's first payload says, or in words why it cannot be used. */
export function unpackHeader(payload: Uint8Array): Header | string {
  const fields = unpack(payload);
  if (!Array.isArray(fields) || fields[0] !== MAGIC) return 'it is not a journal';
  if (fields[1] !== VERSION) return `its version is ${String(fields[1])}, not ${VERSION}`;
  const [, , environment, region, ledger, forgottenUpTo] = fields as unknown[];
  const isWhole =
    typeof environment === 'string' &&
    typeof region === 'string' &&
    typeof ledger === 'string' &&
    isActorId(`${region}@${ledger}`) &&
    isWholeNumber(forgottenUpTo);
  return isWhole ? { environment, region, ledger, forgottenUpTo } : 'its first frame is not a header';
}

/** Records of one commit; when `isUnfinished`, they count only together with those of the next payload. */
export type RecordsPayload = { readonly records: readonly JournalRecord[]; readonly isUnfinished: boolean };

/** The payload of a commit, or of a part of one. */
export function packRecords({ records, isUnfinished }: RecordsPayload): Uint8Array {
  return packr.pack([isUnfinished, records.map(fieldsOf)]);
}

/** What `packRecords` made this of; undefined when the payload is anything else. */
export function unpackRecords(payload: Uint8Array): RecordsPayload | undefined {
  const fields = unpack(payload);
  if (!Array.isArray(fields) || fields.length !== 2) return undefined;
  const [isUnfinished, packed] = fields as unknown[];
  if (typeof isUnfinished !== 'boolean' || !Array.isArray(packed)) return undefined;
  const records = packed.map(recordOf);
  return records.every((record) => record !== undefined) ? { records, isUnfinished } : undefined;
}

/** Whether a record means what it says after it has been written and read. */
export function isJournalRecord(record: JournalRecord): boolean {
  if (record.kind === 'votes') return isWholeNumber(record.upTo);
  if (record.kind === 'versions')
    return record.versions.every(({ adoptedFrom }) => Number.isSafeInteger(adoptedFrom));
  if (record.kind === 'life') return isWholeNumber(record.sitsUntil) && typeof record.informed === 'boolean';
  const isNamed =
    isWholeNumber(record.windowId) &&
    isWholeNumber(record.closesAt) &&
    record.limit.isWellFormed() &&
    record.key.isWellFormed();
  if (record.kind === 'spend') return isNamed && isWholeNumber(record.permits);
  return isNamed && isWholeNumber(record.total) && isActorId(record.recipient);
}

function fieldsOf(record: JournalRecord): unknown[] {
  switch (record.kind) {
    case 'votes':
      return [0, record.upTo];
    case 'spend':
      return [1, record.limit, record.windowId, record.key, record.closesAt, record.permits];
    case 'gift':
      return [2, record.limit, record.windowId, record.key, record.closesAt, record.total, record.recipient];
    case 'versions':
      return [3, versionsText(record.versions)];
    case 'life':
      return [4, record.sitsUntil, record.informed];
  }
}

function recordOf(fields: unknown): JournalRecord | undefined {
  if (!Array.isArray(fields)) return undefined;
  const [kind, ...rest] = fields as unknown[];
  if (kind === 0 && rest.length === 1) return checked({ kind: 'votes', upTo: rest[0] });
  if (kind === 3 && rest.length === 1) return versionsRecordOf(rest[0]);
  if (kind === 4 && rest.length === 2)
    return checked({ kind: 'life', sitsUntil: rest[0], informed: rest[1] });
  const [limit, windowId, key, closesAt, permits, recipient] = rest;
  const named = { limit, windowId, key, closesAt };
  if (typeof limit !== 'string' || typeof key !== 'string') return undefined;
  if (kind === 1 && rest.length === 5) return checked({ kind: 'spend', ...named, permits });
  if (kind !== 2 || rest.length !== 6 || typeof recipient !== 'string') return undefined;
  return checked({ kind: 'gift', ...named, total: permits, recipient });
}

function versionsRecordOf(text: unknown): JournalRecord | undefined {
  const versions = typeof text === 'string' ? versionsOf(text) : undefined;
  return versions === undefined ? undefined : { kind: 'versions', versions };
}

/** Strings have been looked at; what is left are numbers and names, which `isJournalRecord` judges. */
function checked(candidate: object): JournalRecord | undefined {
  const record = candidate as JournalRecord;
  return isJournalRecord(record) ? record : undefined;
}

function unpack(payload: Uint8Array): unknown {
  try {
    return unpackr.unpack(payload);
  } catch {
    return undefined;
  }
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
