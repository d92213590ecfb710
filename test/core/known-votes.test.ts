import { expect, test } from 'vitest';
import { VOTES_AHEAD_EPOCHS, VOTES_KEPT_EPOCHS } from '../../src/bounds.ts';
import { limitSpec, WORLD_START_MS } from '../world.ts';
import { FIRST_EPOCH, Lone, type LoneSetup, PlayedPeer, reported, sent } from './builders.ts';

/** us-east with eu-west played by the test; ap-southeast never speaks. */
function pair(setup: LoneSetup = {}) {
  const lone = new Lone(setup);
  return { lone, peer: new PlayedPeer(lone, 'eu-west') };
}

test('votes are not stored by strangers, about strangers, about oneself, or about epochs out of reach', () => {
  const { lone, peer } = pair();
  const far = FIRST_EPOCH + VOTES_AHEAD_EPOCHS;
  const old = FIRST_EPOCH - VOTES_KEPT_EPOCHS;
  peer.beat({
    votes: [
      ['mars', 'eu-west', FIRST_EPOCH, 'F'],
      ['eu-west', 'mars', FIRST_EPOCH, 'F'],
      ['eu-west', 'eu-west', FIRST_EPOCH, 'O'],
      ['eu-west', 'us-east', far, 'OO'],
      ['eu-west', 'us-east', old - 1, 'OO'],
    ],
  });
  expect(lone.state.votes.runs(old - 10, far + 10).map(([voter, subject]) => `${voter} ${subject}`)).toEqual([
    'eu-west us-east',
  ]);
  expect(
    [old - 1, old, far, far + 1].map((epoch) => lone.state.votes.count('us-east', epoch, 'OWN')),
  ).toEqual([0, 1, 1, 0]);
});

test('votes of an open window outlive the rest, and go when it has closed', () => {
  const { lone, peer } = pair({
    limits: [limitSpec({ windowMs: 200_000 })],
    startMs: WORLD_START_MS + 200_000,
  });
  const first = lone.state.epoch;
  lone.run(25);
  peer.beat();
  lone.run(25);
  lone.wallMs += 390_000;
  lone.run(25);
  expect(lone.votesOn('eu-west', first, first + 3)).toBe('O.O.');
  lone.wallMs += 10_000;
  lone.run(25);
  expect(lone.votesOn('eu-west', first, first + 3)).toBe('....');
});

test('two different votes of one voter are reported once, for its books must be broken', () => {
  const { peer } = pair();
  peer.beat({ votes: [['ap-southeast', 'us-east', FIRST_EPOCH, 'O']] });
  const conflict = () => reported(peer.beat({ votes: [['ap-southeast', 'us-east', FIRST_EPOCH, 'F']] }));
  expect(conflict()).toContainEqual({
    event: 'vote_conflict',
    voter: 'ap-southeast',
    subject: 'us-east',
    epoch: FIRST_EPOCH,
  });
  expect(conflict()).toEqual([]);
});

test('new votes are told at once, with those of others', () => {
  const { lone, peer } = pair();
  lone.run(100);
  peer.beat({ votes: [['ap-southeast', 'eu-west', FIRST_EPOCH, 'F']] });
  const [told] = sent(lone.run(25), 'heartbeat');
  const recent = told?.votes
    .filter(([, , first]) => first === lone.state.epoch - 2)
    .map(([voter, subject, , letters]) => `${voter} on ${subject} ${letters}`);
  expect(recent).toEqual(['ap-southeast on eu-west ..F...', 'us-east on eu-west OOOOOO']);
});

test('heartbeats tell of the last two epochs and what lies ahead, and for a while of what was voted late', () => {
  const { lone, peer } = pair();
  lone.run(100);
  const oldestTold = () => {
    peer.beat();
    const runs = sent(lone.run(500), 'heartbeat').at(-1)?.votes ?? [];
    return Math.min(...runs.map(([, , first]) => first)) - lone.state.epoch;
  };
  expect(oldestTold()).toBe(-64);
  for (let round = 0; round < 12; round += 1) oldestTold();
  expect(oldestTold()).toBe(-2);
});
