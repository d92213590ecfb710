import { fingerprint } from '../crdt/index.ts';

const FIRST_SEED = 0x243f6a88;
const SECOND_SEED = 0x13198a2e;

/**
 * A hash over everything that happened, in order: two runs did the same exactly when their traces are equal.
 * 64 bits, mixed as in MurmurHash3; made to notice differences, not to resist attack.
 */
export class Trace {
  #low = FIRST_SEED;
  #high = SECOND_SEED;
  readonly #texts = new Map<string, number>();
  readonly #float = new Float64Array(1);
  readonly #words = new Uint32Array(this.#float.buffer);

  /** Takes in a number, every bit of it. */
  number(value: number): void {
    this.#float[0] = value;
    this.#word(this.#words[0] ?? 0);
    this.#word(this.#words[1] ?? 0);
  }

  /** Takes in a small whole number. */
  whole(value: number): void {
    this.#word(value | 0);
  }

  /** Takes in a text. */
  text(text: string): void {
    let hash = this.#texts.get(text);
    if (hash === undefined) {
      hash = fingerprint(text, FIRST_SEED);
      if (this.#texts.size < TEXTS_REMEMBERED) this.#texts.set(text, hash);
    }
    this.#word(hash);
  }

  /** Takes in plain data of any depth: what regions say to each other. */
  value(value: unknown): void {
    if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.text(value);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (Array.isArray(value)) {
      this.#word(value.length);
      for (const item of value) this.value(item);
    } else if (typeof value === 'object' && value !== null) {
      for (const name in value) {
        this.text(name);
        this.value((value as Record<string, unknown>)[name]);
      }
    } else this.text(String(value));
  }

  /** The trace so far, as 16 hex digits. */
  hex(): string {
    return [this.#low, this.#high].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #bytes(bytes: Uint8Array): void {
    this.#word(bytes.byteLength);
    for (const byte of bytes) this.#word(byte);
  }

  #word(word: number): void {
    this.#low = mix(this.#low, word, 0xcc9e2d51);
    this.#high = mix(this.#high, word ^ this.#low, 0x1b873593);
  }
}

const TEXTS_REMEMBERED = 4_096;

function mix(hash: number, word: number, factor: number): number {
  let k = Math.imul(word, factor);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x85ebca6b);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
