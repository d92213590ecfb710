/** Every hard cap of the gRPC interface, with its unit and its reason. */
import { invariant } from '../../invariant.ts';

/**
 * Largest request in bytes: what a gateway makes of the longest headers it takes, several times over. More is refused, and a gateway
 * that lets requests pass when the service fails would let those pass.
 */
export const MESSAGE_BYTES_MAX = 512 * 1024;

/** Calls on one connection at a time; each is answered at once, so more only wait in another place. */
export const STREAMS_PER_CONNECTION_MAX = 1_000;

/** Descriptors in one request. */
export const DESCRIPTORS_MAX = 64;

/** Entries in one descriptor: as many dimensions as a limit can match. */
export const ENTRIES_MAX = 16;

/** Longest domain and descriptor key in bytes of UTF-8: what a limit can name. */
export const NAME_BYTES_MAX = 256;

/** Longest value in bytes of UTF-8 that stands for itself; longer ones, which callers may choose, stand as a fingerprint. */
export const VALUE_BYTES_MAX = 256;

/** UTF-16 units of a longer value that its fingerprint begins with, so that people recognise it. */
export const FINGERPRINT_HEAD_UNITS = 48;

/** Most permits one descriptor can ask for: one more than the largest limit, so that every limit denies it. */
export const HITS_MAX = 1_000_000_001;

/** Problems that the text of one refusal lists. */
export const PROBLEMS_LISTED_MAX = 8;

/** How often, in milliseconds, the health service looks whether the region is ready. */
export const HEALTH_INTERVAL_MS = 1_000;

/** After how much silence, in milliseconds, a connection is asked whether anybody is there, and how long the answer may take. */
export const KEEPALIVE_MS = 60_000;
export const KEEPALIVE_ANSWER_MS = 10_000;

/** How long, in milliseconds, calls in flight may take to finish once the server stops; each takes well under one, but watchers of health stay. */
export const DRAIN_MS = 1_000;

// A unit of UTF-16 is at most three bytes; a SHA-256 in hexadecimal is 64.
invariant(FINGERPRINT_HEAD_UNITS * 3 + 72 <= VALUE_BYTES_MAX, 'a fingerprint is a value');
