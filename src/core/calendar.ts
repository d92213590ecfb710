import { Temporal } from 'temporal-polyfill';
import { EPOCH_MS, LONG_WINDOW_TRANCHES, PERIOD_MS_MAX, WINDOW_KEPT_MS_MIN } from '../bounds.ts';
import type { Windows } from './window.ts';

/** A stretch of the calendar, as people in a time zone live it: a day there may have 23 or 25 hours. */
export type Period = { readonly unit: PeriodUnit; readonly timeZone: string };

export type PeriodUnit = 'hour' | 'day' | 'week' | 'month';

/**
 * Windows that follow the calendar of a time zone: hours, days from midnight, weeks from Monday, months from the first. A window's id is
 * the epoch in which it begins. All members must know the time zone alike: they run the same release of the time zone database.
 */
export class CalendarWindows implements Windows {
  readonly shape: string;
  readonly tranches = LONG_WINDOW_TRANCHES;
  readonly tranchesAhead = false;
  readonly trailing = 0;
  readonly leading = 0;
  readonly #period: Period;
  /** The window that was asked about last: nearly always the same one as this time. */
  #startMs = 0;
  #endMs = 0;

  constructor(period: Period) {
    this.shape = `quota/${period.unit}/${period.timeZone}`;
    this.#period = period;
  }

  idAt(wallMs: number): number {
    if (wallMs < this.#startMs || wallMs >= this.#endMs) {
      this.#startMs = startOf(this.#period, wallMs);
      this.#endMs = endOf(this.#period, this.#startMs);
    }
    return this.#startMs / EPOCH_MS;
  }

  startMs(windowId: number): number {
    return windowId * EPOCH_MS;
  }

  endMs(windowId: number): number {
    const startMs = this.startMs(windowId);
    return startMs === this.#startMs ? this.#endMs : endOf(this.#period, startMs);
  }

  previous(windowId: number): number {
    return startOf(this.#period, this.startMs(windowId) - 1) / EPOCH_MS;
  }

  next(windowId: number): number {
    return this.endMs(windowId) / EPOCH_MS;
  }

  closingEpoch(windowId: number): number {
    const startMs = this.startMs(windowId);
    return Math.ceil(
      (startMs + Math.max(2 * (this.endMs(windowId) - startMs), WINDOW_KEPT_MS_MIN)) / EPOCH_MS,
    );
  }

  lowestOpen(epoch: number): number {
    let lowest = this.idAt(epoch * EPOCH_MS);
    for (
      let earlier = this.previous(lowest);
      this.closingEpoch(earlier) > epoch;
      earlier = this.previous(lowest)
    )
      lowest = earlier;
    return lowest;
  }
}

function startOf({ unit, timeZone }: Period, wallMs: number): number {
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMs)).toZonedDateTimeISO(timeZone);
  if (unit !== 'hour') return firstDay(at, unit).startOfDay().epochMilliseconds;
  const hourMs = PERIOD_MS_MAX.hour;
  const shiftMs = at.offsetNanoseconds / 1_000_000;
  const startMs = Math.floor((wallMs + shiftMs) / hourMs) * hourMs - shiftMs;
  // Where clocks change by part of an hour a new hour begins with the change, or two would overlap.
  const change = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  return Math.max(startMs, change?.epochMilliseconds ?? startMs);
}

function endOf({ unit, timeZone }: Period, startMs: number): number {
  const start = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(timeZone);
  if (unit === 'hour') {
    const hourMs = PERIOD_MS_MAX.hour;
    const intoHourMs = (startMs + start.offsetNanoseconds / 1_000_000) % hourMs;
    const changeMs = start.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
    return Math.min(startMs + hourMs - intoHourMs, changeMs);
  }
  return start.add(LENGTHS[unit]).startOfDay().epochMilliseconds;
}

function firstDay(at: Temporal.ZonedDateTime, unit: PeriodUnit): Temporal.ZonedDateTime {
  if (unit === 'week') return at.subtract({ days: at.dayOfWeek - 1 });
  return unit === 'month' ? at.with({ day: 1 }) : at;
}

const LENGTHS = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } } as const;
