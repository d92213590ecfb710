/** Every hard cap of administration, with its unit and its reason. */

/** Versions that the history holds. */
export const HISTORY_VERSIONS_MAX = 100;

/** Characters of JSON that the contents of those versions may have together; beyond it the oldest go early, all but the newest. */
export const HISTORY_CHARS_MAX = 32 * 1024 * 1024;

/** Audit entries that can be asked for; older ones are in the files, as far as these go back. */
export const AUDIT_ENTRIES_MAX = 10_000;

/** Lines about what changed that one entry holds; further ones are counted. */
export const SUMMARY_LINES_MAX = 20;

/** Limits in one configuration, as many as a file may hold. */
export const LIMITS_MAX = 10_000;

/** How often, in milliseconds, the history is brought up to what the region knows. */
export const LOOK_EVERY_MS = 500;

/** How long, in milliseconds, the answer to a change waits for the journal. */
export const JOURNAL_WAIT_MS = 5_000;
