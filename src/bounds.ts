/** Every hard cap of the core and the driver, with its unit and its reason. Relations between them are asserted at the end. */
import { invariant } from './invariant.ts';

/** Length of an epoch in milliseconds: the grain of votes; all members must agree on it. */
export const EPOCH_MS = 1_000;

/** Windows up to this long, in milliseconds, are released whole at their first epoch; longer ones in tranches. */
export const SINGLE_TRANCHE_WINDOW_MS = 60_000;

/** Tranches of the leased part of a long window, spread over its first tenth so that a blip at the start does not cost the window. */
export const LONG_WINDOW_TRANCHES = 10;

/** The longest that a period of the calendar lasts, in milliseconds: where clocks go back a day has 25 hours. */
export const PERIOD_MS_MAX = {
  hour: 3_600_000,
  day: 25 * 3_600_000,
  week: (7 * 24 + 1) * 3_600_000,
  month: (31 * 24 + 1) * 3_600_000,
} as const;

/** Slots into which a sliding window is cut; fewer where a slot would be shorter than an epoch. */
export const SLIDING_SLOTS = 20;

/** Units that a bucket of one permit a window mints in an epoch: so fine that shares of them are shares of a permit. */
export const UNITS_PER_EPOCH = 1_000;

/** Epochs over which a bucket's level is followed one by one; of those before it only the floor counts, which needs no votes. */
export const BUCKET_EPOCHS_FOLLOWED = 64;

/** Buckets that are looked at in one go, at about a microsecond each, for those that need not be remembered. */
export const LEVELS_SWEPT_AT_A_TIME = 1_000;

/** Leases of concurrent permits that one region holds at a time, at about 200 bytes each. */
export const LEASES_MAX = 500_000;

/** Epochs for which votes are kept: two of the longest windows that are released whole, and some room. */
export const VOTES_KEPT_EPOCHS = 128;

/** Epochs ahead of the own clock for which foreign votes are stored: far beyond any honest lookahead, near enough to bound memory. */
export const VOTES_AHEAD_EPOCHS = 64;

/** Epochs back to which heartbeats relay votes; older ones travel with snapshots. */
export const VOTES_RELAYED_EPOCHS = 2;

/** Runs of votes in one message: at about 60 bytes each well inside it, and more than a cluster of 40 members needs for one epoch. */
export const VOTE_RUNS_MAX = 2_000;

/** Longest reach of heartbeats, in heartbeats, that may prove two-way contact. */
export const SENT_HEARTBEATS_REMEMBERED = 64;

/** Good heartbeats that a suspected peer must show before it is trusted with epochs again. */
export const GOOD_HEARTBEATS_TO_RETURN = 3;

/** Limits whose demand a heartbeat tells: it should stay a few hundred bytes. */
export const HEARTBEAT_LIMITS_MAX = 32;

/** A window stays known at least this long after its start, in milliseconds, so that late rows and questions find it. */
export const WINDOW_KEPT_MS_MIN = 10_000;

/** Epochs between the windows that a digest covers and those about to be closed, so that clocks may differ. */
export const DIGEST_MARGIN_EPOCHS = 2;

/** Epochs beyond the lookahead for which rows are taken in, so that a peer whose clock is ahead is not cut off. */
export const ROWS_AHEAD_MARGIN_EPOCHS = 5;

/** Counters in memory, of all limits together. At about 200 bytes each this is under 1 GiB. */
export const COUNTERS_MAX = 4_000_000;

/** Resources whose candidate limits are remembered; the memory is emptied when it is full. */
export const MATCH_CACHE_ENTRIES_MAX = 10_000;

/** Share of a region's entitlement, as one in so many, below which a key is cold and not replicated. */
export const WARM_ONE_IN = 5;

/** Share of a region's entitlement, as one in so many, below which what is left is replicated in a hurry. */
export const URGENT_ONE_IN = 5;

