import { expect, test } from 'vitest';
import { GOOD_HEARTBEATS_TO_RETURN, SENT_HEARTBEATS_REMEMBERED } from '../../src/bounds.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { Heartbeat } from '../../src/core/messages.ts';
import { WORLD_START_MS } from '../world.ts';
import { FIRST_EPOCH, Lone, PlayedPeer, reported, sent } from './builders.ts';

const { suspicionMs, heartbeatMs } = DEFAULT_TIMING;

/** us-east with eu-west played by the test, once us-east has sent its first heartbeats. */
function pair() {
  const lone = new Lone();
  lone.run(1_000);
  const eu = lone.state.peers.get('eu-west');
  if (eu === undefined) throw new Error('no peer');
  return { lone, peer: new PlayedPeer(lone, 'eu-west'), known: eu };
}

test('a heartbeat leaves every interval, numbered, with what was heard of whom and how long ago', () => {
  const { lone, peer } = pair();
  peer.beat();
  const beats = sent(lone.run(2_000), 'heartbeat');
  const sequences = beats.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, at) => (sequences[0] ?? 0) + at));
  expect(beats.length).toBeGreaterThanOrEqual(2_000 / heartbeatMs);
  const last = beats.at(-1);
  const agoMs = last === undefined ? 0 : last.wallMs - (WORLD_START_MS + 1_000);
  expect(last?.heard).toEqual([['eu-west', WORLD_START_MS, 1, agoMs]]);
});

test('one proof of two-way contact makes a stranger a peer', () => {
  const { peer, known } = pair();
  expect(reported(peer.beat())).toContainEqual({ event: 'peer_up', peer: 'eu-west' });
  expect(known.status).toBe('up');
});

test.each<{ heartbeat: string; heard: (lone: Lone) => Heartbeat['heard'] }>([
  { heartbeat: 'hears nobody', heard: () => [] },
  { heartbeat: 'hears others only', heard: () => [['ap-southeast', WORLD_START_MS, 1, 0]] },
  { heartbeat: 'heard an earlier life', heard: () => [['us-east', WORLD_START_MS - 1, 1, 0]] },
  {
    heartbeat: 'claims to have heard what was not yet said',
    heard: ({ state }) => [['us-east', state.incarnation, state.sequences.heartbeat + 1, 0]],
  },
])('a heartbeat that $heartbeat proves no two-way contact', ({ heard }) => {
  const { lone, peer, known } = pair();
  for (let beats = 0; beats < 5; beats += 1) peer.beat({ heard: heard(lone) });
  expect(known.status).toBe('suspected');
  expect(known.roundTripMs).toBeUndefined();
  expect(known.heardMonoMs).toBe(lone.monoMs);
});

test('a heartbeat that heard us last longer ago than the suspicion time proves nothing', () => {
  const { lone, peer, known } = pair();
  const { incarnation, sequences } = lone.state;
  const heard = [['us-east', incarnation, sequences.heartbeat, 0]] as const;
  lone.run(suspicionMs + heartbeatMs);
  peer.beat({ heard });
  expect(known.status).toBe('suspected');
});

test('of our own heartbeats only the newest are remembered, so that what a peer echoes is bounded', () => {
  const lone = new Lone({ timing: { heartbeatMs: 25, suspicionMs: 60_000 } });
  const peer = new PlayedPeer(lone, 'eu-west');
  lone.run(5_000);
  const { incarnation, sequences } = lone.state;
  const forgotten = sequences.heartbeat - SENT_HEARTBEATS_REMEMBERED;
  for (const sequence of [forgotten, sequences.heartbeat + 1]) {
    peer.beat({ heard: [['us-east', incarnation, sequence, 0]] });
    expect(lone.state.peers.get('eu-west')?.status).toBe('suspected');
  }
  peer.beat({ heard: [['us-east', incarnation, forgotten + 1, 0]] });
  expect(lone.state.peers.get('eu-west')?.status).toBe('up');
});

