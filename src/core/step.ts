import type { RegionId } from '../../crdt/index.ts';
import { STRANGERS_REPORTED_MAX } from '../bounds.ts';
import { answerAskVersion, forgetVersions, hearVersion, hearVersions, publish } from './agreement.ts';
import { forgetFull } from './algorithms/bucket.ts';
import { applyVersions } from './apply.ts';
import { committed, persist } from './durability.ts';
import type { Effect } from './effects.ts';
import { owns } from './entitlement.ts';
import type { Event } from './events.ts';
import { foldHotKeys } from './hot-key.ts';
import type { Instant } from './instant.ts';
import { answerPull, askForQuota, settleStandingShares } from './lending.ts';
import { hearHeartbeat, heartbeat, superseded, suspectSilent } from './liveness.ts';
import type { Heartbeat, Message } from './messages.ts';
import type { Peer } from './peer.ts';
import { answerAsk, closeWindows, compareDigest, hearDelta, joinRows, ownDigest } from './repair.ts';
import { continueSnapshot, publishDeltas } from './replicate.ts';
import { advance, isSitting, type RegionState } from './state.ts';
import { castVotes, learnVotes, turnEpoch } from './voting.ts';

/** Takes one event into the state and returns what is to be done about it, in order. Checks do not come this way: see `admit`. */
export function step(state: RegionState, event: Event, at: Instant): Effect[] {
  advance(state, at);
  if (state.superseded) return [];
  switch (event.kind) {
    case 'tick':
      return tick(state, at);
    case 'message':
      return hear(state, event.from, event.message, at);
    case 'durable':
      committed(state, event.token);
      return [];
    case 'publish':
      return publish(state, event.configuration);
    case 'drain':
      state.draining = true;
      return [...persist(state), ...publishDeltas(state, at)];
  }
}

/** Does whatever has become due. */
function tick(state: RegionState, at: Instant): Effect[] {
  const effects: Effect[] = [];
  if (state.epoch > state.due.housekeepingEpoch) {
    effects.push(...keepHouse(state));
    state.due.housekeepingEpoch = state.epoch;
  }
  if (state.membersChanged) effects.push(meetPeers(state));
  effects.push(...suspectSilent(state, at));
  const voted = castVotes(state, at);
  if (voted || at.monoMs >= state.due.heartbeatMs) {
    state.due.heartbeatMs = at.monoMs + state.timing.heartbeatMs;
    effects.push({ kind: 'send', to: 'all', message: heartbeat(state, at) });
  }
  const { deltaMs, urgentDeltaMs, digestMs } = state.timing;
  if (at.monoMs >= state.due.deltaMs - (state.urgent ? deltaMs - urgentDeltaMs : 0)) {
    state.due.deltaMs = at.monoMs + deltaMs;
    for (const books of state.books.values()) {
      books.demand.fold(at.monoMs);
      foldHotKeys(state, books, at);
      settleStandingShares(state, books, at);
      if (books.limit.isBucket) forgetFull(state, books);
    }
    effects.push(...publishDeltas(state, at));
  } else if (state.gave) {
    effects.push(...publishDeltas(state, at));
  }
  effects.push(...askForQuota(state, at));
  effects.push(...persist(state));
  if (at.monoMs >= state.due.digestMs) {
    state.due.digestMs = at.monoMs + digestMs;
    effects.push(...ownDigest(state));
  }
  effects.push(...continueSnapshot(state, at));
  state.degraded = isSitting(state) || !owns(state.current, state.votes, state.region, state.epoch);
  return effects;
}

/** Tells the transport who the other members are, of all versions that count. */
function meetPeers(state: RegionState): Effect {
  state.membersChanged = false;
  const members = new Map(
    state.versions.flatMap(({ configuration }) => configuration.members.map((each) => [each.region, each])),
  );
  return { kind: 'meet', members: [...members.values()].filter(({ region }) => region !== state.region) };
}

/** What is done once an epoch. */
function keepHouse(state: RegionState): Effect[] {
  const before = state.current;
  applyVersions(state);
  const effects = turnEpoch(state);
  closeWindows(state);
  forgetVersions(state);
  if (state.current !== before) {
    const [number, publisher] = state.current.id;
    effects.push({ kind: 'report', report: { event: 'version_current', number, publisher } });
  }
  if (state.epoch > state.sitsUntil && state.due.housekeepingEpoch <= state.sitsUntil) {
    effects.push({ kind: 'report', report: { event: 'sit_out_over', epoch: state.epoch } });
  }
  return effects;
}

function hear(state: RegionState, from: RegionId, message: Message, at: Instant): Effect[] {
  if (from === state.region) return message.kind === 'heartbeat' ? hearNamesake(state, message) : [];
  const peer = state.peers.get(from);
  if (peer === undefined) return meetStranger(state, from);
  return hearPeer(state, peer, message, at);
}

/** Once for each, and for so many only: whoever is no member may go on talking. */
function meetStranger(state: RegionState, from: RegionId): Effect[] {
  if (state.complained.has(from) || state.complained.size >= STRANGERS_REPORTED_MAX) return [];
  state.complained.add(from);
  return [{ kind: 'report', report: { event: 'unknown_member', peer: from } }];
}

function hearPeer(state: RegionState, peer: Peer, message: Message, at: Instant): Effect[] {
  switch (message.kind) {
    case 'heartbeat':
      return [
        ...hearVersions(state, peer, message, at),
        ...(peer.differs ? [] : hearHeartbeat(state, peer, message, at)),
        ...learnVotes(state, message.votes),
      ];
    case 'version':
      return hearVersion(state, message);
    case 'ask-version':
      return answerAskVersion(state, peer, message);
    case 'delta':
      hearDelta(state, peer, message, at);
      return [];
    case 'pull':
      answerPull(state, peer, message, at);
      return [];
    case 'digest':
      return compareDigest(state, peer, message);
    case 'ask':
      return answerAsk(state, peer, message, at);
    case 'repair':
      peer.repairedEntries += joinRows(state, message.groups);
      return [];
    case 'snapshot':
      peer.repairedEntries += joinRows(state, message.groups);
      if (message.last) peer.snapshotMonoMs = at.monoMs;
      return learnVotes(state, message.votes);
  }
}

function hearNamesake(state: RegionState, { incarnation, ledger }: Heartbeat): Effect[] {
  const newer =
    incarnation > state.incarnation || (incarnation === state.incarnation && ledger > state.ledger);
  return newer ? superseded(state, incarnation) : [];
}
