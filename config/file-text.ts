import { closeSync, openSync, readSync } from 'node:fs';

/** Reads a whole file. Throws when it cannot be read; may stop after `bytesMax + 1` bytes. */
export type ReadFile = (path: string, bytesMax: number) => Uint8Array;

/** The text of a file; or what is wrong with it, as it follows the file's name, and on which line if that can be told. */
export type FileText =
  | { readonly text: string }
  | { readonly wrong: string; readonly hint?: string; readonly line?: number };

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read',
  EISDIR: 'is a directory',
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
};

/** Reads a text file of at most `bytesMax` bytes of UTF-8. Never throws. */
export function readText(path: string, bytesMax: number, readFile: ReadFile = readFromDisk): FileText {
  let bytes: Uint8Array;
  try {
    bytes = readFile(path, bytesMax);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it fails';
    return { wrong: REASONS[code] ?? `cannot be read: ${code}` };
  }
  if (bytes.byteLength > bytesMax) {
    return { wrong: 'is too large', hint: `expected at most ${bytesMax} bytes` };
  }
  const text = decode(bytes);
  if (text !== undefined) return { text };
  return { wrong: 'is not UTF-8', hint: 'save it as UTF-8', line: firstBadLine(bytes) };
}

/** Reads in pieces, because what is no ordinary file does not say how long it is. */
function readFromDisk(path: string, bytesMax: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let bytes = 0; bytes <= bytesMax; ) {
      const piece = Buffer.alloc(Math.min(64 * 1024, bytesMax + 1 - bytes));
      const read = readSync(file, piece);
      if (read === 0) break;
      pieces.push(piece.subarray(0, read));
      bytes += read;
    }
    return Buffer.concat(pieces);
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, from);
    const end = newline < 0 ? bytes.length : newline;
    if (decode(bytes.subarray(from, end)) === undefined) return line;
    from = end + 1;
  }
  return line;
}
