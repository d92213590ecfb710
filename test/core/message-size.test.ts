import { expect, test } from 'vitest';
import { ROWS_BYTES_MAX } from '../../src/bounds.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { Message, RowGroup } from '../../src/core/messages.ts';
import { createCodec } from '../../transport/codec.ts';
import { limitSpec } from '../world.ts';
import { Lone, sent } from './builders.ts';

const KEYS = 300;
const CODEC = createCodec({ region: 'us-east', environment: 'test', key: new Uint8Array(32) });

/** Bytes of the envelope around the rows of a message. */
const ENVELOPE_BYTES = 512;

/** Keys of 4 KiB of UTF-8 in the way that packs worst: three bytes for each unit. */
const longKey = (at: number) => `${at}`.padStart(4, '0') + '漢'.repeat(4_096 / 3);

/** One region alone that has spent from so many long keys, and has told nobody yet. */
function crowded(): Lone {
  const lone = new Lone({
    members: [
      { region: 'us-east', weight: 1 },
      { region: 'eu-west', weight: 0 },
    ],
    limits: [limitSpec({ limit: 10, windowMs: 120_000, dimensions: { tenant: '*' } })],
  });
  for (let at = 0; at < KEYS; at += 1) expect(lone.check(5, { tenant: longKey(at) }).allowed).toBe(true);
  return lone;
}

const keysOf = (groups: readonly RowGroup[]) => groups.flatMap(([, , rows]) => rows.map(([key]) => key));

function expectToFit(messages: readonly (Message & { readonly groups: readonly RowGroup[] })[]): void {
  expect(messages.length).toBeGreaterThan(1);
  for (const message of messages) {
    expect(CODEC.encode(message)?.byteLength).toBeLessThanOrEqual(ROWS_BYTES_MAX + ENVELOPE_BYTES);
  }
  const keys = messages.flatMap(({ groups }) => keysOf(groups));
  expect(keys).toHaveLength(KEYS);
  expect(new Set(keys).size).toBe(KEYS);
}

test('deltas of long keys fit a frame each, and leave no row out', () => {
  const deltas = sent(crowded().run(100), 'delta');
  expectToFit(deltas);
  expect(deltas.map(({ sequence }) => sequence)).toEqual(deltas.map((_, at) => at + 1));
});

test('answers to asks fit a frame each, and leave no row out', () => {
  const lone = crowded();
  lone.run(100);
  const buckets = Array.from({ length: 256 }, (_, bucket) => bucket);
  expectToFit(sent(lone.hear('eu-west', { kind: 'ask', buckets }), 'repair'));
});

test('parts of a snapshot fit a frame each, one a tick, counted, and the last one says so', () => {
  const lone = crowded();
  lone.run(DEFAULT_TIMING.snapshotMs - 25);
  const ticks = Array.from({ length: 40 }, () => sent(lone.run(25), 'snapshot'));
  expect(ticks.every((parts) => parts.length <= 1)).toBe(true);
  const snapshot = ticks.flat();
  expectToFit(snapshot);
  expect(snapshot.map(({ part }) => part)).toEqual(snapshot.map((_, at) => at));
  expect(snapshot.map(({ last }) => last)).toEqual(snapshot.map((_, at) => at === snapshot.length - 1));
});
