import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EPOCH_MS } from '../../src/bounds.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { EvenWindows, epochOf, trancheEpoch } from '../../src/core/window.ts';
import { limitSpec, WORLD_START_MS } from '../world.ts';
import { FIRST_EPOCH } from './builders.ts';

const even = (lengthMs: number) => new EvenWindows({ kind: 'fixed-window', lengthMs });

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Any window that a configuration may name: whole seconds up to a day. */
const windowMs = fc.oneof(
  fc.constantFrom(SECOND, 7 * SECOND, 10 * SECOND, MINUTE, 61 * SECOND, DAY),
  fc.integer({ min: 1, max: 86_400 }).map((seconds) => seconds * SECOND),
);
const wallMs = fc.integer({ min: WORLD_START_MS - DAY, max: WORLD_START_MS + 400 * DAY });

test('an instant lies in the window of its id: at or after its start, before the start of the next', () => {
  fc.assert(
    fc.property(windowMs, wallMs, (length, now) => {
      const id = even(length).idAt(now);
      expect(even(length).startMs(id)).toBeLessThanOrEqual(now);
      expect(even(length).startMs(id + 1)).toBeGreaterThan(now);
    }),
  );
});

test('an epoch lies in one window', () => {
  fc.assert(
    fc.property(windowMs, wallMs, (length, now) => {
      const epoch = epochOf(now);
      const last = (epoch + 1) * EPOCH_MS - 1;
      expect(even(length).idAt(epoch * EPOCH_MS)).toBe(even(length).idAt(last));
    }),
  );
});

test('a window is closed from its closing epoch on, and open before it', () => {
  fc.assert(
    fc.property(windowMs, wallMs, fc.integer({ min: -5, max: 5 }), (length, now, away) => {
      const id = even(length).idAt(now);
      const closes = even(length).closingEpoch(id);
      for (const epoch of [closes - 1, closes, closes + away, epochOf(now)]) {
        expect(id < even(length).lowestOpen(epoch)).toBe(closes <= epoch);
      }
    }),
  );
});

test('a window outlives its own length by another, and ten seconds at least', () => {
  fc.assert(
    fc.property(windowMs, wallMs, (length, now) => {
      const id = even(length).idAt(now);
      const keptMs = even(length).closingEpoch(id) * EPOCH_MS - even(length).startMs(id);
      expect(keptMs).toBe(Math.max(2 * length, 10 * SECOND));
    }),
  );
});

test('the current window and the one before it are never closed', () => {
  fc.assert(
    fc.property(windowMs, wallMs, (length, now) => {
      expect(even(length).lowestOpen(epochOf(now))).toBeLessThan(even(length).idAt(now));
    }),
  );
});

test.each([
  { window: '1 s', length: SECOND, tranches: [0] },
  { window: '1 min', length: MINUTE, tranches: [0] },
  { window: '61 s', length: 61 * SECOND, tranches: [0, 0, 1, 1, 2, 3, 3, 4, 4, 5] },
  { window: '100 s', length: 100 * SECOND, tranches: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  {
    window: '1 d',
    length: DAY,
    tranches: [0, 864, 1_728, 2_592, 3_456, 4_320, 5_184, 6_048, 6_912, 7_776],
  },
])('a window of $window is released at epochs $tranches', ({ length, tranches }) => {
  const id = even(length).idAt(WORLD_START_MS);
  const epochs = tranches.map((_, index) => trancheEpoch(even(length), id, index));
  const first = even(length).startMs(id) / EPOCH_MS;
  expect(even(length).tranches).toBe(tranches.length);
  expect(epochs.map((epoch) => epoch - first)).toEqual(tranches);
});

test('tranches are released in order, from the first epoch on, within the first tenth of their window', () => {
  fc.assert(
    fc.property(windowMs, wallMs, (length, now) => {
      const id = even(length).idAt(now);
      const epochs = Array.from({ length: even(length).tranches }, (_, at) =>
        trancheEpoch(even(length), id, at),
      );
      const first = even(length).startMs(id) / EPOCH_MS;
      expect(epochs[0]).toBe(first);
      expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
      for (const epoch of epochs) {
        expect(Number.isInteger(epoch)).toBe(true);
        expect((epoch - first) * EPOCH_MS).toBeLessThanOrEqual(length / 10);
      }
    }),
  );
});

test('epochs count whole seconds', () => {
  expect([-1, 0, 999, 1_000].map((ms) => epochOf(WORLD_START_MS + ms) - FIRST_EPOCH)).toEqual([-1, 0, 0, 1]);
});

test.each([0, -1_000, 999, 1_500, 500])('a window of %i ms is refused', (length) => {
  expect(() => compileLimit(limitSpec({ windowMs: length }))).toThrow('whole epochs');
});
