import { actorId, type RegionId, type VoteRun } from '../../crdt/index.ts';
import {
  GOOD_HEARTBEATS_TO_RETURN,
  HEARTBEAT_LIMITS_MAX,
  SENT_HEARTBEATS_REMEMBERED,
  VOTE_RUNS_MAX,
  VOTES_AHEAD_EPOCHS,
  VOTES_RELAYED_EPOCHS,
} from '../bounds.ts';
import { versionNotices } from './agreement.ts';
import type { Effect } from './effects.ts';
import type { Instant } from './instant.ts';
import type { Heard, Heartbeat } from './messages.ts';
import type { Peer } from './peer.ts';
import type { RegionState } from './state.ts';
import { votesSince } from './voting.ts';

/** The next heartbeat, to be sent to all. */
export function heartbeat(state: RegionState, at: Instant): Heartbeat {
  state.sequences.heartbeat += 1;
  const sequence = state.sequences.heartbeat;
  state.heartbeatsSentMs[sequence % SENT_HEARTBEATS_REMEMBERED] = at.monoMs;
  const heard: Heard[] = [];
  for (const peer of state.peers.values()) {
    if (peer.status === 'unheard') continue;
    heard.push([
      peer.region,
      peer.incarnation,
      peer.sequence,
      Math.max(0, Math.round(at.monoMs - peer.heardMonoMs)),
    ]);
  }
  return {
    kind: 'heartbeat',
    incarnation: state.incarnation,
    ledger: state.ledger,
    sequence,
    epoch: state.epoch,
    wallMs: Math.floor(at.wallMs),
    sitsUntil: announcedSitOut(state),
    informed: state.informed,
    versions: versionNotices(state),
    heard,
    votes: votesToTell(state, at),
    demand: busyLimits(state),
  };
}

/** Books that were recovered need no sitting out; without versions to go by, or a turn, nobody knows how long it will take. */
function announcedSitOut(state: RegionState): number {
  const sits = state.recovered ? state.booksSitUntil : state.sitsUntil;
  return state.informed && state.epoch <= state.turnUpTo
    ? sits
    : Math.max(sits, state.epoch + state.timing.lookaheadEpochs);
}

/** The votes about recent epochs, and for a while those that were cast late. */
function votesToTell(state: RegionState, at: Instant): VoteRun[] {
  const recent = state.epoch - VOTES_RELAYED_EPOCHS;
  const runs = state.votes.runs(recent, state.epoch + state.timing.lookaheadEpochs);
  if (at.monoMs >= state.votesToTell.untilMonoMs) return runs;
  const late = votesSince(state, state.votesToTell.from, recent - 1).filter(
    ([voter]) => voter === state.region,
  );
  return [...runs, ...late.slice(0, Math.max(0, VOTE_RUNS_MAX - runs.length))];
}

/** The offered permits a second of the limits that are asked for, as many as a heartbeat has room for. */
/** All votes that still matter, for a life that has just begun: without them it claims no more than its floors until the next snapshot. */
function tellVotes(state: RegionState, to: RegionId): Effect[] {
  const votes = votesSince(state, Number.NEGATIVE_INFINITY, state.epoch + VOTES_AHEAD_EPOCHS).slice(
    0,
    VOTE_RUNS_MAX,
  );
  return [{ kind: 'send', to, message: { kind: 'snapshot', part: 0, last: false, votes, groups: [] } }];
}

function busyLimits(state: RegionState): [limit: string, permitsPerSecond: number][] {
  const busy: [string, number][] = [];
  for (const { limit, demand } of state.books.values()) {
    const perSecond = Math.round(demand.perSecond());
    if (perSecond > 0 && busy.length < HEARTBEAT_LIMITS_MAX) busy.push([limit.name, perSecond]);
  }
  return busy;
}

