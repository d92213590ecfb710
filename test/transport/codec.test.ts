import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { createCodec, FRAME_BYTES_MAX } from '../../transport/codec.ts';
import { KEY_BYTES_MIN } from '../../transport/seal.ts';
import { anyMessage, heartbeat, repairOf } from './messages.ts';

const key = Buffer.alloc(32, 7);
const codec = createCodec({ region: 'us-east', environment: 'test', key });
const LEDGER = '0123456789abcdef';

/** A frame that is well signed, whatever it says: what a broken or hostile member could send. */
function signed(payload: Uint8Array, version = 2, serial = Buffer.alloc(12)): Uint8Array {
  const head = Buffer.from([0x48, version]);
  const covered = Buffer.concat([Buffer.of(0), serial, Buffer.of(0), payload]);
  const code = createHmac('sha256', key).update(head).update(covered).digest().subarray(0, 16);
  return Buffer.concat([head, code, covered]);
}

function packed(value: unknown): Uint8Array {
  return signed(new Packr({ useRecords: false }).pack(value));
}

function encoded(message: Parameters<typeof codec.encode>[0]): Uint8Array {
  const frame = codec.encode(message);
  if (frame === undefined) throw new Error('message does not fit into a frame');
  return frame;
}

describe('round trip', () => {
  test('every message comes out as it went in, with the region that sent it', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(codec.decode(encoded(message))).toMatchObject({ from: 'us-east', message });
      }),
      { numRuns: 500 },
    );
  });

  test('the wire format is this one', () => {
    const frame = Buffer.from(encoded({ kind: 'ask', buckets: [0, 255] }));
    const payload = ['93', 'a474657374', 'a775732d65617374', '92', '03', '92', '00', 'ccff'].join('');
    expect(frame.subarray(0, 2).toString('hex')).toBe('4802');
    expect(frame.subarray(32).toString('hex')).toBe(payload);
    expect(frame).toStrictEqual(signed(Buffer.from(payload, 'hex'), 2, frame.subarray(19, 31)));
  });

  test('a heartbeat of a small cluster is a few hundred bytes', () => {
    expect(encoded(heartbeat(1)).byteLength).toBeLessThan(300);
  });

  test('frames stand alone: they are read in any order, and by a codec that has read nothing before', () => {
    const frames = [1, 2, 3].map((sequence) => encoded(heartbeat(sequence)));
    for (const [at, frame] of [...frames.entries()].reverse()) {
      const fresh = createCodec({ region: 'eu-west', environment: 'test', key });
      expect(fresh.decode(frame)).toMatchObject({ message: { sequence: at + 1 } });
    }
  });

  test('reading keeps no hold on the bytes that were read', () => {
    const message = {
      kind: 'digest',
      ledger: LEDGER,
      sequence: 1,
      closingAfter: 2,
      buckets: new Uint8Array(2_048).fill(9),
    } as const;
    const frame = encoded(message);
    const received = codec.decode(frame);
    frame.fill(0);
    expect(received).toMatchObject({ from: 'us-east', message });
  });

  test('a message beyond the bound has no frame', () => {
    expect(codec.encode(repairOf(8_000))).toBeUndefined();
    expect(codec.encode(repairOf(7_000))?.byteLength).toBeGreaterThan(240 * 1024);
  });
});