/** Hot keys of one limit whose shares are moved; the rest live with the shares that the weights give them. */
export const HOT_KEYS_PER_LIMIT_MAX = 1_024;

/** Hot keys that one answer lists. */
export const HOT_KEYS_LISTED_MAX = 100;

/** Hot keys whose demand one delta tells: at about 60 bytes each, well inside a message. */
export const DEMAND_KEYS_MAX = 512;

/** A hot key's demand is told again after this many milliseconds, changed or not, so that peers know that it is still hot. */
export const DEMAND_REPEATED_MS = 1_000;

/** Limits of at most so many permits, in windows at least this long in milliseconds, are shared unit by unit. */
export const SPARSE_PERMITS_MAX = 64;
export const SPARSE_WINDOW_MS_MIN = 30_000;

/** Least time constant of the demand for such limits, in milliseconds; two windows where that is longer. */
export const SPARSE_PATIENCE_MS_MIN = 30_000;

/** Donors that are asked for one key at a time. */
export const PULL_DONORS_MAX = 4;

/** Keys in one request for quota. */
export const PULL_WANTS_MAX = 512;

/** Shortest window whose counters are journaled, in milliseconds: shorter ones are over before a restart is. */
export const JOURNALED_WINDOW_MS_MIN = 30_000;

/** Permits of a key that a recovery assumes used without any being written down, as far as its base reaches. */
export const ASSUMED_COVER_PERMITS_MIN = 32;

/** Least permits by which a busy key's cover is ahead of its use. */
export const COVER_MARGIN_PERMITS_MIN = 8;

/** Commits that may be under way before no more quota is given away: a disk that hangs must not fill the memory. */
export const COMMITS_OPEN_MAX = 256;

/** Milliseconds in which a burst that outran the journal is covered: a tick, a commit, and some room for a slow disk. */
export const OUTRUN_RETRY_MS = 100;

/** Epochs of votes that one journal record reserves: a restarted member abstains at most that long. */
export const VOTES_RESERVED_EPOCHS = 10;

/** Configuration versions that count at one time; beyond it the oldest are taken for settled. */
export const VERSIONS_MAX = 64;

/** Limits in one part of a version's content: at a kilobyte each for the largest, well inside a message. */
export const VERSION_LIMITS_PER_PART = 100;

/** Least time between two requests for unknown versions, in milliseconds. */
export const VERSION_ASK_INTERVAL_MS = 500;

/** Regions that are no members, or differ, of which the log tells. */
export const STRANGERS_REPORTED_MAX = 100;

/** Estimated bytes of rows in one message: below a frame's cap with room for headers and the packer's overhead. */
export const ROWS_BYTES_MAX = 192 * 1024;

/** Least time between two answers to one peer's asks, in milliseconds: an ask costs a walk over the books. */
export const ASK_ANSWER_INTERVAL_MS = 500;

/** Least time between two snapshots, in milliseconds, however many peers return at once. */
export const SNAPSHOT_INTERVAL_MS_MIN = 5_000;

/** Messages that may wait for the driver; beyond it all but heartbeats are shed and anti-entropy repairs. */
export const INBOX_MESSAGES_MAX = 10_000;

/** Heartbeats that may wait beyond a full inbox. */
export const INBOX_HEARTBEATS_MAX = 1_000;

/** Milliseconds between ticks: the grain of everything that is not a check. */
export const TICK_MS = 25;

invariant(VOTES_KEPT_EPOCHS * EPOCH_MS >= 2 * SINGLE_TRANCHE_WINDOW_MS, 'votes outlive two whole windows');
invariant(BUCKET_EPOCHS_FOLLOWED < VOTES_KEPT_EPOCHS, 'the epochs that a bucket follows have their votes');
invariant(VOTES_RELAYED_EPOCHS < VOTES_KEPT_EPOCHS, 'relayed votes are kept votes');
invariant(SINGLE_TRANCHE_WINDOW_MS % EPOCH_MS === 0, 'windows are whole epochs');
