import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EPOCH_MS, PERIOD_MS_MAX } from '../../src/bounds.ts';
import { CalendarWindows, type PeriodUnit } from '../../src/core/calendar.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { trancheEpoch } from '../../src/core/window.ts';
import { WORLD_START_MS } from '../world.ts';
import { Lone } from './builders.ts';
import { drain, expectExactRetry, passTo, sole } from './sole.ts';

const HOUR_MS = 3_600_000;
const UNITS: readonly PeriodUnit[] = ['hour', 'day', 'week', 'month'];
const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'America/Havana',
  'Pacific/Apia',
  'Asia/Kathmandu',
  '+05:30',
];

const startOf = (unit: PeriodUnit, timeZone: string, at: string) => {
  const windows = new CalendarWindows({ unit, timeZone });
  return new Date(windows.startMs(windows.idAt(Date.parse(at)))).toISOString();
};
const hoursOf = (unit: PeriodUnit, timeZone: string, at: string) => {
  const windows = new CalendarWindows({ unit, timeZone });
  const id = windows.idAt(Date.parse(at));
  return (windows.endMs(id) - windows.startMs(id)) / HOUR_MS;
};

test.each([
  { unit: 'hour', zone: 'UTC', at: '2026-03-08T12:34:56Z', start: '2026-03-08T12:00:00.000Z' },
  { unit: 'hour', zone: 'Asia/Kolkata', at: '2026-03-08T12:34:56Z', start: '2026-03-08T12:30:00.000Z' },
  { unit: 'hour', zone: 'Asia/Kathmandu', at: '2026-03-08T12:14:59Z', start: '2026-03-08T11:15:00.000Z' },
  { unit: 'day', zone: 'UTC', at: '2026-03-08T23:59:59.999Z', start: '2026-03-08T00:00:00.000Z' },
  { unit: 'day', zone: 'America/New_York', at: '2026-03-08T04:59:59Z', start: '2026-03-07T05:00:00.000Z' },
  { unit: 'day', zone: 'America/New_York', at: '2026-03-09T03:59:59Z', start: '2026-03-08T05:00:00.000Z' },
  { unit: 'day', zone: 'Asia/Kolkata', at: '2026-03-08T18:30:00Z', start: '2026-03-08T18:30:00.000Z' },
  { unit: 'week', zone: 'UTC', at: '2026-03-08T23:00:00Z', start: '2026-03-02T00:00:00.000Z' },
  { unit: 'week', zone: 'Europe/Berlin', at: '2026-03-30T00:00:00Z', start: '2026-03-29T22:00:00.000Z' },
  { unit: 'month', zone: 'Europe/Berlin', at: '2026-03-31T21:59:59Z', start: '2026-02-28T23:00:00.000Z' },
  { unit: 'month', zone: 'UTC', at: '2028-02-29T12:00:00Z', start: '2028-02-01T00:00:00.000Z' },
] as const)('the $unit of $at in $zone begins at $start', ({ unit, zone, at, start }) => {
  expect(startOf(unit, zone, at)).toBe(start);
});

test.each([
  { unit: 'day', zone: 'America/New_York', at: '2026-03-08T12:00:00Z', hours: 23 },
  { unit: 'day', zone: 'America/New_York', at: '2026-11-01T12:00:00Z', hours: 25 },
  { unit: 'day', zone: 'Europe/Berlin', at: '2026-03-29T12:00:00Z', hours: 23 },
  { unit: 'day', zone: 'Europe/Berlin', at: '2026-10-25T12:00:00Z', hours: 25 },
  { unit: 'day', zone: 'Australia/Lord_Howe', at: '2026-10-03T20:00:00Z', hours: 23.5 },
  { unit: 'day', zone: 'Australia/Lord_Howe', at: '2026-04-04T20:00:00Z', hours: 24.5 },
  { unit: 'week', zone: 'Europe/Berlin', at: '2026-03-29T12:00:00Z', hours: 7 * 24 - 1 },
  { unit: 'week', zone: 'Europe/Berlin', at: '2026-10-25T12:00:00Z', hours: 7 * 24 + 1 },
  { unit: 'month', zone: 'UTC', at: '2026-02-10T00:00:00Z', hours: 28 * 24 },
  { unit: 'month', zone: 'UTC', at: '2028-02-10T00:00:00Z', hours: 29 * 24 },
  { unit: 'month', zone: 'America/New_York', at: '2026-11-10T00:00:00Z', hours: 30 * 24 + 1 },
  { unit: 'hour', zone: 'Europe/Berlin', at: '2026-03-29T00:30:00Z', hours: 1 },
] as const)('the $unit of $at in $zone has $hours hours', ({ unit, zone, at, hours }) => {
  expect(hoursOf(unit, zone, at)).toBe(hours);
});

