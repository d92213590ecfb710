/** Every hard cap of what operators are told as it happens, with its unit and its reason. */
import { invariant } from '../invariant.ts';

/** How often everything is looked at while somebody listens, in milliseconds. */
export const LOOK_MS = 1_000;

/** Looks that go on after the last listener has left, so that who reloads a page finds no gap. */
export const LOOKS_UNHEARD_MAX = 30;

/** Limits in one second's numbers, the busiest: at some 400 bytes each a second stays below 32 KiB. */
export const LIMITS_TOLD_MAX = 64;

/** Limits whose hottest key is looked for in one second: each costs a look at up to a thousand keys. */
export const HOTTEST_SOUGHT_MAX = 4;

/** Seconds of rates that a new listener is told. */
export const RECENT_SECONDS_MAX = 120;

/** Happenings that are remembered, at some 200 bytes each, also while nobody listens. */
export const HAPPENINGS_MAX = 200;

/** Alerts that are on at one time; further ones wait for room. */
export const ALERTS_MAX = 200;

/** Alerts that are remembered when they are over. */
export const ALERTS_REMEMBERED_MAX = 200;

/** Limits whose numbers are compared with those before: all that a deployment may have, and those that took their places. */
export const LIMITS_COMPARED_MAX = 20_000;

/** Longest text of a happening in characters: what a file's problem says may be long. */
export const TEXT_CHARS_MAX = 500;

invariant(HOTTEST_SOUGHT_MAX <= LIMITS_TOLD_MAX, 'hottest keys are sought of limits that are told');
