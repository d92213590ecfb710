import { ECHO_CHARS_MAX, TEXT_BYTES_MAX } from './bounds.ts';

/** What texts in requests must be, for schemas and for people. */
export const PLAIN_TEXT = `text of 1 to ${TEXT_BYTES_MAX} bytes of UTF-8 without control characters`;

/**
 * Whether `text` can name something everywhere it goes: not empty, within the bound, no control characters (NUL above all),
 * and no lone surrogates, which would turn into another text on the way to other regions.
 */
export function isPlainText(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > TEXT_BYTES_MAX) return false;
  let ascii = true;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return false;
    if (unit > 0x7f) ascii = false;
  }
  return ascii || (text.isWellFormed() && Buffer.byteLength(text) <= TEXT_BYTES_MAX);
}

/** A caller's own text, cut and quoted so that it can be repeated in an answer. */
export function echo(text: string): string {
  const cut = text.length > ECHO_CHARS_MAX;
  return JSON.stringify(cut ? `${text.slice(0, ECHO_CHARS_MAX)}…` : text);
}

/** What a value is, in words; never renders what is inside arrays and objects, which may be deep. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  if (value === '') return 'an empty text';
  const bytes = Buffer.byteLength(value);
  return bytes > TEXT_BYTES_MAX ? `a text of ${bytes} bytes` : `the text ${echo(value)}`;
}
