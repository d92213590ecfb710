/** Every hard cap of the client, with its unit and its reason. Times are milliseconds. */

/** Kinds of requests (a resource with its dimensions) that are followed at one time, at about 1 KiB each; the rest are asked about one by one. */
export const SHAPES_MAX = 10_000;

/** Steps of paths to a kind that are remembered, for each kind that may be: one for the resource and one for each dimension. */
export const PATHS_PER_SHAPE = 8;

/** Requests that wait for an answer at one time; more are decided by the fallback at once. */
export const WAITING_MAX = 10_000;

/** Questions to `/check` that are under way at one time; more are decided by the fallback at once. */
export const CHECKS_MAX = 1_000;

/** Permits in one request to the coordinator: its own bound. */
export const PERMITS_MAX = 1_000_000;

/** Blocks of one kind that are held at a time: one that is spent, one that comes ahead of need, one that is left from before. */
export const BLOCKS_MAX = 3;

/** Longest answer that is read, in bytes: a decision under a hundred limits is a fifth of it. */
export const ANSWER_BYTES_MAX = 256 * 1024;

/** How often idle and expired blocks are looked for, and demand is measured. */
export const SWEEP_MS = 100;

/** Time constant of the demand that sizes of blocks follow. */
export const DEMAND_MS = 1_000;

/** Requests in a time constant from which on blocks are worth their while; fewer are asked about one by one. */
export const WARM_REQUESTS = 3;

/** How long a denial answers for requests like the one denied: what is free again is noticed so soon, and a flood is answered here. */
export const DENIAL_MS = 50;

/** Failures in a row after which a coordinator is left alone, for how long at first, and at most. */
export const FAILURES_MAX = 3;
export const PAUSE_MS_MIN = 100;
export const PAUSE_MS_MAX = 5_000;

/** For how long a coordinator that gives no blocks at all is asked for none. */
export const NO_BLOCKS_MS = 60_000;

/** How much faster than its coordinator's a clock is assumed to be slowed or sped at most, as one in so many, and how coarse it is. */
export const DRIFT_ONE_IN = 500;
export const CLOCK_GRAIN_MS = 1;
