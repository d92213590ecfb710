import { crc32 } from 'node:zlib';
import { invariant } from '../../invariant.ts';
import { FRAME_BYTES_MAX } from './bounds.ts';

/** Bytes before a payload: its length, a CRC of that length, and a CRC of all that follows, each a big-endian u32. */
const HEAD_BYTES = 12;

/** The unit in which a disk writes: after a power failure some of these may have been written and others not. */
const SECTOR_BYTES = 512;

/** Frames begin and end at multiples of this, so that what a sector holds of one is never so little that it could be zeros by chance. */
const ALIGNED_TO_BYTES = 16;

/** What a frame is filled up with: anything but zeros. */
const FILLING = 0xa5;

/** What a file's bytes turned out to be. */
export type Frames = {
  readonly payloads: readonly Uint8Array[];
  /** Bytes after the last good frame, left by a write that was cut short. */
  readonly tornBytes: number;
  /** Where the file is damaged in a way that no interrupted write leaves; undefined when it is not. */
  readonly damagedAt: number | undefined;
};

/**
 * Wraps a payload, so that any damage to it shows. The length has a CRC of its own: a flipped bit in it would otherwise make
 * everything after it look like a write that was cut short.
 */
export function frameOf(payload: Uint8Array): Uint8Array {
  invariant(payload.byteLength > 0 && payload.byteLength <= FRAME_BYTES_MAX, 'a payload fits its frame');
  const frame = Buffer.allocUnsafe(frameBytes(payload.byteLength));
  frame.writeUInt32BE(payload.byteLength, 0);
  frame.writeUInt32BE(crc32(frame.subarray(0, 4)), 4);
  frame.set(payload, HEAD_BYTES);
  frame.fill(FILLING, HEAD_BYTES + payload.byteLength);
  frame.writeUInt32BE(crc32(frame.subarray(HEAD_BYTES)), 8);
  return frame;
}

/**
 * Reads frames up to the first bad one, and tells whether that one is the trace of an interrupted write (a torn tail) or damage.
 *
 * Every commit is one frame, flushed before the next is written, so only the last frame may be incomplete, and nobody relied on it.
 * It is torn when the file ends within it, or when a sector of it is all zeros, as one that was never written (etcd's `wal/decoder.go`
 * judges so too). Everything else is damage to what somebody may have relied on.
 */
export function readFrames(file: Uint8Array): Frames {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = payloadBytesAt(bytes, at);
    const end = length === undefined ? undefined : at + frameBytes(length);
    if (length === undefined || end === undefined || !isWhole(bytes, at, end)) {
      const isTorn = isTornTail(bytes, at, end);
      return { payloads, tornBytes: isTorn ? bytes.length - at : 0, damagedAt: isTorn ? undefined : at };
    }
    payloads.push(bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length));
    at = end;
  }
  return { payloads, tornBytes: 0, damagedAt: undefined };
}

function frameBytes(payloadBytes: number): number {
  return Math.ceil((HEAD_BYTES + payloadBytes) / ALIGNED_TO_BYTES) * ALIGNED_TO_BYTES;
}

/** The length of the payload whose frame begins at `at`; undefined when there is no whole head or it is not one. */
function payloadBytesAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < HEAD_BYTES) return undefined;
  const length = bytes.readUInt32BE(at);
  const isHead = crc32(bytes.subarray(at, at + 4)) === bytes.readUInt32BE(at + 4);
  return isHead && length > 0 && length <= FRAME_BYTES_MAX ? length : undefined;
}

function isWhole(bytes: Buffer, at: number, end: number): boolean {
  return end <= bytes.length && crc32(bytes.subarray(at + HEAD_BYTES, end)) === bytes.readUInt32BE(at + 8);
}

function isTornTail(bytes: Buffer, at: number, end: number | undefined): boolean {
  if (bytes.length - at < HEAD_BYTES) return true;
  if (end === undefined) return hasUnwrittenSector(bytes, at, at + HEAD_BYTES);
  return end > bytes.length || (end === bytes.length && hasUnwrittenSector(bytes, at, end));
}

/** Whether a sector's part of the bytes from `from` on, one that begins before `until`, is nothing but zeros. */
function hasUnwrittenSector(bytes: Buffer, from: number, until: number): boolean {
  for (let at = from; at < until; ) {
    const end = Math.min(bytes.length, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (bytes.subarray(at, end).every((byte) => byte === 0)) return true;
    at = end;
  }
  return false;
}