describe('refused', () => {
  const row = ['key', 1, 2];
  const group = [`us-east@${LEDGER}`, 'limit', [row]];
  const fields = [4, [group]];
  const delta = (groups: unknown, demand: unknown = []) => [
    'test',
    'us-east',
    [1, LEDGER, 1, 1, groups, demand],
  ];
  const pull = (...want: unknown[]) => ['test', 'us-east', [6, [want]]];

  test('the base that the tables below vary is accepted', () => {
    expect(codec.decode(packed(['test', 'us-east', fields]))).toHaveProperty('from', 'us-east');
    expect(codec.decode(packed(delta([group])))).toHaveProperty('from', 'us-east');
    expect(codec.decode(packed(pull('limit', 1, 'key', 5, 2.5, true)))).toHaveProperty('from', 'us-east');
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'garbage'],
    ['one byte', Buffer.from([0x48]), 'garbage'],
    ['a header and no payload', signed(Buffer.alloc(0)), 'garbage'],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), 'garbage'],
    ['a next version', signed(Buffer.from([0xc0]), 3), 'version'],
    ['no version', signed(Buffer.from([0xc0]), 0), 'version'],
    [
      'a signature by another key',
      createCodec({ region: 'us-east', environment: 'test', key: Buffer.alloc(16) }).encode(heartbeat(1)) ??
        Buffer.alloc(0),
      'signature',
    ],
    ['more than a frame', Buffer.alloc(FRAME_BYTES_MAX + 1, 0x48), 'too_large'],
    ['signed bytes that are no MessagePack', signed(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])), 'garbage'],
    ['two values in one payload', signed(Buffer.from([0xc0, 0xc0])), 'garbage'],
    ['a pointer into itself', signed(Buffer.from([0xd6, 0x70, 0, 0, 0, 1])), 'garbage'],
    ['arrays nested beyond the stack', signed(Buffer.alloc(200_000, 0x91)), 'garbage'],
    ['another environment', packed(['staging', 'us-east', fields]), 'environment'],
  ])('%s', (_name, frame, reason) => {
    expect(codec.decode(frame)).toBe(reason);
  });

  test.each([
    ['no envelope', null],
    ['an envelope of four', ['test', 'us-east', fields, 1]],
    ['an environment that is a number', [1, 'us-east', fields]],
    ['a sender that is no region', ['test', 'US EAST', fields]],
    ['a sender that is a prototype', ['test', '__proto__', fields]],
    ['a message that is a map', ['test', 'us-east', { kind: 'repair', groups: [] }]],
    ['a map with a prototype in it', ['test', 'us-east', JSON.parse('{"__proto__":{"polluted":1}}')]],
    ['a kind nobody knows', ['test', 'us-east', [99, []]]],
    ['a kind below zero', ['test', 'us-east', [-1, []]]],
    ['a kind with a fraction', ['test', 'us-east', [0.5, []]]],
    ['a field too few', ['test', 'us-east', [4]]],
    ['a field too many', ['test', 'us-east', [...fields, 1]]],
    ['groups that are no array', ['test', 'us-east', [4, 'groups']]],
    ['an actor without a life', delta([['us-east', 'limit', [row]]])],
    ['a limit without a name', delta([[group[0], '', [row]]])],
    ['a limit with an endless name', delta([[group[0], 'l'.repeat(257), [row]]])],
    ['a key beyond its bound', delta([[group[0], 'limit', [['k'.repeat(4_353), 1, 2]]]])],
    ['a row of two', delta([[group[0], 'limit', [['key', 1]]]])],
    ['a row of six', delta([[group[0], 'limit', [['key', 1, 2, [], 0, 0]]]])],
    ['a row with a hole', delta([[group[0], 'limit', [['key', 1, 2, null]]]])],
    ['a negative count', delta([[group[0], 'limit', [['key', 1, -2]]]])],
    ['a count with a fraction', delta([[group[0], 'limit', [['key', 1, 2.5]]]])],
    ['a count that is no number', delta([[group[0], 'limit', [['key', 1, Number.NaN]]]])],
    ['an endless count', delta([[group[0], 'limit', [['key', 1, Number.POSITIVE_INFINITY]]]])],
    ['a count beyond safe integers', delta([[group[0], 'limit', [['key', 1, 2 ** 53]]]])],
    ['a count of 64 bits', delta([[group[0], 'limit', [['key', 1, 2n ** 60n]]]])],
    ['a gift to nobody', delta([[group[0], 'limit', [['key', 1, 2, [['eu-west', 1]]]]]])],
    ['demand for nothing', delta([group], [['limit', 'key']])],
    ['a want of half a permit', pull('limit', 1, 'key', 0.5, 2.5, true)],
    ['a want that is not sure', pull('limit', 1, 'key', 5, 2.5, null)],
    ['a ledger of capitals', ['test', 'us-east', [1, LEDGER.toUpperCase(), 1, 1, [], []]]],
    ['a digest that is too short', ['test', 'us-east', [2, LEDGER, 1, 1, new Uint8Array(2_047)]]],
    ['a digest that is text', ['test', 'us-east', [2, LEDGER, 1, 1, 'x'.repeat(2_048)]]],
    ['a bucket that does not exist', ['test', 'us-east', [3, [256]]]],
    ['a bucket asked for twice', ['test', 'us-east', [3, [7, 7]]]],
    ['a part without end', ['test', 'us-east', [5, 65_536, true, [], []]]],
    ['a last part that is a number', ['test', 'us-east', [5, 0, 1, [], []]]],
    ['votes in other letters', ['test', 'us-east', [5, 0, true, [['us-east', 'eu-west', 1, 'OX']], []]]],
    ['votes without letters', ['test', 'us-east', [5, 0, true, [['us-east', 'eu-west', 1, '']], []]]],
    [
      'votes without end',
      ['test', 'us-east', [5, 0, true, [['us-east', 'eu-west', 1, 'O'.repeat(513)]], []]],
    ],
    [
      'votes that end in a new line',
      ['test', 'us-east', [5, 0, true, [['us-east', 'eu-west', 1, 'O\n']], []]],
    ],
  ])('%s', (_name, envelope) => {
    expect(codec.decode(packed(envelope))).toBe('shape');
  });

  test('a key that is not well-formed text', () => {
    // 0xed 0xa0 0x80 would be a lone surrogate; it must never come out as one, nor as the key of somebody else.
    const payload = new Packr({ useRecords: false }).pack(delta([[group[0], 'limit', [['abXYZ', 1, 2]]]]));
    payload.set([0xed, 0xa0, 0x80], payload.indexOf('XYZ'));
    const received = codec.decode(signed(payload));
    expect(received === 'shape' || !JSON.stringify(received).includes('\\ud800')).toBe(true);
  });

  test('nothing of it touches a prototype', () => {
    codec.decode(packed(['test', 'us-east', [4, JSON.parse('[{"__proto__":{"polluted":1}}]')]]));
    expect({}).not.toHaveProperty('polluted');
    const limit = ['__proto__', 'constructor', 'prototype'];
    const message = {
      kind: 'repair',
      groups: limit.map((name) => [`us-east@${LEDGER}` as const, name, [[name, 1, 1] as const]] as const),
    } as const;
    expect(codec.decode(encoded(message))).toMatchObject({ from: 'us-east', message });
  });
});