/** Takes in what a peer's heartbeat says of the peer itself; its votes are taken in elsewhere, for they are facts however late. */
export function hearHeartbeat(state: RegionState, peer: Peer, message: Heartbeat, at: Instant): Effect[] {
  const effects: Effect[] = [];
  const namesake = message.heard.find(([region]) => region === state.region)?.[1] ?? 0;
  if (namesake > state.incarnation) {
    if (state.heardByPeers) return superseded(state, namesake);
    // Nobody has heard this life yet, so that one is a dead one, whose clock was ahead when it began.
    state.incarnation = namesake + 1;
  } else if (namesake === state.incarnation) {
    state.heardByPeers = true;
  }
  if (message.incarnation < peer.incarnation) return effects;
  if (message.incarnation > peer.incarnation || message.ledger !== peer.ledger) {
    if (peer.ledger !== undefined) {
      effects.push({
        kind: 'report',
        report: { event: 'peer_restarted', peer: peer.region, incarnation: message.incarnation },
      });
    }
    meetNewLife(peer, message);
    state.stamp += 1;
    state.due.snapshotMs = Math.min(state.due.snapshotMs, at.monoMs);
    effects.push(...tellVotes(state, peer.region));
  } else if (message.sequence <= peer.sequence || message.epoch < peer.epoch) {
    return effects;
  }
  peer.sequence = message.sequence;
  peer.epoch = message.epoch;
  peer.sitsUntil = message.sitsUntil;
  peer.heardMonoMs = at.monoMs;
  peer.demand = new Map(message.demand);
  if (peer.status === 'unheard') peer.status = 'suspected';
  proveContact(state, peer, message, at);
  if (peer.status === 'suspected' && isTrusted(peer)) {
    peer.status = 'up';
    state.stamp += 1;
    effects.push({ kind: 'report', report: { event: 'peer_up', peer: peer.region } });
  }
  return effects;
}

/** One life at a time: of two processes with one name, the one that started first stops. */
export function superseded(state: RegionState, incarnation: number): Effect[] {
  state.superseded = true;
  state.stamp += 1;
  return [{ kind: 'report', report: { event: 'superseded', incarnation } }, { kind: 'stop' }];
}

/** Marks the peers that have been silent, or deaf to this region, for longer than the suspicion time. */
export function suspectSilent(state: RegionState, at: Instant): Effect[] {
  const effects: Effect[] = [];
  for (const peer of state.peers.values()) {
    const silentMs = at.monoMs - Math.max(peer.provenMonoMs, peer.metMonoMs);
    // Who has never been heard may still be starting.
    if (silentMs < state.timing.suspicionMs * (peer.status === 'unheard' ? 2 : 1)) continue;
    peer.goodHeartbeats = 0;
    peer.everSuspected = true;
    if (peer.status !== 'up') continue;
    peer.status = 'suspected';
    state.stamp += 1;
    effects.push({
      kind: 'report',
      report: { event: 'peer_suspected', peer: peer.region, silentMs: Math.round(silentMs) },
    });
  }
  return effects;
}

function meetNewLife(peer: Peer, message: Heartbeat): void {
  peer.incarnation = message.incarnation;
  peer.ledger = message.ledger;
  peer.actor = actorId(peer.region, message.ledger);
  peer.deltaSequence = 0;
  peer.stale = false;
}

function isTrusted(peer: Peer): boolean {
  return peer.goodHeartbeats >= (peer.everSuspected ? GOOD_HEARTBEATS_TO_RETURN : 1);
}

/** Two-way contact is proven by a heartbeat that names a recent heartbeat of ours; it also measures the round trip and the clocks. */
function proveContact(state: RegionState, peer: Peer, message: Heartbeat, at: Instant): void {
  const echo = message.heard.find(([region]) => region === state.region);
  if (echo === undefined || echo[1] !== state.incarnation) return;
  const [, , sequence, heldMs] = echo;
  if (
    sequence > state.sequences.heartbeat ||
    sequence <= state.sequences.heartbeat - SENT_HEARTBEATS_REMEMBERED
  )
    return;
  const sentMonoMs =
    state.heartbeatsSentMs[sequence % SENT_HEARTBEATS_REMEMBERED] ?? Number.NEGATIVE_INFINITY;
  if (at.monoMs - sentMonoMs > state.timing.suspicionMs) return;
  peer.provenEpoch = message.epoch;
  peer.provenMonoMs = at.monoMs;
  peer.goodHeartbeats += 1;
  const roundTripMs = Math.max(0, at.monoMs - sentMonoMs - heldMs);
  peer.roundTripMs =
    peer.roundTripMs === undefined ? roundTripMs : peer.roundTripMs * 0.8 + roundTripMs * 0.2;
  peer.clockSkewMs = message.wallMs + peer.roundTripMs / 2 - at.wallMs;
}
