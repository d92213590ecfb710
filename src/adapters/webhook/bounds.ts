/** Every hard cap of webhooks, with its unit and its reason. */

/** Messages that wait for one receiver; further ones are dropped and counted, for a receiver that is gone must not fill the memory. */
export const MESSAGES_WAITING_MAX = 256;

/** How long a receiver may take to answer, in milliseconds. */
export const ANSWER_MS_MAX = 5_000;

/** Tries after the first; with the waits below a receiver may be away for some five minutes. */
export const RETRIES_MAX = 8;

/** The first and the longest wait between tries, in milliseconds; each is about twice as long as the one before. */
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 120_000;

/** How long a coordinator that stops waits for what is on its way, in milliseconds. */
export const STOP_MS = 1_000;
