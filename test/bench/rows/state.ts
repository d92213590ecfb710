import { probe } from '../pinned.ts';
import type { Line, Row } from '../row.ts';

/** What keys cost in memory. */
export const memory: Row = {
  name: 'memory',
  what:
    'Two million live cold keys of 40 bytes under one limit: heap and what is beside it, after a collection; and twelve windows of 200,000 keys ' +
    'each of its own, the last against the fourth, from which on as many windows are kept as ever will be.',
  measure: async (): Promise<readonly Line[]> => {
    const { bytesPerKey, growth } = await probe<Readonly<Record<'bytesPerKey' | 'growth', number>>>('memory');
    return [
      { measure: 'memory: a cold key', figures: [bytesPerKey], unit: 'bytes', target: { atMost: 200 } },
      { measure: 'memory: growth under churn', figures: [growth], unit: '×', target: { atMost: 1.05 } },
    ];
  },
};

/** What telling peers costs. */
export const replication: Row = {
  name: 'replication',
  what:
    'Three cores with the real codec between them, in one process and made time: 50,000 keys of 13 bytes change in a second, in all regions ' +
    'together, each is told to two peers. Processor time of sending and receiving; the longest step is what a check may have to wait for.',
  measure: async (): Promise<readonly Line[]> => {
    const { bytesPerChange, cores, longestMs } = await probe<{
      readonly bytesPerChange: number;
      readonly cores: readonly number[];
      readonly longestMs: readonly number[];
    }>('replication');
    return [
      { measure: 'replication: a change', figures: [bytesPerChange], unit: 'bytes', target: { atMost: 24 } },
      {
        measure: 'replication: of a core, each region',
        figures: cores.map((part) => part * 100),
        unit: '%',
        target: { atMost: 25 },
      },
      {
        measure: 'replication: the longest step, each region',
        figures: longestMs,
        unit: 'ms',
        target: { atMost: 5 },
      },
    ];
  },
};

/** What mending a loss costs. */
export const repair: Row = {
  name: 'repair',
  what: 'One delta is lost among a million keys of 14 bytes that both regions know: bytes of what is asked and answered until it is mended, digests apart.',
  measure: async (): Promise<readonly Line[]> => {
    const { bytes, digestBytes, longestMs } =
      await probe<Readonly<Record<'bytes' | 'digestBytes' | 'longestMs', number>>>('repair');
    return [
      {
        measure: 'repair: traffic',
        figures: [bytes / 1_024],
        unit: 'KiB',
        target: { atMost: 64 },
        beside: `${(digestBytes / 1_024).toFixed(1)} KiB of digests in five seconds`,
      },
      { measure: 'repair: the longest step', figures: [longestMs], unit: 'ms', target: { atMost: 20 } },
    ];
  },
};

/** What a million counters cost the journal, and the start of a region. */
export const journal: Row = {
  name: 'journal',
  what: 'A million counters, keys of 40 bytes, from the first append to the last acknowledgement, on the disk of the temporary folder; then a journal that opens and a region that takes them up.',
  measure: async (): Promise<readonly Line[]> => {
    const { seconds, longestMs, startSeconds } =
      await probe<Readonly<Record<'seconds' | 'longestMs' | 'startSeconds', number>>>('journal');
    return [
      {
        measure: 'journal: a million counters written',
        figures: [seconds],
        unit: 's',
        target: { atMost: 2 },
      },
      {
        measure: 'journal: the longest that nothing else ran',
        figures: [longestMs],
        unit: 'ms',
        target: { atMost: 10 },
      },
      {
        measure: 'journal: start with a million counters',
        figures: [startSeconds],
        unit: 's',
        target: { atMost: 3 },
      },
    ];
  },
};
