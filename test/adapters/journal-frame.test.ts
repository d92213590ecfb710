import { expect, test } from 'vitest';
import { frameOf, readFrames } from '../../src/adapters/journal/frame.ts';

const PAYLOADS = [
  Buffer.from('first'),
  Buffer.alloc(700, 0x7b),
  Buffer.from('the third one'),
  Buffer.alloc(1_900, 0x31),
];
const FILE = Buffer.concat(PAYLOADS.map(frameOf));
const ENDS = PAYLOADS.map((_, at) => Buffer.concat(PAYLOADS.slice(0, at + 1).map(frameOf)).length);
const LAST_FROM = ENDS[2] ?? 0;

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(FILE);
  change(bytes);
  return bytes;
}

test('frames come out as they went in', () => {
  expect(readFrames(FILE)).toStrictEqual({ payloads: PAYLOADS, tornBytes: 0, damagedAt: undefined });
  expect(readFrames(Buffer.alloc(0))).toStrictEqual({ payloads: [], tornBytes: 0, damagedAt: undefined });
});

test('a file that was cut short anywhere has all frames before the cut and a torn tail', () => {
  for (let length = 0; length < FILE.length; length += 1) {
    const whole = ENDS.filter((end) => end <= length);
    expect(readFrames(FILE.subarray(0, length))).toStrictEqual({
      payloads: PAYLOADS.slice(0, whole.length),
      tornBytes: length - (whole.at(-1) ?? 0),
      damagedAt: undefined,
    });
  }
});

test('a flipped bit is damage, wherever it is: never a torn tail', () => {
  for (let bit = 0; bit < FILE.length * 8; bit += 1) {
    const bytes = changed((copy) => {
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    });
    expect(readFrames(bytes).damagedAt).toBe([0, ...ENDS].findLast((end) => end <= bit >> 3));
  }
});

test.each([
  ['a sector of the last frame', changed((bytes) => bytes.fill(0, 1_536, 2_048))],
  ['all but the first sector of the last frame', changed((bytes) => bytes.fill(0, 1_024))],
  ['the last frame', changed((bytes) => bytes.fill(0, LAST_FROM))],
  ['the head of the last frame and its first sector', changed((bytes) => bytes.fill(0, LAST_FROM, 1_024))],
  [
    'more than the last frame',
    Buffer.concat([changed((bytes) => bytes.fill(0, LAST_FROM)), Buffer.alloc(3_000)]),
  ],
])('zeros in place of %s are a torn tail', (_, bytes) => {
  const { payloads, tornBytes, damagedAt } = readFrames(bytes);
  expect({ payloads, damagedAt }).toStrictEqual({ payloads: PAYLOADS.slice(0, 3), damagedAt: undefined });
  expect(tornBytes).toBe(bytes.length - LAST_FROM);
});

test.each([
  ['a sector of a frame that others follow', changed((bytes) => bytes.fill(0, 512, 752)), ENDS[0]],
  ['a part of a sector', changed((bytes) => bytes.fill(0, 1_100, 1_200)), LAST_FROM],
])('zeros in place of %s are damage', (_, bytes, at) => {
  expect(readFrames(bytes).damagedAt).toBe(at);
});

test('a sector that is zeros by chance does not make damage elsewhere look torn', () => {
  const ending = Buffer.concat([Buffer.alloc(500, 1), Buffer.alloc(1)]);
  const bytes = Buffer.from(frameOf(ending));
  expect(readFrames(bytes).payloads).toStrictEqual([ending]);
  bytes[100] = 2;
  expect(readFrames(bytes).damagedAt).toBe(0);
});

test.each([
  ['text', Buffer.from('this is not a journal, it is a letter to somebody')],
  ['a frame whose length nobody would write', Buffer.alloc(64, 0xff)],
])('%s is damage from the start', (_, bytes) => {
  expect(readFrames(bytes)).toStrictEqual({ payloads: [], tornBytes: 0, damagedAt: 0 });
});
