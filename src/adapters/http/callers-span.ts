import type { SpanLink } from '../../ports.ts';

/** Version, trace, parent and flags; later versions may say more after that. Source: W3C Trace Context, §3.2. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-|$)/;

/** Longer ones are of no version that is known. */
const TRACEPARENT_CHARS_MAX = 128;

const SAMPLED = 1;

/**
 * The caller's own span, as its `traceparent` header field names it: what metrics point to where no span is recorded here. Undefined unless it
 * is a valid one whose trace is sampled, for nobody could look at another.
 */
export function callersSpan(traceparent: string | readonly string[] | undefined): SpanLink | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > TRACEPARENT_CHARS_MAX) return undefined;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return (Number.parseInt(flags, 16) & SAMPLED) === 0 ? undefined : { traceId, spanId };
}
