import { JOURNALED, type Mutant, worlds } from './mutant.ts';

const HOLDINGS = 'src/core/holdings.ts';
const LENDING = 'src/core/lending.ts';
const DURABILITY = 'src/core/durability.ts';
const COVER = 'src/core/cover.ts';

/** Ways to get counters, transfers and the journal wrong. */
export const BOOKS_MUTANTS: readonly Mutant[] = [
  {
    name: 'additive merge of counters',
    because: 'a row that comes twice counts twice',
    breaks: [6],
    focus: worlds(['lossy']),
    edits: [
      {
        file: 'crdt/grow-counter.ts',
        find: 'this.#theirs.set(writer, count);',
        replace: 'this.#theirs.set(writer, known + count);',
      },
    ],
  },
  {
    name: 'additive merge of gifts',
    because: 'a gift that comes twice is credited twice',
    breaks: [5],
    focus: worlds(['lossy']),
    edits: [
      {
        file: 'crdt/rights.ts',
        find: 'row.set(recipient, total);',
        replace: 'row.set(recipient, known + total);',
      },
    ],
  },
  {
    name: 'crediting any incarnation',
    because: 'what was given to an earlier life, which may have spent it, is credited to the next one too',
    breaks: [1, 5],
    focus: worlds(['relapses']),
    edits: [
      {
        file: 'src/core/repair.ts',
        find: 'if (recipient === state.actor) {',
        replace: 'if (regionOf(recipient) === state.region) {',
      },
    ],
  },
  {
    name: 'gifts out of units that are not owned',
    because: 'the leased units of a coming epoch may go to the others yet',
    breaks: [1, 4],
    focus: worlds(['partitions', 'flapping'], { regions: [3] }),
    edits: [
      {
        file: HOLDINGS,
        find: 'standing: { limit, windowId, tranches, afterEpoch, uptoEpoch }',
        replace:
          'standing: { limit, windowId, tranches: tranches.map(({ epoch, terms }) => ({ epoch, terms: terms.map((term) => ({ ...term, owned: true })) })), afterEpoch, uptoEpoch }',
      },
    ],
  },
  {
    // There are no records of ranges: a window's shares are moved when it comes within the lookahead, key by key and of the whole limit.
    name: 'gifts beyond H',
    because: 'the next life sits out what this one may have given up to H ahead, and no more',
    breaks: [1],
    focus: worlds(['relapses'], { regions: [3], windowsMs: [1_000, 2_000] }),
    edits: [
      {
        file: LENDING,
        find: '<= state.epoch + state.timing.lookaheadEpochs;',
        replace: '<= state.epoch + state.timing.lookaheadEpochs + 5;',
      },
      {
        file: HOLDINGS,
        find: 'const uptoEpoch = state.epoch + state.timing.lookaheadEpochs;',
        replace: 'const uptoEpoch = state.epoch + state.timing.lookaheadEpochs + 5;',
      },
      { file: LENDING, find: 'if (epoch <= state.epoch + 1) return true;', replace: 'return true;' },
    ],
  },
  {
    // What may be given is weighed for the window as a whole: there is no look at one tranche to get wrong. To leave out what is used, as such
    // a look would, comes to the same.
    name: 'gifts out of single unreleased tranches',
    because: 'what was received and spent already is passed on again',
    breaks: [1, 4],
    focus: worlds(['calm'], { regions: [3] }),
    edits: [{ file: HOLDINGS, find: 'limit.isWindowed ? counter.moved - counter.spent :', replace: '' }],
  },
  {
    name: 'gifts of the whole limit where something was given',
    because: 'of some key there may be too little left',
    breaks: [1, 4],
    focus: worlds(['calm'], { shapes: [{ kind: 'roaming', everyMs: 2_500 }], wanted: [2, 4] }),
    edits: [
      {
        file: 'src/core/whole-limit.ts',
        find: 'if (hasGiven(books, windowId)) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'gifts of the whole limit while sitting out',
    because: 'the life before may have spent and given the same',
    breaks: [1, 4],
    focus: worlds(['crashes', 'relapses'], { regions: [2, 3] }),
    edits: [
      {
        file: 'src/core/whole-limit.ts',
        find: 'if (epoch <= claimedUpTo(state, limit) || isBarred(state, limit, windowId)) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'permits of a denied request',
    because: 'one limit denies, and the others count the request all the same',
    breaks: [7],
    focus: worlds(['calm'], { limits: [3] }),
    edits: [
      {
        file: 'src/core/admit.ts',
        find: 'if (allowed && denial === undefined && permits > 0) {',
        replace: 'if (denial === undefined && permits > 0) {',
      },
    ],
  },
  {
    name: 'gifts told before they are on disk',
    because: 'a crash undoes the debit, and the recipient keeps the gift',
    breaks: [1],
    focus: worlds(['disks'], JOURNALED),
    edits: [
      {
        file: DURABILITY,
        find: 'if (isJournaled(state, gift.books.limit)) state.pendingGifts.push(gift);\n  else release(state, gift);',
        replace: 'release(state, gift);',
      },
    ],
  },
  {
    name: 'decisions that run ahead of the disk',
    because: 'a recovered life counts less as used than was',
    breaks: [1, 7],
    focus: worlds(['disks'], JOURNALED),
    edits: [
      {
        file: COVER,
        find: 'return Math.max(counter?.covered ?? 0, least - otherwise);',
        replace: 'return Number.POSITIVE_INFINITY;',
      },
    ],
  },
  {
    name: 'keys that the journal does not name count as unused',
    because: 'small use is not written down, so it must be assumed',
    breaks: [1, 7],
    focus: worlds(['disks'], JOURNALED),
    edits: [
      {
        file: COVER,
        find: 'most = Math.max(most, unwritten(state, version, limit, key) ?? 0);',
        replace: ';',
      },
    ],
  },
  {
    name: 'a recovery that forgets gifts',
    because: 'what was given away is spent once more',
    breaks: [1, 5],
    focus: worlds(['disks'], JOURNALED),
    edits: [
      {
        file: DURABILITY,
        find: 'counter.moved -= grown;',
        replace: '',
      },
    ],
  },
  {
    name: 'short windows after a recovery',
    because: 'windows that are not journaled may have been used up before the crash',
    breaks: [1, 7],
    focus: worlds(['crashes'], { journaling: 1 }),
    edits: [
      {
        file: COVER,
        find: 'return isJournaled(state, limit) ? state.booksSitUntil : state.sitsUntil;',
        replace: 'return state.recovered ? state.booksSitUntil : state.sitsUntil;',
      },
      {
        file: COVER,
        find: 'if (!state.recovered || isJournaled(state, limit)) return false;',
        replace: 'return false;',
      },
    ],
  },
];