test.each([
  { at: '2026-10-03T15:30:00Z', change: 'forward', minutes: [60, 30, 60] },
  { at: '2026-04-04T15:00:00Z', change: 'back', minutes: [60, 30, 60] },
])('where clocks go $change by half an hour, hours follow each other without overlap', ({ at, minutes }) => {
  const windows = new CalendarWindows({ unit: 'hour', timeZone: 'Australia/Lord_Howe' });
  let id = windows.idAt(Date.parse(at) - 1);
  for (const length of minutes) {
    expect((windows.endMs(id) - windows.startMs(id)) / 60_000).toBe(length);
    expect(windows.next(id)).toBe(windows.idAt(windows.endMs(id)));
    expect(windows.previous(windows.next(id))).toBe(id);
    id = windows.next(id);
  }
});

/** Instants of a few years, those about a change of the clocks among them. */
const wallMs = fc.oneof(
  fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) }),
  fc
    .tuple(
      fc.constantFrom(
        '2026-03-08T07:00:00Z', // New York
        '2026-11-01T06:00:00Z',
        '2026-03-29T01:00:00Z', // Berlin
        '2026-10-25T01:00:00Z',
        '2026-10-03T15:30:00Z', // Lord Howe, by half an hour
        '2026-04-04T15:00:00Z',
        '2026-04-23T22:00:00Z', // Cairo, at midnight
        '2026-03-08T05:00:00Z', // Havana, at midnight
        '2026-11-01T05:00:00Z',
      ),
      fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
    )
    .map(([at, offMs]) => Date.parse(at) + offMs),
);
const calendar = fc.record({ unit: fc.constantFrom(...UNITS), timeZone: fc.constantFrom(...ZONES) });

