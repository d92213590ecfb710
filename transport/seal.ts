import {
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { RegionId } from '../crdt/index.ts';

/** Shortest cluster key in bytes: below the 128 bits of the code, the key would be what one guesses. */
export const KEY_BYTES_MIN = 16;

/** First byte of every frame, "H", so that a stray connection is told from an old version. */
const MAGIC = 0x48;

/** Second byte: what a reader must know to read on. */
const VERSION = 2;

const HEAD_BYTES = 2;

/** Bytes of HMAC-SHA256 that travel: half of it, the least that RFC 2104 §5 advises. */
const CODE_BYTES = 16;

const COVERED_FROM = HEAD_BYTES + CODE_BYTES;

/** Offsets in what is covered by the code: whether a signature follows, the stream, the number in it, the recipient's length, the recipient. */
const SIGNED_AT = 0;
const STREAM_AT = 1;
const NUMBER_AT = 7;
const RECIPIENT_AT = 13;
const COVERED_BYTES_MIN = 14;

const STREAM_BYTES = 6;
const SIGNATURE_BYTES = 64;

/** What seals and opens the frames of one region. */
export type SealKeys = {
  /** What all members share; at least `KEY_BYTES_MIN` bytes. */
  readonly key: Uint8Array;
  /** What others may still, or already, use in its place while it is changed. */
  readonly acceptedKeys?: readonly Uint8Array[];
  /** This region's own Ed25519 key; with it its frames are signed. */
  readonly signingKey?: KeyObject | undefined;
  /** By region its 32-byte Ed25519 public keys: frames of those that have any must be signed by one of them. */
  readonly publicKeys?: ReadonlyMap<RegionId, readonly Uint8Array[]>;
};

/** Where a frame stands among those of one process: each number is used once in its stream. */
export type Serial = { readonly stream: number; readonly number: number };

/** A frame that somebody with the key of the cluster made. */
export type Opened = Serial & {
  readonly payload: Uint8Array;
  /** The region that it is for; undefined where it is for all. */
  readonly to: string | undefined;
  /** Whether the region may have made it: it needs no signature, or this is one of its own. */
  isBy(region: RegionId): boolean;
};

/**
 * Seals payloads and opens what was sealed. A frame is: magic, version, 16 bytes of HMAC-SHA256 (RFC 2104) over all other bytes, whether a
 * signature follows, 6 bytes of stream, 6 of a number, the recipient (a byte of length, its name), the payload, and the signature: Ed25519
 * (RFC 8032) over all but the code and itself. The code keeps strangers out, cheaply; the signature keeps members apart.
 */
export class Seal {
  readonly #stream = randomBytes(STREAM_BYTES).readUIntBE(0, STREAM_BYTES);
  #number = 0;
  #codeKeys: readonly [KeyObject, ...KeyObject[]];
  #signingKey: KeyObject | undefined;
  #publicKeys: ReadonlyMap<RegionId, readonly KeyObject[]>;

  /** Throws a `RangeError` when a key cannot be used. */
  constructor(keys: SealKeys) {
    const prepared = prepare(keys);
    this.#codeKeys = prepared.codeKeys;
    this.#signingKey = prepared.signingKey;
    this.#publicKeys = prepared.publicKeys;
  }

  /** Uses these keys from now on. Throws a `RangeError`, having changed nothing, when one cannot be used. */
  exchange(keys: SealKeys): void {
    const { codeKeys, signingKey, publicKeys } = prepare(keys);
    this.#codeKeys = codeKeys;
    this.#signingKey = signingKey;
    this.#publicKeys = publicKeys;
  }

  /** The frame of a payload, for one region or for all. */
  seal(payload: Uint8Array, to: RegionId | undefined): Uint8Array {
    const recipient = Buffer.from(to ?? '');
    const signatureBytes = this.#signingKey === undefined ? 0 : SIGNATURE_BYTES;
    const payloadFrom = COVERED_FROM + COVERED_BYTES_MIN + recipient.byteLength;
    const frame = Buffer.allocUnsafe(payloadFrom + payload.byteLength + signatureBytes);
    this.#number += 1;
    frame[0] = MAGIC;
    frame[1] = VERSION;
    frame[COVERED_FROM + SIGNED_AT] = Number(signatureBytes > 0);
    frame.writeUIntBE(this.#stream, COVERED_FROM + STREAM_AT, STREAM_BYTES);
    frame.writeUIntBE(this.#number, COVERED_FROM + NUMBER_AT, STREAM_BYTES);
    frame[COVERED_FROM + RECIPIENT_AT] = recipient.byteLength;
    frame.set(recipient, COVERED_FROM + COVERED_BYTES_MIN);
    frame.set(payload, payloadFrom);
    if (this.#signingKey !== undefined) {
      const signedTo = frame.byteLength - SIGNATURE_BYTES;
      frame.set(sign(null, signedBytes(frame, signedTo), this.#signingKey), signedTo);
    }
    frame.set(codeOf(frame, this.#codeKeys[0]), HEAD_BYTES);
    return frame;
  }

  /** What is in a frame, or why it is not looked into. Never throws. */
  open(bytes: Uint8Array): Opened | 'garbage' | 'version' | 'signature' {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (frame.byteLength <= COVERED_FROM || frame[0] !== MAGIC) return 'garbage';
    if (frame[1] !== VERSION) return 'version';
    const claimed = frame.subarray(HEAD_BYTES, COVERED_FROM);
    if (!this.#codeKeys.some((key) => timingSafeEqual(claimed, codeOf(frame, key)))) return 'signature';
    const isSigned = frame[COVERED_FROM + SIGNED_AT] === 1;
    const recipientBytes = frame[COVERED_FROM + RECIPIENT_AT] ?? 0;
    const payloadFrom = COVERED_FROM + COVERED_BYTES_MIN + recipientBytes;
    const payloadTo = frame.byteLength - (isSigned ? SIGNATURE_BYTES : 0);
    if (payloadFrom >= payloadTo) return 'garbage';
    const recipient = frame.toString('utf8', COVERED_FROM + COVERED_BYTES_MIN, payloadFrom);
    return {
      payload: frame.subarray(payloadFrom, payloadTo),
      to: recipient === '' ? undefined : recipient,
      stream: frame.readUIntBE(COVERED_FROM + STREAM_AT, STREAM_BYTES),
      number: frame.readUIntBE(COVERED_FROM + NUMBER_AT, STREAM_BYTES),
      isBy: (region) => this.#isBy(frame, isSigned, region),
    };
  }

  #isBy(frame: Buffer, isSigned: boolean, region: RegionId): boolean {
    const keys = this.#publicKeys.get(region) ?? [];
    if (keys.length === 0) return true;
    if (!isSigned) return false;
    const signedTo = frame.byteLength - SIGNATURE_BYTES;
    const content = signedBytes(frame, signedTo);
    return keys.some((key) => verify(null, content, key, frame.subarray(signedTo)));
  }
}

/** The 32 bytes of an Ed25519 key that others may know. Throws where it is no such key. */
export function publicBytesOf(signingKey: KeyObject): Uint8Array {
  if (signingKey.asymmetricKeyType !== 'ed25519') throw new RangeError('not an Ed25519 key');
  const { x = '' } = createPublicKey(signingKey).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

function prepare({ key, acceptedKeys = [], signingKey, publicKeys = new Map() }: SealKeys) {
  const [first, ...others] = [key, ...acceptedKeys].map((bytes) => {
    if (bytes.byteLength < KEY_BYTES_MIN)
      throw new RangeError(`cluster key is shorter than ${KEY_BYTES_MIN} bytes`);
    return createSecretKey(bytes);
  });
  if (first === undefined) throw new RangeError('no cluster key');
  if (signingKey !== undefined) publicBytesOf(signingKey);
  const known = [...publicKeys].map(([region, keys]) => [region, keys.map(publicKeyOf)] as const);
  return { codeKeys: [first, ...others] as const, signingKey, publicKeys: new Map(known) };
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function codeOf(frame: Buffer, key: KeyObject): Uint8Array {
  const hmac = createHmac('sha256', key);
  hmac.update(frame.subarray(0, HEAD_BYTES));
  hmac.update(frame.subarray(COVERED_FROM));
  return hmac.digest().subarray(0, CODE_BYTES);
}

function signedBytes(frame: Buffer, to: number): Buffer {
  return Buffer.concat([frame.subarray(0, HEAD_BYTES), frame.subarray(COVERED_FROM, to)]);
}
