import type { JournalCounters } from '../../ports.ts';
import { counter, gauge, type MetricRow, type Sample } from './metric-row.ts';

type Row = MetricRow<JournalCounters>;

/** Every metric of the journal; they are there where one is kept. */
export const JOURNAL_METRICS: readonly Row[] = [
  one(counter, 'journal_commits_total', 'Commits that reached the disk', ({ commits }) => commits),
  one(counter, 'journal_bytes_total', 'Bytes that reached the disk', ({ bytesWritten }) => bytesWritten),
  one(
    gauge,
    'journal_commit_last_seconds',
    'How long the newest commit took',
    ({ commitMsLast }) => commitMsLast / 1_000,
  ),
  one(
    gauge,
    'journal_commit_max_seconds',
    'How long the slowest commit took',
    ({ commitMsMax }) => commitMsMax / 1_000,
  ),
  one(
    counter,
    'journal_compactions_total',
    'Times that the file was written anew',
    ({ compactions }) => compactions,
  ),
  counter(
    'journal_errors_total',
    ['kind'],
    "Failures of the disk, by the system's name for them",
    ({ errors }: JournalCounters) => Object.entries(errors).map(([kind, count]): Sample => [[kind], count]),
  ),
  one(
    counter,
    'journal_bad_frames_total',
    'Records found torn or damaged at the start',
    ({ framesBad }) => framesBad,
  ),
  one(gauge, 'journal_file_bytes', 'Size of the file', ({ fileBytes }) => fileBytes),
  one(gauge, 'journal_records', 'Records that still matter', ({ recordsLive }) => recordsLive),
  one(
    gauge,
    'journal_records_waiting',
    'Records that are not on disk yet',
    ({ recordsWaiting }) => recordsWaiting,
  ),
];

/** A metric without labels. */
function one(
  kind: typeof counter,
  name: string,
  help: string,
  read: (journal: JournalCounters) => number,
): Row {
  return kind(name, [], help, (journal: JournalCounters) => [[[], read(journal)]]);
}
