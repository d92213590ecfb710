import { Packr, Unpackr } from 'msgpackr';
import { isRegionId, type RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import { fromFields, toFields } from './message-fields.ts';
import { Seal, type SealKeys, type Serial } from './seal.ts';

/**
 * Largest frame in bytes: a 256 KiB chunk of rows, and 16 KiB for the envelope around it and for the row that filled it up.
 * NATS servers take 1 MiB by default.
 */
export const FRAME_BYTES_MAX = (256 + 16) * 1024;

/** Why a frame was refused. */
export type Rejection =
  | 'garbage'
  | 'version'
  | 'signature'
  | 'too_large'
  | 'shape'
  | 'environment'
  | 'recipient'
  | 'unproven';

/** A message, the region that it is from, and where its frame stands among those of that process. */
export type Received = { readonly from: RegionId; readonly message: Message; readonly serial: Serial };

/** Turns one region's messages into frames, and frames of its cluster and environment into messages. */
export type Codec = {
  readonly region: RegionId;
  readonly environment: string;
  /** The frame of a message, for one region or for all; undefined when it would be larger than `FRAME_BYTES_MAX`. */
  encode(message: Message, to?: RegionId | 'all'): Uint8Array | undefined;
  /** What a frame says, or why it is refused. Never throws, and unpacks nothing that no member has sealed. */
  decode(frame: Uint8Array): Received | Rejection;
  /** Uses these keys from now on. Throws a `RangeError`, having changed nothing, when one cannot be used. */
  exchange(keys: SealKeys): void;
};

export type CodecOptions = SealKeys & {
  /** The region that messages are sent as. */
  readonly region: RegionId;
  /** Keeps clusters apart that share a medium; named like a region. */
  readonly environment: string;
};

/**
 * A frame is a sealed payload (see `Seal`): MessagePack of `[environment, from, message]` of arrays, but for the members and limits of a
 * configuration. Throws a `RangeError` when a name or a key cannot be used.
 */
export function createCodec({ region, environment, ...keys }: CodecOptions): Codec {
  if (!isRegionId(region)) throw new RangeError(`not a region name: ${region}`);
  if (!isRegionId(environment)) throw new RangeError(`not an environment name: ${environment}`);
  const seal = new Seal(keys);
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
    encode(message, to = 'all') {
      const payload = packr.pack([environment, region, toFields(message)]);
      const frame = seal.seal(payload, to === 'all' ? undefined : to);
      return frame.byteLength > FRAME_BYTES_MAX ? undefined : frame;
    },
    decode(frame) {
      if (frame.byteLength > FRAME_BYTES_MAX) return 'too_large';
      const opened = seal.open(frame);
      if (typeof opened === 'string') return opened;
      const read = readPayload(opened.payload, unpackr, environment);
      if (typeof read === 'string') return read;
      if (!opened.isBy(read.from)) return 'unproven';
      if (opened.to !== undefined && opened.to !== region) return 'recipient';
      const { stream, number } = opened;
      return { ...read, serial: { stream, number } };
    },
    exchange: (changed) => seal.exchange(changed),
  };
}

function readPayload(
  payload: Uint8Array,
  unpackr: Unpackr,
  environment: string,
): Omit<Received, 'serial'> | Rejection {
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
