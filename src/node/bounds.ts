/** Every hard cap of a region's nodes and what passes between them, with its unit and its reason. */
import { invariant } from '../invariant.ts';

/** How often a node says that it lives, in milliseconds. */
export const BEAT_MS = 250;

/** How long a turn is kept for a speaker that is not heard, in milliseconds: several beats, should some be late. */
export const SEAT_KEPT_MS = 1_500;

/** Epochs beyond its own that a speaker's turn reaches: so long it goes on when the store is silent, and so much is assumed of it after. */
export const TURN_AHEAD_EPOCHS = 2;

/** How long the other nodes leave it to the one that spoke to begin anew with what it knows, in milliseconds. */
export const FOUNDING_LEFT_MS = 4_000;

/** How long that one first listens whether any other node knows of a newer turn, in milliseconds. */
export const FOUNDING_LISTENS_MS = 600;

/** Grain of everything on a node that is not a check, in milliseconds. */
export const NODE_TICK_MS = 25;

/** How much of what it will need a node asks for at a time, in milliseconds of its demand. */
export const BLOCK_MS = 200;

/** Less than this much in hand, in milliseconds of demand, and the node asks for more. */
export const REFILL_BELOW_MS = 75;

/** A block that nobody wanted for so long is given back, in milliseconds. */
export const IDLE_MS = 150;

/** How long a node waits for an answer to its wish before it wishes again, in milliseconds. */
export const WISH_REPEATED_MS = 30;

/** How often a node asks anew about a key of which nothing was left, while it is asked for, in milliseconds. */
export const EXHAUSTED_ASKED_MS = 100;

/** How long blocks lie in the pool for a node that does not come for them, in milliseconds. */
export const UNCLAIMED_MS = 250;

/** One in so many of what is left is what one wish may take, for each node: what nobody takes is there for whoever comes next. */
export const PARTS_PER_NODE = 2;

/** Blocks that one message or one command carries, at about 100 bytes each. */
export const BLOCKS_PER_COMMAND_MAX = 500;

/** Keys of which a node holds or wishes for blocks, at about 300 bytes each. */
export const BLOCKS_MAX = 500_000;

/** Requests that wait for blocks at one time; whoever comes then is answered as if it had waited in vain. */
export const WAITING_MAX = 10_000;

/** Calls to the speaker that are under way at one time. */
export const CALLS_MAX = 10_000;

/** How often a node asks the speaker how things stand, in milliseconds. */
export const STATE_ASKED_MS = 1_000;

/** Records of the journal that one command writes. */
export const RECORDS_PER_COMMAND_MAX = 1_000;

/** After how long the journal is written again when it is not known whether it was, in milliseconds. */
export const JOURNAL_RETRY_MS = 100;

/** How long an operator's question to the speaker may take, in milliseconds. */
export const QUESTION_MS = 1_000;

invariant(REFILL_BELOW_MS < BLOCK_MS, 'a block outlasts the time in which it is asked for');
invariant(3 * BEAT_MS < SEAT_KEPT_MS, 'a speaker may miss beats');
