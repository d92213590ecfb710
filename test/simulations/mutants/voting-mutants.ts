import { JOURNALED, type Mutant, worlds } from './mutant.ts';

const CLUSTER = 'src/core/cluster.ts';
const STATE = 'src/core/state.ts';
const VOTING = 'src/core/voting.ts';
const ENTITLEMENT = 'src/core/entitlement.ts';

/** Ways to get votes, fences and sit-outs wrong. */
export const VOTING_MUTANTS: readonly Mutant[] = [
  {
    name: 'f − 1',
    because: 'a region can be owner by some votes and fenced by the others',
    breaks: [2, 3],
    focus: worlds(['partitions', 'one-way']),
    edits: [
      {
        file: CLUSTER,
        find: 'fenceVotes: seats.length - ownVotes',
        replace: 'fenceVotes: Math.max(1, seats.length - ownVotes - 1)',
      },
    ],
  },
  {
    name: 'a − 1',
    because: 'one vote less makes an owner of a region that the others may fence',
    breaks: [2, 3],
    focus: worlds(['partitions', 'one-way']),
    edits: [
      {
        file: CLUSTER,
        find: 'Math.max(0, Math.ceil(seats.length / 2) - 1)',
        replace: 'Math.max(0, Math.ceil(seats.length / 2) - 2)',
      },
      {
        file: CLUSTER,
        find: 'fenceVotes: seats.length - ownVotes',
        replace: 'fenceVotes: seats.length - ownVotes - 1',
      },
    ],
  },
  {
    name: 'a voter that forgets',
    because: 'a new life votes on epochs that an earlier one has voted on',
    breaks: [3],
    focus: worlds(['voter-crashes']),
    edits: [
      {
        file: STATE,
        find: 'strangerPeer(peer, closedUpTo, at.monoMs)',
        replace: 'strangerPeer(peer, 0, at.monoMs)',
      },
    ],
  },
  {
    name: 're-voting',
    because: 'an epoch that is closed is voted on again',
    breaks: [3],
    focus: worlds(['partitions']),
    edits: [
      {
        file: VOTING,
        find: "invariant(recorded !== 'conflict', 'a vote is cast once');",
        replace: 'void recorded;',
      },
      {
        file: VOTING,
        find: 'peer.votedUpTo = Math.max(peer.votedUpTo, horizon);',
        replace: 'peer.votedUpTo = Math.min(horizon, state.epoch);',
      },
    ],
  },
  {
    name: 'old epochs without a horizon',
    because: 'votes on old epochs about a region whose clock is behind are cast before they are closed',
    breaks: [3],
    focus: worlds(['clocks'], { windowsMs: [90_000, 120_000] }),
    edits: [
      {
        file: VOTING,
        find: 'if (epoch > peer.votedUpTo && epoch < recent && epoch <= horizon) yield epoch;',
        replace: 'if (epoch > peer.votedUpTo && epoch < recent) yield epoch;',
      },
      {
        file: VOTING,
        find: "invariant(recorded !== 'conflict', 'a vote is cast once');",
        replace: 'void recorded;',
      },
    ],
  },
  {
    name: 'no sit-out',
    because: 'a life without books claims what the one before it may have claimed',
    breaks: [2, 7],
    focus: worlds(['relapses']),
    edits: [
      { file: STATE, find: 'sitsUntil: dead,', replace: 'sitsUntil: 0,' },
      {
        file: 'src/core/agreement.ts',
        find: 'const adoptedFrom = state.epoch + state.timing.lookaheadEpochs;',
        replace: 'const adoptedFrom = 0;',
      },
    ],
  },
  {
    name: 'a sit-out without H',
    because: 'the life before may have given away, and voted on, epochs up to H ahead',
    breaks: [2, 3, 7],
    focus: worlds(['relapses']),
    edits: [
      {
        file: STATE,
        find: 'epoch + timing.lookaheadEpochs + timing.clockSlackEpochs',
        replace: 'epoch + timing.clockSlackEpochs',
      },
    ],
  },
  {
    name: 'a clock that may not stand back',
    because: 'the life before may have acted by a clock that was ahead of this one',
    breaks: [2, 3, 7],
    focus: worlds(['relapses']),
    edits: [
      {
        file: STATE,
        find: 'epoch + timing.lookaheadEpochs + timing.clockSlackEpochs',
        replace: 'epoch + timing.lookaheadEpochs',
      },
    ],
  },
  {
    name: 'a sit-out that a crash ends',
    because: 'a recovered life must sit out what the life that it recovers was sitting out',
    breaks: [2, 7],
    focus: worlds(['relapses'], JOURNALED),
    edits: [
      {
        file: STATE,
        find: 'booksSitUntil: recovery?.life?.sitsUntil ?? dead,',
        replace: 'booksSitUntil: recovery === undefined ? dead : 0,',
      },
    ],
  },
  {
    name: 'a fence-derived extra without an own vote',
    because: 'a region that may be fenced itself takes part of what others lost',
    breaks: [1, 2],
    focus: worlds(['partitions', 'deaths']),
    edits: [
      { file: ENTITLEMENT, find: 'if (!owned) return floor;', replace: '' },
      {
        file: ENTITLEMENT,
        find: 'const own = floor + slice(leased, index, of);',
        replace: 'const own = owned ? floor + slice(leased, index, of) : floor;',
      },
    ],
  },
  {
    name: 'a clock without a guard',
    because: 'a wall clock that steps back takes the region into windows that it has closed',
    breaks: ['the current window is open'],
    focus: worlds(['clocks']),
    edits: [{ file: STATE, find: 'if (at.wallMs <= state.wallMs) return;', replace: '' }],
  },
];
