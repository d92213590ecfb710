import { isUtf8 } from 'node:buffer';
import { HeadgateError } from '../../errors.ts';
import { duplicateName } from './duplicate-names.ts';
import { echo } from './plain-text.ts';

/** What is said to a POST without a body. */
export const NO_BODY =
  'There is no body. Send a JSON object such as {"resource":"api.orders.create"}, or ask in the query with GET.';

/**
 * Parses a request body as JSON. Unlike `buffer.toString()`, bytes that are not UTF-8 are refused instead of replaced, since two
 * texts that differ only there would become one; so is a name that comes twice in one object, as nobody knows which is meant.
 * `__proto__` comes out as an own property, for the schema to refuse.
 * Throws `HeadgateError` `malformed_json`, or `unsupported_media_type` when the body is encoded.
 */
export function parseJsonBody(body: Buffer, contentEncoding: string | undefined): unknown {
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new HeadgateError('unsupported_media_type', {
      detail: 'Send the body without a content encoding.',
    });
  }
  if (body.length === 0) throw new HeadgateError('malformed_json', { detail: NO_BODY });
  if (!isUtf8(body)) throw new HeadgateError('malformed_json', { detail: 'The body is not UTF-8.' });
  const text = body.toString();
  const value = parse(text);
  const duplicate = duplicateName(text, value);
  if (duplicate === undefined) return value;
  throw new HeadgateError('malformed_json', {
    detail: `The name ${echo(duplicate)} is given twice in one object.`,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
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
