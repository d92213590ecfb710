/** Every hard cap of the HTTP interface, with its unit and its reason. */
import { invariant } from '../../invariant.ts';

/** Largest request body in bytes: sixteen dimensions of full length fit four times over. */
export const BODY_BYTES_MAX = 64 * 1024;

/** Longest path and query in bytes: what common gateways let through. */
export const TARGET_BYTES_MAX = 8 * 1024;

/** Largest request line and header fields together in bytes; Node's own default, set so that it stays. */
export const HEAD_BYTES_MAX = 16 * 1024;

/** Longest resource, dimension name, dimension value and request id in bytes of UTF-8. */
export const TEXT_BYTES_MAX = 256;

/** Dimensions in one request. */
export const DIMENSIONS_MAX = 16;

/** Permits in one request. */
export const PERMITS_MAX = 1_000_000;

/** Field problems listed in one answer; further ones are counted only. */
export const PROBLEMS_LISTED_MAX = 20;

/** Characters of a caller's own text that an error repeats. */
export const ECHO_CHARS_MAX = 64;

/** Matched limits named in the RateLimit fields, the most restrictive first; proxies refuse large heads. */
export const RATE_LIMIT_ITEMS_MAX = 8;

/** For how long, in milliseconds, a request id gets the answer it got first. */
export const REPLAY_MS = 60_000;

/** Request ids remembered in one generation; there are two, of some 500 bytes an id. */
export const REPLAY_IDS_MAX = 50_000;

/** Time, in milliseconds, for the request line and header fields to arrive; a slow-loris gets no longer. */
export const HEAD_TIMEOUT_MS = 5_000;

/** Time, in milliseconds, for a whole request to arrive. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How long, in milliseconds, an idle connection stays open: longer than a load balancer's usual 60 s, so that it closes first. */
export const KEEP_ALIVE_MS = 72_000;

/** How often, in milliseconds, the time-outs above are looked at. */
export const TIMEOUT_CHECK_MS = 1_000;

/** Open connections; more are refused, each holds some 20 KiB. */
export const CONNECTIONS_MAX = 16_384;

/** How long, in milliseconds, a connection may say nothing at all; longer than it is kept alive. */
export const SILENCE_MS = KEEP_ALIVE_MS + 3_000;

/** How long, in milliseconds, requests in flight may take to finish once the server stops. */
export const DRAIN_MS = 5_000;

/** How often, in milliseconds, connections that have finished are closed meanwhile. */
export const DRAIN_SWEEP_MS = 50;

/** Seconds after which a caller that met a starting or draining region should ask again. */
export const UNAVAILABLE_RETRY_SECONDS = 1;

invariant(TARGET_BYTES_MAX < HEAD_BYTES_MAX, 'a long target is told apart from long header fields');
invariant(HEAD_TIMEOUT_MS <= REQUEST_TIMEOUT_MS, 'the head is part of the request');
