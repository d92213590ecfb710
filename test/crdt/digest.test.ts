import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, DIGEST_BUCKETS, Digest, fingerprint } from '../../crdt/index.ts';

const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.maxSafeNat()), {
  selector: ([name]) => name,
  maxLength: 30,
});

function digest(...parts: readonly (readonly (readonly [string, number])[])[]): Digest {
  const sum = new Digest();
  for (const part of parts) for (const [name, value] of part) sum.toggle(bucketOf(name), name, value);
  return sum;
}

test('the order of entries does not matter', () => {
  fc.assert(
    fc.property(entries, (all) => {
      expect(digest(all).differing(digest([...all].reverse()))).toEqual([]);
    }),
  );
});

test('an entry that is put in and taken out leaves no trace', () => {
  fc.assert(
    fc.property(entries, entries, (a, b) => {
      expect(digest(a, b, b).differing(digest(a))).toEqual([]);
    }),
  );
});

test('any change of one value shows, in the bucket of its name and no other', () => {
  fc.assert(
    fc.property(entries, fc.string(), fc.maxSafeNat(), fc.maxSafeNat(), (rest, name, from, to) => {
      fc.pre(from !== to);
      const before = digest(rest, [[name, from]]);
      expect(before.differing(digest(rest, [[name, to]]))).toEqual([bucketOf(name)]);
    }),
  );
});

test('combining joins disjoint sets, and is undone by combining again', () => {
  fc.assert(
    fc.property(entries, entries, (a, b) => {
      const sum = digest(a);
      sum.combine(digest(b));
      expect(sum.differing(digest(a, b))).toEqual([]);
      sum.combine(digest(b));
      expect(sum.differing(digest(a))).toEqual([]);
    }),
  );
});

test('bytes carry a digest over whole, and bytes of another length are refused', () => {
  fc.assert(
    fc.property(entries, (all) => {
      const bytes = digest(all).toBytes();
      expect(Digest.fromBytes(bytes)?.differing(digest(all))).toEqual([]);
      expect(Digest.fromBytes(bytes.subarray(1))).toBeUndefined();
    }),
  );
});

test('names spread evenly over the buckets', () => {
  const counts = new Array<number>(DIGEST_BUCKETS).fill(0);
  for (let at = 0; at < 100_000; at += 1)
    counts[bucketOf(`tenant-${at}`)] = (counts[bucketOf(`tenant-${at}`)] ?? 0) + 1;
  // 390 expected; six standard deviations of a fair spread.
  for (const count of counts) expect(Math.abs(count - 100_000 / DIGEST_BUCKETS)).toBeLessThan(120);
});

test('a fingerprint is the same on every machine', () => {
  expect([
    fingerprint('', 0),
    fingerprint('acme', 0),
    fingerprint('acme', 1),
    fingerprint('größe', 0),
  ]).toMatchInlineSnapshot(`
    [
      0,
      4038886792,
      4194447136,
      3311255827,
    ]
  `);
});
