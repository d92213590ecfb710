import type { LimitSpec } from '../../src/core/limit.ts';
import type { Judged } from './run-scenario.ts';
import type { Expectation, Measure } from './scenario.ts';

/** A whole number with separators: `12,345`. */
export function count(amount: number): string {
  return Math.round(amount).toLocaleString('en');
}

/** A part as a percentage with two decimals. Rounded towards the worse, so that 100 % is said of all and 0 % of nothing only. */
export function percent(part: number, rounded: 'down' | 'up' = 'down'): string {
  const hundredths = rounded === 'down' ? Math.floor(part * 10_000 + 1e-6) : Math.ceil(part * 10_000 - 1e-6);
  return `${(hundredths / 100).toFixed(2)} %`;
}

/** Milliseconds as seconds: `3.1 s`. */
export function seconds(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}

/** A time after the start, as short as it can be told: `30 s`, `1.5 s`. */
export function moment(ms: number): string {
  return `${Math.round(ms) / 1_000} s`;
}

/** A length of time in the unit that suits it: `10 s`, `5 min`, `30 d`. */
export function span(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const;
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['s', 1_000];
  return `${count1(ms / size)} ${unit}`;
}

/** How much a limit allows in which time: `1,000 per 10 s (token-bucket)`. */
export function allowance({ algorithm, limit, windowMs, period }: LimitSpec): string {
  const time = period === undefined ? span(windowMs) : `calendar ${period.unit}`;
  return `${count(limit)} per ${time}${algorithm === 'fixed-window' ? '' : ` (${algorithm})`}`;
}

/** What a measure is called where there is room for more than its name. */
export const TITLES: Readonly<Record<Measure, string>> = {
  'over-admission': 'over-admission',
  utilisation: 'utilisation',
  'false-denials': 'false denials',
  reclaim: 'time to reclaim',
  recovery: 'recovery',
  fairness: 'fairness',
  peak: 'most in one window',
  messages: 'messages per second',
  bytes: 'bytes per second',
};

/** A measured value with its unit. */
export function measured(measure: Measure, value: number | undefined): string {
  if (value === undefined) return 'nothing to measure';
  switch (measure) {
    case 'utilisation':
      return percent(value);
    case 'false-denials':
      return percent(value, 'up');
    case 'reclaim':
    case 'recovery':
      return seconds(value * 1_000);
    case 'fairness':
      return value.toFixed(3);
    case 'over-admission':
    case 'peak':
    case 'messages':
    case 'bytes':
      return count(value);
  }
}

/** What is expected: `≥ 99.00 %`. */
export function bounds({ measure, atLeast, atMost }: Expectation): string {
  const parts = [
    atLeast === undefined ? '' : `≥ ${measured(measure, atLeast)}`,
    atMost === undefined ? '' : `≤ ${measured(measure, atMost)}`,
  ];
  return parts.filter((part) => part !== '').join(' and ');
}

/** Where an expectation looks, other than at everything: `from 10 s to 30 s under orders`. */
export function where({ fromMs, toMs, limit }: Expectation): string {
  const parts = [
    fromMs > 0 ? `from ${moment(fromMs)} to ${moment(toMs)}` : '',
    limit === undefined ? '' : `under ${limit}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** Whether an expectation came true, in one line. */
export function describeJudged({ expectation, measured: value, ok }: Judged): string {
  const { measure } = expectation;
  return [
    ok ? 'ok    ' : 'FAILED',
    measure,
    bounds(expectation),
    where(expectation),
    '—',
    measured(measure, value),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function count1(amount: number): string {
  return amount.toLocaleString('en', { maximumFractionDigits: 1 });
}
