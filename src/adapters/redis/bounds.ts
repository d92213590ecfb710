/** How long a turn is kept for a speaker that is not heard, in milliseconds. */
export const SEAT_KEPT_MS = 1_500;

/** How long a block may lie in the pool at all, in milliseconds; the speaker takes out sooner what nobody comes for. */
export const POOL_KEPT_MS = 60_000;

/** Failures in a row after which no command is tried for a while, and how long that is in milliseconds. */
export const BREAKER_FAILURES = 5;
export const BREAKER_OPEN_MS = 500;

/** Largest message between nodes that is read, in bytes. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
