import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Packr, Unpackr } from 'msgpackr';
import { isRegionId, type RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import { fromFields, toFields } from './message-fields.ts';

/**
 * Largest frame in bytes: a 256 KiB chunk of rows, and 16 KiB for the envelope around it and for the row that filled it up.
 * NATS servers take 1 MiB by default.
 */
export const FRAME_BYTES_MAX = (256 + 16) * 1024;

/** Shortest cluster key in bytes: below the 128 bits of the signature, the key would be what one guesses. */
export const KEY_BYTES_MIN = 16;

/** First byte of every frame, "H", so that a stray connection is told from an old version. */
const MAGIC = 0x48;

/** Second byte: what a reader must know to read on. */
const VERSION = 1;

/** Bytes of HMAC-SHA256 that travel: half of it, the least that RFC 2104 §5 advises. */
const SIGNATURE_BYTES = 16;

const SIGNED_FROM = 2;
const PAYLOAD_FROM = SIGNED_FROM + SIGNATURE_BYTES;

/** Why a frame was refused. */
export type Rejection = 'garbage' | 'version' | 'signature' | 'too_large' | 'shape' | 'environment';

/** A message and the region that signed for it. */
export type Received = { readonly from: RegionId; readonly message: Message };

/** Turns one region's messages into frames, and frames of its cluster and environment into messages. */
export type Codec = {
  readonly region: RegionId;
  readonly environment: string;
  /** The frame of a message; undefined when it would be larger than `FRAME_BYTES_MAX`. */
  encode(message: Message): Uint8Array | undefined;
  /** What a frame says, or why it is refused. Never throws, and unpacks nothing that is not signed. */
  decode(frame: Uint8Array): Received | Rejection;
};

export type CodecOptions = {
  /** The region that messages are sent as. */
  readonly region: RegionId;
  /** Keeps clusters apart that share a medium; named like a region. */
  readonly environment: string;
  /** What all members share; at least `KEY_BYTES_MIN` bytes. */
  readonly key: Uint8Array;
};

/**
 * A frame is: magic, version, 16 bytes of HMAC-SHA256 (RFC 2104) over these two and the payload, and the payload: MessagePack of
 * `[environment, from, message]` of arrays, but for the members and limits of a configuration. Throws a `RangeError` when a name or the key cannot be used.
 */
export function createCodec({ region, environment, key }: CodecOptions): Codec {
  if (!isRegionId(region)) throw new RangeError(`not a region name: ${region}`);
  if (!isRegionId(environment)) throw new RangeError(`not an environment name: ${environment}`);
  if (key.byteLength < KEY_BYTES_MIN)
    throw new RangeError(`cluster key is shorter than ${KEY_BYTES_MIN} bytes`);
  const secret = createSecretKey(key);
  // Nothing is shared between frames: each can be read alone, in any order. The only objects are a configuration's, whose schema
  // knows every field; the packer itself renames keys that would reach a prototype.
  const packr = new Packr({ useRecords: false, mapsAsObjects: false, moreTypes: false });
  const unpackr = new Unpackr({
    useRecords: false,
    mapsAsObjects: true,
    structuredClone: false,
    copyBuffers: true,
  });
  return {
    region,
    environment,
    encode(message) {
      const payload = packr.pack([environment, region, toFields(message)]);
      if (PAYLOAD_FROM + payload.byteLength > FRAME_BYTES_MAX) return undefined;
      return frameOf(payload, secret);
    },
    decode(frame) {
      const payload = openFrame(frame, secret);
      return typeof payload === 'string' ? payload : readPayload(payload, unpackr, environment);
    },
  };
}

function frameOf(payload: Uint8Array, secret: KeyObject): Uint8Array {
  const frame = Buffer.allocUnsafe(PAYLOAD_FROM + payload.byteLength);
  frame[0] = MAGIC;
  frame[1] = VERSION;
  frame.set(payload, PAYLOAD_FROM);
  frame.set(signatureOf(frame, secret), SIGNED_FROM);
  return frame;
}

function openFrame(frame: Uint8Array, secret: KeyObject): Uint8Array | Rejection {
  if (frame.byteLength > FRAME_BYTES_MAX) return 'too_large';
  if (frame.byteLength <= PAYLOAD_FROM || frame[0] !== MAGIC) return 'garbage';
  if (frame[1] !== VERSION) return 'version';
  const claimed = frame.subarray(SIGNED_FROM, PAYLOAD_FROM);
  if (!timingSafeEqual(claimed, signatureOf(frame, secret))) return 'signature';
  return frame.subarray(PAYLOAD_FROM);
}

function signatureOf(frame: Uint8Array, secret: KeyObject): Uint8Array {
  const hmac = createHmac('sha256', secret);
  hmac.update(frame.subarray(0, SIGNED_FROM));
  hmac.update(frame.subarray(PAYLOAD_FROM));
  return hmac.digest().subarray(0, SIGNATURE_BYTES);
}

function readPayload(payload: Uint8Array, unpackr: Unpackr, environment: string): Received | Rejection {
  let envelope: unknown;
  try {
    // Of a Buffer msgpackr would make Buffers, and nobody above should see which one it was.
    envelope = unpackr.unpack(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
  } catch {
    return 'garbage';
  }
  if (!Array.isArray(envelope) || envelope.length !== 3) return 'shape';
  const [named, from, fields]: readonly unknown[] = envelope;
  if (typeof named !== 'string' || typeof from !== 'string' || !isRegionId(from)) return 'shape';
  if (named !== environment) return 'environment';
  const message = fromFields(fields);
  return message === undefined ? 'shape' : { from, message };
}
