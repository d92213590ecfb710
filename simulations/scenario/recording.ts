import { type CsvError, parse } from 'csv-parse/sync';
import type { Recorded } from '../load.ts';

/** Requests in one recording, at about a hundred bytes each. */
const REQUESTS_MAX = 1_000_000;

/** A recording, in order of time; or what is wrong with it, and in which line. */
export type Recording =
  | { readonly ok: true; readonly requests: readonly Recorded[] }
  | { readonly ok: false; readonly line: number; readonly message: string; readonly hint: string };

const COLUMNS = ['at', 'region', 'resource', 'permits'] as const;

const COLUMNS_HINT = `expected a first line of at, region, resource, permits (may be left out) and one column d.NAME for each dimension`;

/**
 * Reads requests that were recorded somewhere, as CSV (RFC 4180) with a first line that names the columns: `at` in seconds since the start,
 * `region`, `resource`, `permits` (1 where it is left out), and `d.NAME` for each dimension. Never throws.
 */
export function readRecording(text: string, regions: ReadonlySet<string>): Recording {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
      to: REQUESTS_MAX + 1,
    });
  } catch (error) {
    const { lines = 1 } = error as CsvError & { readonly lines?: number };
    return wrong(lines, error instanceof Error ? error.message : String(error), 'expected CSV');
  }
  if (rows.length > REQUESTS_MAX) return wrong(1, `more than ${REQUESTS_MAX} requests`, 'cut the recording');
  const missing = COLUMNS.slice(0, 3).find(
    (column) => rows[0] !== undefined && rows[0][column] === undefined,
  );
  if (rows.length === 0 || missing !== undefined)
    return wrong(1, `no column ${missing ?? 'at'}`, COLUMNS_HINT);
  const requests: Recorded[] = [];
  for (const [index, row] of rows.entries()) {
    const request = requestOf(row, regions);
    if (typeof request === 'string') return wrong(index + 2, request, COLUMNS_HINT);
    requests.push(request);
  }
  return { ok: true, requests: requests.sort((a, b) => a.atMs - b.atMs) };
}

/** The request of one row, or what is wrong with it. */
function requestOf(row: Readonly<Record<string, string>>, regions: ReadonlySet<string>): Recorded | string {
  const { at = '', region = '', resource = '', permits = '' } = row;
  const atMs = Number(at) * 1_000;
  if (at === '' || !Number.isFinite(atMs) || atMs < 0)
    return `at is ${JSON.stringify(at)}, which is no number of seconds`;
  if (!regions.has(region)) return `region is ${JSON.stringify(region)}, which the scenario does not have`;
  if (resource === '') return 'resource is empty';
  const count = permits === '' ? 1 : Number(permits);
  if (!Number.isSafeInteger(count) || count < 0)
    return `permits is ${JSON.stringify(permits)}, which is no whole number`;
  const dimensions = Object.entries(row).flatMap(([name, value]) =>
    name.startsWith('d.') && value !== '' ? [[name.slice(2), value] as const] : [],
  );
  return { atMs, region, request: { resource, dimensions: Object.fromEntries(dimensions), permits: count } };
}

function wrong(line: number, message: string, hint: string): Recording {
  return { ok: false, line, message, hint };
}
