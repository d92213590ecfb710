import type { Vote, VoteRun } from '../../crdt/index.ts';
import { VOTES_AHEAD_EPOCHS, VOTES_KEPT_EPOCHS, VOTES_RELAYED_EPOCHS } from '../bounds.ts';
import { invariant } from '../invariant.ts';
import type { Effect } from './effects.ts';
import { isFenced } from './entitlement.ts';
import type { Instant } from './instant.ts';
import type { Peer } from './peer.ts';
import type { RegionState } from './state.ts';
import { neededEpochs } from './window.ts';

/**
 * Casts every vote that is due. Each is written once: for the epoch after the last one closed, never further ahead than the
 * lookahead. Which way to vote is a matter of liveness only; that it is never changed is what safety rests on.
 * Returns whether any vote was cast. Nothing is voted beyond this process's turn, so that whoever comes next knows how far votes reach.
 *
 * Source: protocol.md §2, rules V1 to V3.
 */
export function castVotes(state: RegionState, at: Instant): boolean {
  let cast = false;
  if (state.epoch > state.turnUpTo) return cast;
  for (const peer of state.peers.values()) {
    const horizon = Math.min(voteHorizon(state, peer), state.votesReserved);
    for (const epoch of openEpochs(state, peer, horizon)) {
      // A peer that sits an epoch out claims nothing of it, so its leased units are better used by the others.
      const vote: Vote = peer.status === 'up' && epoch > peer.sitsUntil ? 'OWN' : 'FENCE';
      const recorded = state.votes.record(state.region, peer.region, epoch, vote);
      invariant(recorded !== 'conflict', 'a vote is cast once');
      tellSince(state, epoch, at);
      cast = true;
    }
    peer.votedUpTo = Math.max(peer.votedUpTo, horizon);
  }
  if (cast) state.stamp += 1;
  return cast;
}

/** Takes in votes that a message relays, of any member about any other. */
export function learnVotes(state: RegionState, runs: readonly VoteRun[]): Effect[] {
  const effects: Effect[] = [];
  for (const [voter, subject, first, letters] of runs) {
    if (voter === subject || !isMember(state, voter) || !isMember(state, subject)) continue;
    for (let at = 0; at < letters.length; at += 1) {
      const epoch = first + at;
      const letter = letters[at];
      if (letter === '.' || !isKept(state, epoch)) continue;
      const recorded = state.votes.record(voter, subject, epoch, letter === 'O' ? 'OWN' : 'FENCE');
      if (recorded === 'known') continue;
      state.stamp += 1;
      if (recorded === 'conflict') {
        effects.push({ kind: 'report', report: { event: 'vote_conflict', voter, subject, epoch } });
      }
      // A vote of our own that we do not remember was cast by an earlier life: those epochs are closed.
      if (voter === state.region) closeOwnVotes(state.peers.get(subject), epoch);
    }
  }
  return effects;
}

/** Forgets votes that no open window needs, and reports regions whose fence began or ended with this epoch. */
export function turnEpoch(state: RegionState): Effect[] {
  state.neededEpochs = neededEpochs(state.windowShapes, state.wallMs);
  state.votes.forgetBelow(state.epoch - VOTES_KEPT_EPOCHS, (epoch) => state.neededEpochs.has(epoch));
  const effects: Effect[] = [];
  for (const peer of state.peers.values()) {
    const fenced = isFenced(state.current, state.votes, peer.region, state.epoch);
    if (fenced === peer.fenced) continue;
    peer.fenced = fenced;
    const event = fenced ? 'region_fenced' : 'region_owns_again';
    effects.push({ kind: 'report', report: { event, peer: peer.region, epoch: state.epoch } });
  }
  return effects;
}

/** The votes known from `from` on: recent epochs as runs, older ones each by itself, where an open window still rests on them. */
export function votesSince(state: RegionState, from: number, to: number): VoteRun[] {
  const recent = Math.max(from, state.epoch - VOTES_KEPT_EPOCHS / 2);
  const old = [...state.neededEpochs].filter((epoch) => epoch >= from && epoch < recent);
  return [...old.flatMap((epoch) => state.votes.runs(epoch, epoch)), ...state.votes.runs(recent, to)];
}

/** Votes about epochs that heartbeats no longer relay are told with them all the same, for a while after they were cast. */
function tellSince(state: RegionState, epoch: number, at: Instant): void {
  const { votesToTell } = state;
  if (at.monoMs >= votesToTell.untilMonoMs) votesToTell.from = epoch;
  votesToTell.from = Math.min(votesToTell.from, epoch);
  if (epoch < state.epoch - VOTES_RELAYED_EPOCHS) votesToTell.untilMonoMs = at.monoMs + LATE_VOTES_TOLD_MS;
}

/** How long late votes are told with every heartbeat, in milliseconds: several heartbeats, should some be lost. */
const LATE_VOTES_TOLD_MS = 1_500;

/** How far votes about a peer may go now. A stranger has a while to speak up before it is fenced. */
function voteHorizon(state: RegionState, peer: Peer): number {
  const { lookaheadEpochs, fenceLookaheadEpochs } = state.timing;
  if (peer.status === 'up') {
    return Math.min(peer.provenEpoch + lookaheadEpochs, state.epoch + lookaheadEpochs);
  }
  if (!peer.everSuspected) return peer.votedUpTo;
  return state.epoch + fenceLookaheadEpochs;
}

/** The epochs to vote on, ascending: all recent ones, and older ones only where an open window still rests on them. */
function* openEpochs(state: RegionState, peer: Peer, horizon: number): Generator<number> {
  const recent = state.epoch - VOTES_KEPT_EPOCHS / 2;
  for (const epoch of state.neededEpochs) {
    if (epoch > peer.votedUpTo && epoch < recent && epoch <= horizon) yield epoch;
  }
  for (let epoch = Math.max(peer.votedUpTo + 1, recent); epoch <= horizon; epoch += 1) yield epoch;
}

function isKept(state: RegionState, epoch: number): boolean {
  if (epoch > state.epoch + VOTES_AHEAD_EPOCHS) return false;
  return epoch >= state.epoch - VOTES_KEPT_EPOCHS || state.neededEpochs.has(epoch);
}

function isMember(state: RegionState, region: string): boolean {
  return region === state.region || state.peers.has(region);
}

function closeOwnVotes(peer: Peer | undefined, epoch: number): void {
  if (peer !== undefined && epoch > peer.votedUpTo) peer.votedUpTo = epoch;
}