test('windows follow each other without a gap, and every instant lies in one', () => {
  fc.assert(
    fc.property(calendar, wallMs, (period, now) => {
      const windows = new CalendarWindows(period);
      const id = windows.idAt(now);
      const [startMs, endMs] = [windows.startMs(id), windows.endMs(id)];
      expect(startMs <= now && now < endMs).toBe(true);
      expect(endMs - startMs).toBeLessThanOrEqual(PERIOD_MS_MAX[period.unit]);
      expect([startMs, endMs - 1, now].map((at) => new CalendarWindows(period).idAt(at))).toEqual([
        id,
        id,
        id,
      ]);
      expect(windows.next(id)).toBe(windows.idAt(endMs));
      expect(windows.startMs(windows.next(id))).toBe(endMs);
      expect(windows.previous(windows.next(id))).toBe(id);
      expect(windows.previous(id)).toBe(windows.idAt(startMs - 1));
      expect(windows.next(windows.previous(id))).toBe(id);
      expect(Number.isInteger(id)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('a window is closed from its closing epoch on, and open before it; it outlives its end by its own length', () => {
  fc.assert(
    fc.property(calendar, wallMs, (period, now) => {
      const windows = new CalendarWindows(period);
      const epoch = Math.floor(now / EPOCH_MS);
      const lowest = windows.lowestOpen(epoch);
      const id = windows.idAt(now);
      expect(lowest).toBeLessThanOrEqual(id);
      expect(windows.closingEpoch(id) * EPOCH_MS).toBe(2 * windows.endMs(id) - windows.startMs(id));
      expect(windows.closingEpoch(lowest)).toBeGreaterThan(epoch);
      expect(windows.closingEpoch(windows.previous(lowest))).toBeLessThanOrEqual(epoch);
      const closes = windows.closingEpoch(lowest);
      expect(windows.lowestOpen(closes - 1)).toBe(lowest);
      expect(windows.lowestOpen(closes)).toBeGreaterThan(lowest);
    }),
    { numRuns: 300 },
  );
});

test('what was asked before does not change the answer', () => {
  fc.assert(
    fc.property(calendar, fc.array(wallMs, { minLength: 2, maxLength: 6 }), (period, all) => {
      const windows = new CalendarWindows(period);
      for (const now of all) {
        const anew = new CalendarWindows(period);
        const id = windows.idAt(now);
        expect([id, windows.endMs(id), windows.previous(id)]).toEqual([
          anew.idAt(now),
          anew.endMs(id),
          anew.previous(id),
        ]);
      }
    }),
    { numRuns: 200 },
  );
});

test('the tranches of a window are epochs of its first tenth, in order', () => {
  fc.assert(
    fc.property(calendar, wallMs, (period, now) => {
      const windows = new CalendarWindows(period);
      const id = windows.idAt(now);
      const epochs = Array.from({ length: windows.tranches }, (_, index) => trancheEpoch(windows, id, index));
      expect(epochs[0]).toBe(id);
      expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
      for (const epoch of epochs)
        expect((epoch - id) * EPOCH_MS).toBeLessThanOrEqual((windows.endMs(id) - windows.startMs(id)) / 10);
    }),
    { numRuns: 200 },
  );
});

const daily = (timeZone: string): Partial<LimitSpec> => ({
  algorithm: 'quota',
  limit: 100,
  windowMs: PERIOD_MS_MAX.day,
  period: { unit: 'day', timeZone },
});

test('a quota of a day is given its floor at once and the rest over the first tenth of the day', () => {
  const lone = sole(daily('UTC'));
  expect(lone.check(0).verdict).toMatchObject({ remaining: 55, resetAtMs: WORLD_START_MS + 24 * HOUR_MS });
  passTo(lone, 864_000 - 1);
  expect(lone.check(0).verdict?.remaining).toBe(55);
  passTo(lone, 864_000);
  expect(lone.check(0).verdict?.remaining).toBe(60);
  passTo(lone, 3 * HOUR_MS);
  expect(drain(lone)).toBe(100);
  expect(expectExactRetry(lone, 1)).toBe(21 * HOUR_MS);
});

test('what is not released yet is waited for no longer than until it is', () => {
  const lone = sole(daily('UTC'));
  expect(lone.check(50).allowed).toBe(true);
  // Of the 100 one more twentieth is released every 864 seconds: 15 are there with the third.
  expect(expectExactRetry(lone, 15)).toBe(2 * 864_000);
  expect(lone.check(86).verdict?.retryAfterMs).toBe(24 * HOUR_MS - 2 * 864_000);
});

test.each([
  { zone: 'America/New_York', noon: '2026-03-08T16:00:00Z', midnight: '2026-03-09T04:00:00Z' },
  { zone: 'America/New_York', noon: '2026-11-01T17:00:00Z', midnight: '2026-11-02T05:00:00Z' },
  { zone: 'Asia/Kolkata', noon: '2026-03-08T06:30:00Z', midnight: '2026-03-08T18:30:00Z' },
])('a quota of a day in $zone begins anew at $midnight', ({ zone, noon, midnight }) => {
  const startMs = Date.parse(noon);
  const lone = new Lone({
    members: [{ region: 'us-east', weight: 1 }],
    limits: [{ ...sole(daily(zone)).state.books.values().next().value?.limit.spec } as LimitSpec],
    startMs,
  });
  expect(drain(lone)).toBe(100);
  expect(lone.check(1).verdict).toMatchObject({
    retryAfterMs: Date.parse(midnight) - startMs,
    resetAtMs: Date.parse(midnight),
  });
  expect(expectExactRetry(lone, 1)).toBe(Date.parse(midnight) - startMs);
});
