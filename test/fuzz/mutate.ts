import type { Chance } from '../../simulations/chance.ts';

/** Longest input in bytes that is made of a valid one. */
const BYTES_MAX = 64 * 1024;

/** What parsers of all kinds have stumbled over. */
const TOKENS: readonly Buffer[] = [
  ...[
    '',
    '\0',
    '\r\n',
    '\r\n\r\n',
    '\n',
    ' ',
    '\t',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '%00',
    '%',
    '%zz',
    '../',
    '*',
  ],
  ...[
    '__proto__',
    'constructor',
    'null',
    'true',
    'NaN',
    '-1',
    '1e999',
    '0x10',
    '18446744073709551616',
    '9007199254740993',
  ],
  ...[
    'Content-Length: 0\r\n',
    'Content-Length: 99999999999\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...[
    '\ud800',
    '\u202e',
    '\ufeff',
    '\u{1f4a5}',
    '&a *a',
    '!!js/function',
    '<<: *a',
    '- - - -',
    '${',
    `$${'{HOME}'}`,
  ],
]
  .map((text) => Buffer.from(text, 'utf8'))
  .concat([
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xc1]),
  ]);

/** Spoils a valid input in one to eight places: bits, bytes, pieces, lengths, tokens, and pieces of another valid input. */
export function mutate(chance: Chance, input: Uint8Array, other: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(input);
  const times = 1 + chance.below(8);
  for (let time = 0; time < times; time += 1) bytes = mutateOnce(chance, bytes, other);
  return bytes.subarray(0, BYTES_MAX);
}

function mutateOnce(chance: Chance, bytes: Buffer, other: Uint8Array): Buffer {
  const at = chance.below(bytes.length + 1);
  const length = 1 + chance.below(chance.happens(0.8) ? 8 : 512);
  switch (chance.below(8)) {
    case 0:
      return spliced(bytes, { at, remove: 0, insert: chance.pick(TOKENS) });
    case 1:
      return spliced(bytes, { at, remove: length, insert: chance.pick(TOKENS) });
    case 2:
      return spliced(bytes, { at, remove: length, insert: Buffer.alloc(0) });
    case 3:
      return Buffer.from(bytes.subarray(0, at));
    case 4: {
      const piece = bytes.subarray(at, at + length);
      return spliced(bytes, {
        at,
        remove: 0,
        insert: Buffer.concat(Array(1 + chance.below(40)).fill(piece)),
      });
    }
    case 5: {
      const from = chance.below(other.length + 1);
      return spliced(bytes, { at, remove: 0, insert: Buffer.from(other.subarray(from, from + 64 * length)) });
    }
    default:
      return flipped(chance, bytes);
  }
}

function flipped(chance: Chance, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  const at = chance.below(bytes.length);
  const value = chance.happens(0.5) ? (bytes[at] ?? 0) ^ (1 << chance.below(8)) : chance.below(256);
  bytes[at] = value;
  return bytes;
}

function spliced(
  bytes: Buffer,
  { at, remove, insert }: { readonly at: number; readonly remove: number; readonly insert: Buffer },
): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}
