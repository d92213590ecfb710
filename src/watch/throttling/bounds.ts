/** Every hard cap of what is remembered about throttling, with its unit and its reason. */

/** Seconds that are remembered of each limit. */
export const SECONDS_KEPT = 900;

/** Limits of which they are remembered, at some 25 kB each; the one that was quiet for longest makes room. */
export const LIMITS_FOLLOWED_MAX = 256;

/** Limits whose short keys are looked for in one second, in turn: each costs a look at up to a thousand keys. */
export const LIMITS_SOUGHT_MAX = 4;

/** Keys that are remembered of one limit's newest episode. */
export const KEYS_KEPT_MAX = 16;

/** Events that are remembered, at some 200 bytes each. */
export const EVENTS_KEPT_MAX = 500;

/** Episodes that one answer lists, the newest first. */
export const EPISODES_TOLD_MAX = 20;

/** Limits that one answer explains, those first that denied most. */
export const LIMITS_TOLD_MAX = 20;

/** Least quiet between two episodes, in milliseconds; of long windows half as long again as one of them, up to the most. */
export const QUIET_MS_MIN = 5_000;
export const QUIET_MS_MAX = 120_000;
