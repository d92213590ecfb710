/** How many buckets a digest has: rows are spread over them, so that a difference names 1/256 of the rows. */
export const DIGEST_BUCKETS = 256;

const WORDS = DIGEST_BUCKETS * 2;

/**
 * An order-free fingerprint of a set of entries: each bucket is the exclusive-or of its entries' 64-bit hashes.
 * An entry is put in and taken out by the same call, so keeping a digest up to date costs nothing per entry that stays.
 */
export class Digest {
  readonly #words: Uint32Array;

  constructor(words: Uint32Array = new Uint32Array(WORDS)) {
    this.#words = words;
  }

  /** Puts the entry of that name and value (a non-negative integer) into a bucket, or takes it out when it is in. */
  toggle(bucket: number, name: string, value: number): void {
    const low = fingerprint(name, 0);
    const high = fingerprint(name, SECOND_SEED);
    const valueHigh = Math.floor(value / 0x1_0000_0000);
    this.#flip(bucket * 2, scramble(low, value >>> 0, valueHigh));
    this.#flip(bucket * 2 + 1, scramble(high, value >>> 0, valueHigh));
  }

  /** Joins a digest of other entries into this one; doing it twice takes them out again. */
  combine(other: Digest): void {
    for (let word = 0; word < WORDS; word += 1) this.#flip(word, other.#words[word] ?? 0);
  }

  /** The buckets in which the two differ, ascending. */
  differing(other: Digest): number[] {
    const buckets: number[] = [];
    for (let word = 0; word < WORDS; word += 2) {
      if (this.#words[word] !== other.#words[word] || this.#words[word + 1] !== other.#words[word + 1]) {
        buckets.push(word / 2);
      }
    }
    return buckets;
  }

  /** The digest as bytes, little-endian on every machine that reads them. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(WORDS * 4);
    const view = new DataView(bytes.buffer);
    for (let word = 0; word < WORDS; word += 1) view.setUint32(word * 4, this.#words[word] ?? 0, true);
    return bytes;
  }

  /** Reads what `toBytes` wrote; undefined when the length is wrong. */
  static fromBytes(bytes: Uint8Array): Digest | undefined {
    if (bytes.byteLength !== WORDS * 4) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const words = new Uint32Array(WORDS);
    for (let word = 0; word < WORDS; word += 1) words[word] = view.getUint32(word * 4, true);
    return new Digest(words);
  }

  #flip(word: number, bits: number): void {
    this.#words[word] = (this.#words[word] ?? 0) ^ bits;
  }
}

const SECOND_SEED = 0x9e3779b9;

/** The bucket for entries called `name`. */
export function bucketOf(name: string): number {
  return fingerprint(name, 0) % DIGEST_BUCKETS;
}

/** A 32-bit hash of `text`, the same on every machine. Source: MurmurHash3's mixing over UTF-16 units (public domain). */
export function fingerprint(text: string, seed: number): number {
  let hash = seed ^ text.length;
  for (let at = 0; at < text.length; at += 1) hash = mix(hash, text.charCodeAt(at));
  return finish(hash);
}

function scramble(hash: number, valueLow: number, valueHigh: number): number {
  return finish(mix(mix(hash, valueLow), valueHigh));
}

function mix(hash: number, unit: number): number {
  let k = Math.imul(unit, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
