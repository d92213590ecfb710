/** Every hard cap of the HTTP interface, with its unit and its reason. */
import { EPOCH_MS } from '../../bounds.ts';
import { invariant } from '../../invariant.ts';

/** Largest request body in bytes: sixteen dimensions of full length fit four times over. */
export const BODY_BYTES_MAX = 64 * 1024;

/** Requests in one batch. */
export const BATCH_ITEMS_MAX = 1_000;

/** Largest body of a batch in bytes: a kibibyte for each request, of which most take a tenth. */
export const BATCH_BYTES_MAX = 1024 * 1024;

/** Largest body with limits in bytes: as much as a limits file may have. */
export const LIMITS_BYTES_MAX = 8 * 1024 * 1024;

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

/** A block of permits is at most one in so many of what a region has left, beyond what is needed at once. */
export const BLOCK_ONE_IN = 4;

/** For how long, in milliseconds, a block may be spent at most: what its holder does not need is missing elsewhere meanwhile. */
export const LEASE_MS_MAX = 10_000;

/** Where no limit counts, a block is good for the rest of a second: limits are adopted by the epoch. */
export const NO_LIMIT_MS = EPOCH_MS;

/** Blocks remembered at one time, at some 600 bytes each, so that they can come back; beyond it the oldest cannot. */
export const BLOCKS_MAX = 100_000;

/** For how long, in milliseconds, limits of which no blocks are given need not be asked about again, and at least. */
export const UNLEASABLE_MS = 10_000;
export const UNLEASABLE_MS_MIN = 100;

/** Problems of limits listed in one answer: all that are found in a file. */
export const LIMIT_PROBLEMS_LISTED_MAX = 1_001;

/** Entries of the audit log in one answer, unless asked for more, and at most. */
export const AUDIT_ENTRIES_LISTED = 100;
export const AUDIT_ENTRIES_LISTED_MAX = 1_000;

/** Longest part of a path that stands for a name, in characters. */
export const NAME_CHARS_MAX = 512;

/** Characters of a caller's own text that an error repeats. */
export const ECHO_CHARS_MAX = 64;

/** Matched limits named in the RateLimit fields, the most restrictive first; proxies refuse large heads. */
export const RATE_LIMIT_ITEMS_MAX = 8;

/** For how long, in milliseconds, a request id gets the answer it got first. */
export const REPLAY_MS = 60_000;

/** Request ids remembered at one time, at some 500 bytes each; beyond it those least recently seen are forgotten early. */
export const REPLAY_IDS_MAX = 100_000;

/**
 * Requests that one read from a connection may hold. A client that sends more before it has read an answer is told to close after
 * this many: one read holds a thousand, and whatever it holds is decided before anyone else has a turn.
 */
export const PIPELINED_MAX = 64;

/** Bytes of answers that may wait for a connection to take them before nothing more is read from it: fewer than so many answers have. */
export const ANSWERS_BYTES_MAX = 16 * 1024;

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

/** How long, in milliseconds, a connection with a request under way may stand still: nothing heard from it and no answer taken by it. */
export const STALLED_MS = 30_000;

/** How long, in milliseconds, requests in flight may take to finish once the server stops. */
export const DRAIN_MS = 5_000;

/** How often, in milliseconds, connections that have finished are closed meanwhile. */
export const DRAIN_SWEEP_MS = 50;

/** Seconds after which a caller that met a starting or draining region should ask again. */
export const UNAVAILABLE_RETRY_SECONDS = 1;

/** Listeners to `/v1/events`; each costs a socket and a copy of what waits for it. */
export const LISTENERS_MAX = 64;

/** Bytes of events that may wait for a listener that does not read them before it is let go: many seconds of a busy cluster. */
export const UNREAD_EVENTS_BYTES_MAX = 1024 * 1024;

/** How long, in milliseconds, one listener is told: it comes again by itself, and must show its token again. */
export const LISTENING_MS_MAX = 600_000;

/** How soon, in milliseconds, a listener that was let go should come again. */
export const LISTENING_AGAIN_MS = 1_000;

invariant(TARGET_BYTES_MAX < HEAD_BYTES_MAX, 'a long target is told apart from long header fields');
invariant(HEAD_TIMEOUT_MS <= REQUEST_TIMEOUT_MS, 'the head is part of the request');

/** How far back throttling is told of, in milliseconds: as far as it is remembered. */
export const THROTTLING_SINCE_MS_MAX = 900_000;

/** Keys of one limit of which every region's use is told: each is a look into the books. */
export const THROTTLING_KEYS_MAX = 5;
