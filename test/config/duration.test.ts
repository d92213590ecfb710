import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guessDuration, parseDuration, showDuration } from '../../config/duration.ts';

test.each([
  ['0s', 0],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['0.001s', 1],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
])('%s is %i ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  '',
  '5',
  '-5s',
  '+5s',
  '5 s',
  '1.5ms',
  '0.0001s',
  '1m30s',
  '5S',
  '5w',
  '1e3s',
  '.5s',
  '99999999999d',
  's',
  '５s',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is shown is read back as the same time', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000_000 }), (milliseconds) => {
      expect(parseDuration(showDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});

test.each([
  [60, 60_000],
  ['60', 60_000],
  ['60sec', 60_000],
  ['5 Minutes', 300_000],
  ['1min', 60_000],
  ['2 hrs', 7_200_000],
  ['500ms', 500],
  ['250 msecs', 250],
  ['1mo', undefined],
  ['-1s', undefined],
  ['soon', undefined],
  [null, undefined],
])('%j is likely to mean %s ms', (written, milliseconds) => {
  expect(guessDuration(written)).toBe(milliseconds);
});
