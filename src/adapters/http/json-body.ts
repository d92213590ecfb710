import { isUtf8 } from 'node:buffer';
import { HeadgateError } from '../../errors.ts';

/**
 * Parses a request body as JSON. Unlike `buffer.toString()`, bytes that are not UTF-8 are refused instead of replaced, since two
 * texts that differ only there would become one. `__proto__` comes out as an own property, for the schema to refuse.
 * Throws `HeadgateError` `malformed_json`, or `unsupported_media_type` when the body is encoded.
 */
export function parseJsonBody(body: Buffer, contentEncoding: string | undefined): unknown {
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new HeadgateError('unsupported_media_type', {
      detail: 'Send the body without a content encoding.',
    });
  }
  if (body.length === 0)
    throw new HeadgateError('malformed_json', { detail: 'The body is empty. Send one JSON object.' });
  if (!isUtf8(body)) throw new HeadgateError('malformed_json', { detail: 'The body is not UTF-8.' });
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (cause) {
    throw new HeadgateError('malformed_json', { detail: positionIn(cause), cause });
  }
}

/** The parser's own words say where and repeat a piece of the body; only the position goes to the caller. */
function positionIn(cause: unknown): string {
  const position = cause instanceof Error ? /at position (\d+)/.exec(cause.message)?.[1] : undefined;
  return position === undefined
    ? 'The body is not JSON.'
    : `The body is not JSON, from character ${position} on.`;
}