test.each<{ heartbeat: string; changes: Partial<Heartbeat> }>([
  { heartbeat: 'is heard again', changes: { sequence: 2 } },
  { heartbeat: 'was overtaken by a later one', changes: { sequence: 1 } },
  { heartbeat: 'comes from an earlier life', changes: { incarnation: WORLD_START_MS - 1, sequence: 9 } },
  { heartbeat: 'is of an epoch before one already seen', changes: { epoch: FIRST_EPOCH, sequence: 9 } },
])('a heartbeat that $heartbeat says nothing of its sender', ({ changes }) => {
  const { lone, peer, known } = pair();
  peer.beat();
  peer.beat();
  const before = { ...known };
  lone.run(500);
  peer.beat({ sitsUntil: FIRST_EPOCH + 99, ...changes });
  expect(known).toEqual({ ...before, votedUpTo: known.votedUpTo });
});

test('its votes are facts all the same, however late they come', () => {
  const { lone, peer } = pair();
  peer.beat();
  peer.beat({ sequence: 1, votes: [['eu-west', 'us-east', FIRST_EPOCH, 'O']] });
  expect(lone.state.votes.has('eu-west', 'us-east', FIRST_EPOCH, 'OWN')).toBe(true);
});

test('a peer is suspected when two-way contact is older than the suspicion time, and not before', () => {
  const { lone, peer, known } = pair();
  peer.beat();
  lone.run(suspicionMs - 25);
  expect(known.status).toBe('up');
  expect(reported(lone.run(25))).toContainEqual({
    event: 'peer_suspected',
    peer: 'eu-west',
    silentMs: suspicionMs,
  });
  expect(known.status).toBe('suspected');
});

test('a peer that speaks but hears nothing any more is suspected like a silent one', () => {
  const { lone, peer, known } = pair();
  peer.beat();
  const { incarnation, sequences } = lone.state;
  const heard = [['us-east', incarnation, sequences.heartbeat, 0]] as const;
  lone.run(2 * suspicionMs + heartbeatMs, () => peer.beat({ heard }));
  expect(known.status).toBe('suspected');
});

test('a suspected peer is trusted again after its good heartbeats, and an alarm ends with a report', () => {
  const { lone, peer, known } = pair();
  peer.beat();
  lone.run(suspicionMs);
  const statuses = Array.from({ length: GOOD_HEARTBEATS_TO_RETURN }, () => {
    peer.beat();
    return known.status;
  });
  expect(statuses).toEqual(['suspected', 'suspected', 'up']);
});

test('a new life is noticed, and what the old one says after it is ignored', () => {
  const { lone, peer, known } = pair();
  peer.beat();
  const risen = new PlayedPeer(lone, 'eu-west', '00000000000000cc');
  const incarnation = WORLD_START_MS + 5_000;
  expect(reported(risen.beat({ incarnation }))).toContainEqual({
    event: 'peer_restarted',
    peer: 'eu-west',
    incarnation,
  });
  peer.beat();
  expect(known.ledger).toBe(risen.ledger);
  expect(known.sequence).toBe(1);
});

test('who is no member is reported and otherwise ignored', () => {
  const { lone, peer } = pair();
  const effects = lone.hear('mars', peer.heartbeat());
  expect(effects).toEqual([{ kind: 'report', report: { event: 'unknown_member', peer: 'mars' } }]);
  expect([...lone.state.peers.keys()]).toEqual(['ap-southeast', 'eu-west']);
});

test('of two processes with one name the one that started first stops, or the one with the lower ledger', () => {
  const stops = (later: number, ledger: string) => {
    const { lone, peer } = pair();
    const incarnation = lone.state.incarnation + later;
    return lone.hear('us-east', peer.heartbeat({ incarnation, ledger })).some(({ kind }) => kind === 'stop');
  };
  expect(stops(-1, '00000000000000ff')).toBe(false);
  expect(stops(0, '00000000000000aa')).toBe(false);
  expect(stops(0, '0000000000000001')).toBe(false);
  expect(stops(0, '00000000000000ff')).toBe(true);
  expect(stops(1, '0000000000000001')).toBe(true);
});
