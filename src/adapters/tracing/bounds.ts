/** Every hard cap of tracing, with its unit and its reason. */

/** Spans that wait to be sent; at about a kilobyte each a few megabytes. What comes while they are full is dropped. */
export const SPANS_WAITING_MAX = 4_096;

/** Spans in one message to the collector. */
export const SPANS_PER_MESSAGE_MAX = 512;

/** How long spans wait for others to be sent with, in milliseconds. */
export const SEND_EVERY_MS = 2_000;

/** How long a collector may take, retries included, in milliseconds. */
export const SEND_TIMEOUT_MS = 10_000;

/** How long a coordinator that stops waits for the last spans to be sent, in milliseconds. */
export const STOP_MS = 2_000;

/** Decisions of one batch that have spans of their own. */
export const DECISION_SPANS_MAX = 64;