describe('fuzz', () => {
  test('random bytes are never a message, signed or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(typeof codec.decode(bytes)).toBe('string');
        expect(typeof codec.decode(signed(bytes))).toBe('string');
      }),
      { numRuns: 1_000 },
    );
  });

  test('a frame with any bit flipped is refused', () => {
    const frame = encoded(heartbeat(3));
    for (let bit = 0; bit < frame.byteLength * 8; bit += 1) {
      const bent = Uint8Array.from(frame);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codec.decode(bent)).toBeTypeOf('string');
    }
  });

  test('a frame that is cut or lengthened is refused', () => {
    const frame = encoded(heartbeat(3));
    for (let bytes = 0; bytes < frame.byteLength; bytes += 1) {
      expect(codec.decode(frame.subarray(0, bytes))).toBeTypeOf('string');
    }
    expect(codec.decode(Buffer.concat([frame, Buffer.from([0])]))).toBe('signature');
  });

  test('a payload that is bent and signed anew is a message within bounds, or none', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, mask) => {
        const payload = Uint8Array.from(encoded(message).subarray(18));
        const place = at % payload.byteLength;
        payload[place] = (payload[place] ?? 0) ^ mask;
        const received = codec.decode(signed(payload));
        if (typeof received === 'string') return;
        // What is accepted can be said again: it was a whole message, and not something that looks like one.
        expect(codec.decode(encoded(received.message))).toStrictEqual({ ...received, from: 'us-east' });
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each([
  ['a short key', { region: 'us-east', environment: 'test', key: Buffer.alloc(KEY_BYTES_MIN - 1) }],
  ['a region that is no name', { region: 'US', environment: 'test', key }],
  ['an environment that would be several subjects', { region: 'us-east', environment: 'a.b', key }],
])('no codec with %s', (_name, options) => {
  expect(() => createCodec(options)).toThrow(RangeError);
});
